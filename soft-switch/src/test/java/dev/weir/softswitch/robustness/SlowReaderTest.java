package dev.weir.softswitch.robustness;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.softswitch.P4Client;
import dev.weir.softswitch.Programs;
import dev.weir.softswitch.SoftSwitch;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import p4.v1.P4RuntimeGrpc;
import p4.v1.P4RuntimeOuterClass.StreamMessageRequest;
import p4.v1.P4RuntimeOuterClass.StreamMessageResponse;

/** A controller that has stopped reading costs the switch 16 MiB, and packets, but nothing else. */
class SlowReaderTest {
  private static final long BOUND = 16 << 20;

  /** What flow control lets through before anything waits: gRPC's windows are some MiB at most. */
  private static final long ON_THE_WAY = 4 << 20;

  private static final int FRAME = 8192;

  @Test
  void packetsForAControllerThatDoesNotReadAreDroppedBeyondTheBound() throws Exception {
    AtomicLong bytes = new AtomicLong();
    AtomicLong messages = new AtomicLong();
    try (SoftSwitch running = SoftSwitch.builder().deviceId(1).cpuPort(510).start();
        P4Client client = P4Client.tcp(running.grpcPort(), 1)) {
      running.load(Programs.config("copies", 1));
      ClientCall<StreamMessageRequest, StreamMessageResponse> call =
          client
              .rpc
              .getChannel()
              .newCall(P4RuntimeGrpc.getStreamChannelMethod(), CallOptions.DEFAULT);
      call.start(
          new ClientCall.Listener<>() {
            @Override
            public void onMessage(StreamMessageResponse message) {
              bytes.addAndGet(message.getSerializedSize());
              messages.incrementAndGet();
            }
          },
          new Metadata());
      call.sendMessage(
          StreamMessageRequest.newBuilder().setArbitration(P4Client.arbitration(1, 1)).build());
      call.request(1);
      await(messages, 1);
      byte[] frame = new byte[FRAME];
      frame[0] = 7; // to the controller
      long sent = 4 * BOUND / FRAME;
      for (int i = 0; i < sent; i++) {
        running.port(1).send(frame);
      }
      // The switch goes on for others meanwhile.
      frame[0] = 4;
      frame[4] = 3;
      running.port(1).send(frame);
      assertThat(running.port(2).receive(java.time.Duration.ofSeconds(5))).isPresent();
      // What waited arrives, and packets flow again once there is room.
      call.request(Integer.MAX_VALUE);
      await(messages, 1 + (BOUND / 2) / FRAME);
      long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
      long seen = -1;
      while (seen != messages.get() && System.nanoTime() < deadline) {
        seen = messages.get();
        frame[0] = 7;
        running.port(1).send(frame);
        await(messages, seen + 1);
        seen++;
      }
      assertThat(messages.get() - 1).isLessThan(sent);
      assertThat(bytes.get()).isBetween(BOUND / 2, BOUND + ON_THE_WAY);
      call.cancel("done", null);
    }
  }

  private static void await(AtomicLong counter, long least) {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (counter.get() < least && System.nanoTime() < deadline) {
      Thread.onSpinWait();
    }
    assertThat(counter.get()).isGreaterThanOrEqualTo(least);
  }
}
