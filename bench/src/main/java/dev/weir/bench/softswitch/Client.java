package dev.weir.bench.softswitch;

import dev.weir.p4runtime.PipelineConfig;
import dev.weir.p4runtime.entry.Entry;
import dev.weir.p4runtime.wire.EntryCodec;
import io.grpc.ManagedChannel;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.StreamObserver;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import p4.v1.P4RuntimeGrpc;
import p4.v1.P4RuntimeOuterClass.SetForwardingPipelineConfigRequest;
import p4.v1.P4RuntimeOuterClass.StreamMessageRequest;
import p4.v1.P4RuntimeOuterClass.StreamMessageResponse;
import p4.v1.P4RuntimeOuterClass.Uint128;
import p4.v1.P4RuntimeOuterClass.Update;
import p4.v1.P4RuntimeOuterClass.WriteRequest;

/** The primary P4Runtime client of a switch. */
final class Client implements AutoCloseable {
  private static final Uint128 ELECTION = Uint128.newBuilder().setLow(1).build();
  private static final long DEVICE = 1;
  private static final int AT_ONCE = 500;

  private final ManagedChannel channel;
  private final P4RuntimeGrpc.P4RuntimeBlockingStub stub;
  private final StreamObserver<StreamMessageRequest> stream;

  Client(int grpcPort) throws InterruptedException {
    channel =
        NettyChannelBuilder.forAddress("127.0.0.1", grpcPort)
            .usePlaintext()
            .maxInboundMetadataSize(4 << 20)
            .build();
    stub = P4RuntimeGrpc.newBlockingStub(channel).withWaitForReady();
    BlockingQueue<StreamMessageResponse> answers = new LinkedBlockingQueue<>();
    stream =
        P4RuntimeGrpc.newStub(channel)
            .withWaitForReady()
            .streamChannel(
                new StreamObserver<>() {
                  @Override
                  public void onNext(StreamMessageResponse answer) {
                    answers.add(answer);
                  }

                  @Override
                  public void onError(Throwable error) {
                    answers.add(StreamMessageResponse.getDefaultInstance());
                  }

                  @Override
                  public void onCompleted() {}
                });
    StreamMessageRequest.Builder arbitration = StreamMessageRequest.newBuilder();
    arbitration.getArbitrationBuilder().setDeviceId(DEVICE).setElectionId(ELECTION);
    stream.onNext(arbitration.build());
    StreamMessageResponse answer = answers.poll(30, TimeUnit.SECONDS);
    if (answer == null || !answer.hasArbitration()) {
      throw new IllegalStateException("no arbitration: " + answer);
    }
  }

  void load(PipelineConfig config) {
    var _ =
        stub.setForwardingPipelineConfig(
            SetForwardingPipelineConfigRequest.newBuilder()
                .setDeviceId(DEVICE)
                .setElectionId(ELECTION)
                .setAction(SetForwardingPipelineConfigRequest.Action.VERIFY_AND_COMMIT)
                .setConfig(config.toProto())
                .build());
  }

  /** Inserts all, default actions by modification. */
  void insert(PipelineConfig config, List<Entry> entries) {
    EntryCodec codec = new EntryCodec(config.pipeline());
    write(entries, AT_ONCE, e -> e.key().isDefault() ? codec.modify(e) : codec.insert(e));
  }

  void write(List<Entry> entries, int batch, Function<Entry, Update> form) {
    writeAll(entries.stream().map(form).toList(), batch);
  }

  void writeAll(List<Update> updates, int batch) {
    for (int from = 0; from < updates.size(); from += batch) {
      var _ =
          stub.write(
              WriteRequest.newBuilder()
                  .setDeviceId(DEVICE)
                  .setElectionId(ELECTION)
                  .addAllUpdates(updates.subList(from, Math.min(from + batch, updates.size())))
                  .build());
    }
  }

  @Override
  public void close() {
    stream.onCompleted();
    channel.shutdownNow();
  }
}
