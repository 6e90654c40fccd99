package dev.weir.softswitch.robustness;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.Parser;
import dev.weir.softswitch.P4Client;
import dev.weir.softswitch.Programs;
import dev.weir.softswitch.SoftSwitch;
import io.grpc.CallOptions;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.StreamObserver;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.lifecycle.AfterContainer;
import p4.v1.P4RuntimeGrpc;
import p4.v1.P4RuntimeOuterClass.CapabilitiesRequest;
import p4.v1.P4RuntimeOuterClass.Entity;
import p4.v1.P4RuntimeOuterClass.GetForwardingPipelineConfigRequest;
import p4.v1.P4RuntimeOuterClass.ReadRequest;
import p4.v1.P4RuntimeOuterClass.SetForwardingPipelineConfigRequest;
import p4.v1.P4RuntimeOuterClass.StreamMessageRequest;
import p4.v1.P4RuntimeOuterClass.WriteRequest;

/**
 * Bytes that are no protobuf message, in calls that are otherwise right: each call ends with
 * INVALID_ARGUMENT and the parser's reason, and nothing has changed.
 */
class DamagedBytesTest {
  private static final int MESSAGES = Boolean.getBoolean("weir.long") ? 2000 : 100;
  private static final int TALKS = MESSAGES / 4;
  private static final Tally TALLY = new Tally();

  private static final MethodDescriptor.Marshaller<byte[]> RAW =
      new MethodDescriptor.Marshaller<>() {
        @Override
        public InputStream stream(byte[] value) {
          return new ByteArrayInputStream(value);
        }

        @Override
        public byte[] parse(InputStream stream) {
          try {
            return stream.readAllBytes();
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        }
      };

  @AfterContainer
  static void report() {
    System.out.println("bytes that are no message: " + TALLY);
  }

  /** A method and a message for it. */
  private record Call(MethodDescriptor<?, ?> method, Message message) {
    String name() {
      return method.getBareMethodName();
    }
  }

  @Property(tries = 5, seed = "57", shrinking = ShrinkingMode.OFF)
  void bytesThatAreNoMessageAreRefusedAndChangeNothing(@ForAll long seed) throws Exception {
    Random random = new Random(seed);
    RandomEntities entities = new RandomEntities(Programs.p4info("stateful"), random);
    try (SoftSwitch running = SoftSwitch.builder().deviceId(1).cpuPort(510).log(m -> {}).start();
        P4Client client = P4Client.tcp(running.grpcPort(), 1).primary(1)) {
      client.commit(Programs.config("stateful", 1));
      for (int i = 0; i < 30; i++) {
        var _ = client.codes(entities.update());
      }
      List<Entity> before = DamagedMessagesTest.everything(client);
      for (int i = 0; i < MESSAGES; i++) {
        Call call = call(client, entities, i);
        byte[] bytes = broken(call.message(), random);
        String what = "seed " + seed + " message " + i + " of " + call.name();
        Status status =
            Deadline.within(what, () -> end(client, call.method(), new byte[][] {bytes}));
        TALLY.count(call.name(), false);
        assertRefused(status, what);
      }
      for (int i = 0; i < TALKS; i++) {
        String what = "seed " + seed + " stream " + i;
        StreamMessageRequest first =
            StreamMessageRequest.newBuilder()
                .setArbitration(P4Client.arbitration(1, 1000 + i))
                .build();
        byte[] bytes = broken(message(random), random);

        byte[][] talk =
            random.nextBoolean() ? new byte[][] {bytes} : new byte[][] {first.toByteArray(), bytes};
        Status status =
            Deadline.within(what, () -> end(client, P4RuntimeGrpc.getStreamChannelMethod(), talk));
        TALLY.count("StreamChannel", false);
        assertRefused(status, what);
      }
      // The streams that became primary are gone: this one's id is free, and it is the highest.
      try (P4Client next = P4Client.tcp(running.grpcPort(), 1).primary(1000 + TALKS - 1)) {
        assertThat(DamagedMessagesTest.everything(next)).isEqualTo(before);
        assertThat(
                next.rpc
                    .getForwardingPipelineConfig(
                        GetForwardingPipelineConfigRequest.newBuilder().setDeviceId(1).build())
                    .getConfig()
                    .getCookie()
                    .getCookie())
            .isEqualTo(1);
        assertThat(next.codes(entities.update())).doesNotContain(2, 13);
      }
    }
  }

  private static void assertRefused(Status status, String what) {
    assertThat(status.getCode()).as("%s: %s", what, status).isEqualTo(Status.Code.INVALID_ARGUMENT);
    assertThat(status.getDescription()).as(what).contains(" is not one of P4Runtime: ");
  }

  private static Call call(P4Client client, RandomEntities entities, int i) {
    return switch (i % 5) {
      case 0 -> {
        WriteRequest.Builder write = client.writeRequest();
        for (int k = 0; k < 1 + i % 4; k++) {
          write.addUpdates(entities.update());
        }
        yield new Call(P4RuntimeGrpc.getWriteMethod(), write.build());
      }
      case 1 ->
          new Call(
              P4RuntimeGrpc.getReadMethod(),
              ReadRequest.newBuilder().setDeviceId(1).addEntities(entities.entity()).build());
      case 2 -> {
        SetForwardingPipelineConfigRequest.Builder set =
            SetForwardingPipelineConfigRequest.newBuilder()
                .setDeviceId(1)
                .setAction(SetForwardingPipelineConfigRequest.Action.VERIFY_AND_COMMIT)
                .setConfig(Programs.config("router", 2));
        set.getElectionIdBuilder().setLow(1);
        yield new Call(P4RuntimeGrpc.getSetForwardingPipelineConfigMethod(), set.build());
      }
      case 3 ->
          new Call(
              P4RuntimeGrpc.getGetForwardingPipelineConfigMethod(),
              GetForwardingPipelineConfigRequest.newBuilder().setDeviceId(1).build());
      default ->
          new Call(
              P4RuntimeGrpc.getCapabilitiesMethod(),
              CapabilitiesRequest.newBuilder().setDeviceId(1).build());
    };
  }

  private static StreamMessageRequest message(Random random) {
    StreamMessageRequest.Builder message = StreamMessageRequest.newBuilder();
    switch (random.nextInt(3)) {
      case 0 -> message.setArbitration(P4Client.arbitration(1, 1 + random.nextInt(100)));
      case 1 ->
          message.getPacketBuilder().setPayload(ByteString.copyFrom(RandomFrames.frame(random)));
      default -> message.getDigestAckBuilder().setDigestId(1 + random.nextInt(3)).setListId(1);
    }
    return message.build();
  }

  /** The message cut, with bits flipped, bytes put in, or made of noise, so that it is none. */
  private static byte[] broken(Message message, Random random) {
    byte[] whole = message.toByteArray();
    for (int i = 0; i < 1000; i++) {
      byte[] bytes = whole.clone();
      switch (random.nextInt(4)) {
        case 0 -> bytes = Arrays.copyOf(bytes, random.nextInt(bytes.length));
        case 1 -> {
          for (int k = random.nextInt(8); k >= 0; k--) {
            bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
          }
        }
        case 2 -> {
          int at = random.nextInt(bytes.length + 1);
          byte[] more = new byte[1 + random.nextInt(20)];
          random.nextBytes(more);
          byte[] longer = Arrays.copyOf(bytes, bytes.length + more.length);
          System.arraycopy(bytes, at, longer, at + more.length, bytes.length - at);
          System.arraycopy(more, 0, longer, at, more.length);
          bytes = longer;
        }
        default -> {
          bytes = new byte[1 + random.nextInt(200)];
          random.nextBytes(bytes);
        }
      }
      if (!parses(message.getParserForType(), bytes)) {
        return bytes;
      }
    }
    throw new AssertionError("every damage is a message again: " + message);
  }

  private static boolean parses(Parser<? extends Message> parser, byte[] bytes) {
    try {
      var _ = parser.parseFrom(bytes);
      return true;
    } catch (InvalidProtocolBufferException e) {
      return false;
    }
  }

  /** Sends the messages, ends the stream when they are more than one, and answers the status. */
  private static Status end(P4Client client, MethodDescriptor<?, ?> method, byte[][] messages)
      throws Exception {
    CompletableFuture<Status> end = new CompletableFuture<>();
    StreamObserver<byte[]> answers =
        new StreamObserver<>() {
          @Override
          public void onNext(byte[] message) {}

          @Override
          public void onError(Throwable cause) {
            end.complete(Status.fromThrowable(cause));
          }

          @Override
          public void onCompleted() {
            end.complete(Status.OK);
          }
        };
    var call =
        client.rpc.getChannel().newCall(method.toBuilder(RAW, RAW).build(), CallOptions.DEFAULT);
    switch (method.getType()) {
      case UNARY -> ClientCalls.asyncUnaryCall(call, messages[0], answers);
      case SERVER_STREAMING -> ClientCalls.asyncServerStreamingCall(call, messages[0], answers);
      case BIDI_STREAMING, CLIENT_STREAMING, UNKNOWN -> {
        StreamObserver<byte[]> out = ClientCalls.asyncBidiStreamingCall(call, answers);
        for (byte[] message : messages) {
          out.onNext(message);
        }
      }
    }
    return end.get();
  }
}
