package dev.weir.contract;

import dev.weir.p4runtime.PipelineConfig;
import dev.weir.p4runtime.entry.Entry;
import dev.weir.p4runtime.wire.CounterCodec;
import dev.weir.p4runtime.wire.EntryCodec;
import io.grpc.ManagedChannel;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.StreamObserver;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import p4.v1.P4RuntimeGrpc;
import p4.v1.P4RuntimeOuterClass.Entity;
import p4.v1.P4RuntimeOuterClass.ReadRequest;
import p4.v1.P4RuntimeOuterClass.SetForwardingPipelineConfigRequest;
import p4.v1.P4RuntimeOuterClass.StreamMessageRequest;
import p4.v1.P4RuntimeOuterClass.StreamMessageResponse;
import p4.v1.P4RuntimeOuterClass.Uint128;
import p4.v1.P4RuntimeOuterClass.Update;
import p4.v1.P4RuntimeOuterClass.WriteRequest;

/** The little P4Runtime client that packet tests need: primary from the start, one pipeline. */
final class P4RuntimeDriver implements AutoCloseable {
  private static final Uint128 ELECTION = Uint128.newBuilder().setLow(1).build();

  private final long device;
  private final ManagedChannel channel;
  private final StreamObserver<StreamMessageRequest> stream;
  private final P4RuntimeGrpc.P4RuntimeBlockingStub stub;
  private final EntryCodec entries;
  private final CounterCodec counters;

  P4RuntimeDriver(int grpcPort, long device, String pipeline) throws Exception {
    this.device = device;
    channel = NettyChannelBuilder.forAddress("127.0.0.1", grpcPort).usePlaintext().build();
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
    arbitration.getArbitrationBuilder().setDeviceId(device).setElectionId(ELECTION);
    stream.onNext(arbitration.build());
    StreamMessageResponse answer = answers.poll(20, TimeUnit.SECONDS);
    if (answer == null || !answer.hasArbitration()) {
      throw new IllegalStateException("no arbitration: " + answer);
    }
    PipelineConfig config =
        PipelineConfig.read(
            CompiledPipelinesTest.P4SRC.resolve("build/" + pipeline + ".p4info.txtpb"),
            CompiledPipelinesTest.P4SRC.resolve("build/" + pipeline + ".json"));
    var _ =
        stub.setForwardingPipelineConfig(
            SetForwardingPipelineConfigRequest.newBuilder()
                .setDeviceId(device)
                .setElectionId(ELECTION)
                .setAction(SetForwardingPipelineConfigRequest.Action.VERIFY_AND_COMMIT)
                .setConfig(config.toProto())
                .build());
    entries = new EntryCodec(config.pipeline());
    counters = new CounterCodec(config.pipeline());
  }

  void write(List<Entry> changed, Function<Entry, Update> form) {
    WriteRequest.Builder request =
        WriteRequest.newBuilder().setDeviceId(device).setElectionId(ELECTION);
    for (Entry entry : changed) {
      request.addUpdates(form.apply(entry));
    }
    var _ = stub.write(request.build());
  }

  void insert(List<Entry> added) {
    write(added, entries::insert);
  }

  void modify(Entry entry) {
    write(List.of(entry), entries::modify);
  }

  Map<Long, Long> counter(String name) {
    Map<Long, Long> packets = new HashMap<>();
    stub.read(
            ReadRequest.newBuilder()
                .setDeviceId(device)
                .addEntities(counters.readAll(name))
                .build())
        .forEachRemaining(
            response -> {
              for (Entity entity : response.getEntitiesList()) {
                CounterCodec.Place place = counters.fromProto(entity.getCounterEntry());
                if (place.count().packets() != 0) {
                  packets.put(place.index(), place.count().packets());
                }
              }
            });
    return packets;
  }

  @Override
  public void close() {
    stream.onCompleted();
    channel.shutdownNow();
  }
}
