package dev.weir.softswitch.robustness;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import dev.weir.softswitch.P4Client;
import dev.weir.softswitch.Programs;
import dev.weir.softswitch.SoftSwitch;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.StreamObserver;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.lifecycle.AfterContainer;
import p4.config.v1.P4InfoOuterClass.P4Info;
import p4.v1.P4RuntimeGrpc;
import p4.v1.P4RuntimeOuterClass.Entity;
import p4.v1.P4RuntimeOuterClass.ForwardingPipelineConfig;
import p4.v1.P4RuntimeOuterClass.ReadRequest;
import p4.v1.P4RuntimeOuterClass.SetForwardingPipelineConfigRequest;
import p4.v1.P4RuntimeOuterClass.StreamMessageRequest;
import p4.v1.P4RuntimeOuterClass.StreamMessageResponse;
import p4.v1.P4RuntimeOuterClass.Update;
import p4.v1.P4RuntimeOuterClass.WriteRequest;

/**
 * P4Runtime messages that are damaged or made up: each is answered with a status that says what is
 * wrong, and what is refused leaves no trace. What is accepted does on another switch what it did
 * on this one.
 */
class DamagedMessagesTest {
  private static final int MESSAGES = Boolean.getBoolean("weir.long") ? 400 : 25;
  private static final List<String> NAMES = List.of("router", "matching", "copies", "stateful");
  private static final List<Status.Code> ANSWERS =
      List.of(
          Status.Code.INVALID_ARGUMENT,
          Status.Code.NOT_FOUND,
          Status.Code.ALREADY_EXISTS,
          Status.Code.PERMISSION_DENIED,
          Status.Code.FAILED_PRECONDITION,
          Status.Code.RESOURCE_EXHAUSTED,
          Status.Code.OUT_OF_RANGE,
          Status.Code.UNIMPLEMENTED,
          Status.Code.ABORTED);

  private static final Tally TALLY = new Tally();

  @AfterContainer
  static void report() {
    System.out.println("damaged messages: " + TALLY);
  }

  /** A switch and a twin that gets, one by one, the updates that the first accepted. */
  private record Twins(SoftSwitch first, P4Client client, SoftSwitch second, P4Client other)
      implements AutoCloseable {
    static Twins start(ForwardingPipelineConfig config) throws Exception {
      SoftSwitch first = SoftSwitch.builder().deviceId(1).cpuPort(510).log(m -> {}).start();
      SoftSwitch second = SoftSwitch.builder().deviceId(1).cpuPort(510).log(m -> {}).start();
      P4Client client = P4Client.tcp(first.grpcPort(), 1).primary(1);
      P4Client other = P4Client.tcp(second.grpcPort(), 1).primary(1);
      client.commit(config);
      other.commit(config);
      return new Twins(first, client, second, other);
    }

    @Override
    public void close() {
      client.close();
      other.close();
      first.close();
      second.close();
    }
  }

  @Property(tries = 8, seed = "53", shrinking = ShrinkingMode.OFF)
  void writesAreAppliedOrRefusedWithoutATrace(@ForAll long seed) throws Exception {
    Random random = new Random(seed);
    ProtoDamage damage = new ProtoDamage(random);
    String name = NAMES.get(random.nextInt(NAMES.size()));
    RandomEntities entities = new RandomEntities(Programs.p4info(name), random);
    try (Twins twins = Twins.start(Programs.config(name, 1))) {
      for (int i = 0; i < MESSAGES; i++) {
        WriteRequest.Builder batch = twins.client.writeRequest();
        batch.setAtomicityValue(random.nextInt(3));
        for (int k = random.nextInt(4); k >= 0; k--) {
          Update update = entities.update();
          batch.addUpdates(
              switch (random.nextInt(5)) {
                case 0, 1 -> update;
                case 2, 3 -> damage.damaged(update);
                default -> damage.flipped(update);
              });
        }
        WriteRequest request =
            random.nextInt(8) == 0 ? damage.damaged(batch.build()) : batch.build();
        String what = name + " seed " + seed + " message " + i + ": " + request;
        List<Integer> codes = Deadline.within(what, () -> codes(twins.client, request, what));
        for (int k = 0; k < codes.size(); k++) {
          TALLY.count("updates", codes.get(k) == 0);
          if (codes.get(k) == 0) {
            assertThat(twins.other.codes(request.getUpdates(k))).as(what).containsExactly(0);
          } else {
            assertThat(ANSWERS).as(what).contains(Status.fromCodeValue(codes.get(k)).getCode());
          }
        }
        assertThat(everything(twins.client)).as(what).isEqualTo(everything(twins.other));
      }
    }
  }

  /** One code for each update; none when the request as a whole was refused. */
  private static List<Integer> codes(P4Client client, WriteRequest request, String what) {
    try {
      return client.codes(request);
    } catch (StatusRuntimeException e) {
      assertThat(ANSWERS).as("%s: %s", what, e.getStatus()).contains(e.getStatus().getCode());
      return List.of();
    }
  }

  static List<Entity> everything(P4Client client) {
    List<Entity> all = new ArrayList<>();
    for (Entity filter : Filters.ALL) {
      all.addAll(client.read(filter));
    }
    all.sort(java.util.Comparator.comparing(Entity::toString));
    return all;
  }

  @Property(tries = 8, seed = "54", shrinking = ShrinkingMode.OFF)
  void readsAreAnsweredOrRefused(@ForAll long seed) throws Exception {
    Random random = new Random(seed);
    ProtoDamage damage = new ProtoDamage(random);
    String name = NAMES.get(random.nextInt(NAMES.size()));
    RandomEntities entities = new RandomEntities(Programs.p4info(name), random);
    try (Twins twins = Twins.start(Programs.config(name, 1))) {
      for (int i = 0; i < 30; i++) {
        var _ = twins.client.codes(entities.update());
      }
      List<Entity> before = everything(twins.client);
      for (int i = 0; i < 2 * MESSAGES; i++) {
        ReadRequest.Builder filters = ReadRequest.newBuilder().setDeviceId(1);
        for (int k = random.nextInt(3); k >= 0; k--) {
          Entity entity =
              random.nextBoolean()
                  ? entities.entity()
                  : Filters.ALL.get(random.nextInt(Filters.ALL.size()));
          filters.addEntities(
              random.nextInt(3) == 0
                  ? damage.noise(Entity.getDefaultInstance(), 4)
                  : damage.damaged(entity));
        }
        ReadRequest request = filters.build();
        String what = name + " seed " + seed + " message " + i + ": " + request;
        boolean _ =
            Deadline.within(
                what,
                () -> {
                  try {
                    twins.client.rpc.read(request).forEachRemaining(r -> {});
                    TALLY.count("reads", true);
                  } catch (StatusRuntimeException e) {
                    TALLY.count("reads", false);
                    assertThat(ANSWERS)
                        .as("%s: %s", what, e.getStatus())
                        .containsAll(codes(e, request.getEntitiesCount()));
                  }
                  return true;
                });
      }
      assertThat(everything(twins.client)).isEqualTo(before);
    }
  }

  /** The codes of the requests that failed, or the code of the whole read. */
  private static List<Status.Code> codes(StatusRuntimeException e, int requests) throws Exception {
    if (e.getStatus().getCode() != Status.Code.UNKNOWN) {
      return List.of(e.getStatus().getCode());
    }
    List<Status.Code> codes = new ArrayList<>();
    for (Any detail : StatusProto.fromThrowable(e).getDetailsList()) {
      codes.add(
          Status.fromCodeValue(
                  detail.unpack(p4.v1.P4RuntimeOuterClass.Error.class).getCanonicalCode())
              .getCode());
    }
    assertThat(codes).hasSize(requests);
    codes.removeIf(Status.Code.OK::equals);
    return codes;
  }

  /** P4Info that is damaged, or of another program; the old pipeline stays when it is refused. */
  @Property(tries = 8, seed = "55", shrinking = ShrinkingMode.OFF)
  void pipelinesWithDamagedP4InfoAreRefusedOrRun(@ForAll long seed) throws Exception {
    Random random = new Random(seed);
    ProtoDamage damage = new ProtoDamage(random);
    ForwardingPipelineConfig good = Programs.config("router", 7);
    try (Twins twins = Twins.start(good)) {
      RandomEntities old = new RandomEntities(good.getP4Info(), random);
      for (int i = 0; i < MESSAGES; i++) {
        twins.client.commit(good);
        for (int k = 0; k < 5; k++) {
          var _ = twins.client.codes(old.update());
        }
        List<Entity> before = everything(twins.client);
        String name = NAMES.get(random.nextInt(NAMES.size()));
        P4Info info =
            random.nextInt(10) == 0
                ? Programs.p4info(NAMES.get(random.nextInt(NAMES.size())))
                : damage.damaged(Programs.p4info(name));
        SetForwardingPipelineConfigRequest.Builder set =
            SetForwardingPipelineConfigRequest.newBuilder()
                .setDeviceId(1)
                .setActionValue(random.nextInt(7));
        set.getElectionIdBuilder().setLow(1);
        set.setConfig(Programs.config(name, 8).toBuilder().setP4Info(info));
        SetForwardingPipelineConfigRequest request =
            random.nextInt(8) == 0 ? damage.damaged(set.build()) : set.build();
        String what = name + " seed " + seed + " message " + i;
        boolean accepted = Deadline.within(what, () -> accepted(twins.client, request, what));
        TALLY.count("pipelines", accepted);
        if (accepted) {
          RandomEntities entities = new RandomEntities(Programs.p4info(name), random);
          for (int k = 0; k < 5; k++) {
            assertThat(twins.client.codes(entities.update())).as(what).doesNotContain(2, 13);
          }
          for (int k = 0; k < 10; k++) {
            twins.first.port(random.nextInt(4)).send(RandomFrames.frame(random));
          }
        } else {
          assertThat(everything(twins.client)).as(what).isEqualTo(before);
        }
      }
    }
  }

  /** Streams of damaged messages end with a status, or when the client ends them. */
  @Property(tries = 8, seed = "56", shrinking = ShrinkingMode.OFF)
  void streamsAreAnsweredOrEnded(@ForAll long seed) throws Exception {
    Random random = new Random(seed);
    ProtoDamage damage = new ProtoDamage(random);
    try (SoftSwitch running = SoftSwitch.builder().deviceId(1).cpuPort(510).log(m -> {}).start();
        P4Client client = P4Client.tcp(running.grpcPort(), 1)) {
      running.load(Programs.config("copies", 1));
      for (int i = 0; i < MESSAGES; i++) {
        List<StreamMessageRequest> messages = new ArrayList<>();
        StreamMessageRequest.Builder first = StreamMessageRequest.newBuilder();
        first.setArbitration(P4Client.arbitration(1, 1 + random.nextInt(100)));
        messages.add(random.nextInt(5) == 0 ? damage.damaged(first.build()) : first.build());
        for (int k = random.nextInt(5); k > 0; k--) {
          StreamMessageRequest.Builder next = StreamMessageRequest.newBuilder();
          switch (random.nextInt(4)) {
            case 0 -> next.setArbitration(P4Client.arbitration(1, random.nextInt(100)));
            case 1 ->
                next.getPacketBuilder().setPayload(ByteString.copyFrom(RandomFrames.frame(random)));
            case 2 -> next.getDigestAckBuilder().setDigestId(random.nextInt(3)).setListId(1);
            default -> next.mergeFrom(damage.noise(StreamMessageRequest.getDefaultInstance(), 4));
          }
          messages.add(random.nextBoolean() ? damage.damaged(next.build()) : next.build());
        }
        String what = "seed " + seed + " stream " + i + ": " + messages;
        Status end = Deadline.within(what, () -> talk(client, messages));
        TALLY.count("streams", end.isOk());
        assertThat(end.isOk() || ANSWERS.contains(end.getCode())).as("%s: %s", what, end).isTrue();
      }
    }
  }

  /** Sends all, ends the stream, and answers how the other side ended it. */
  private static Status talk(P4Client client, List<StreamMessageRequest> messages)
      throws Exception {
    CompletableFuture<Status> end = new CompletableFuture<>();
    StreamObserver<StreamMessageRequest> out =
        P4RuntimeGrpc.newStub(client.rpc.getChannel())
            .streamChannel(
                new StreamObserver<>() {
                  @Override
                  public void onNext(StreamMessageResponse message) {}

                  @Override
                  public void onError(Throwable cause) {
                    end.complete(Status.fromThrowable(cause));
                  }

                  @Override
                  public void onCompleted() {
                    end.complete(Status.OK);
                  }
                });
    messages.forEach(out::onNext);
    out.onCompleted();
    return end.get();
  }

  private static boolean accepted(
      P4Client client, SetForwardingPipelineConfigRequest request, String what) {
    try {
      var _ = client.rpc.setForwardingPipelineConfig(request);
      return true;
    } catch (StatusRuntimeException e) {
      assertThat(ANSWERS).as("%s: %s", what, e.getStatus()).contains(e.getStatus().getCode());
      assertThat(e.getStatus().getDescription()).as(what).isNotBlank();
      return false;
    }
  }
}
