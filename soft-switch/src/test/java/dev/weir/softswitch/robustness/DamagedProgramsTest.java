package dev.weir.softswitch.robustness;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.weir.softswitch.P4Client;
import dev.weir.softswitch.Programs;
import dev.weir.softswitch.SoftSwitch;
import dev.weir.softswitch.robustness.JsonDamage.Damaged;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.lifecycle.AfterContainer;
import p4.v1.P4RuntimeOuterClass.ForwardingPipelineConfig;

/** Damaged BMv2 JSON is refused with the place that is wrong, or runs as it now says. */
class DamagedProgramsTest {
  private static final int DOCUMENTS = Boolean.getBoolean("weir.long") ? 250 : 15;
  private static final List<String> NAMES = List.of("router", "matching", "copies", "stateful");

  private static final Tally TALLY = new Tally();

  @AfterContainer
  static void report() {
    System.out.println("damaged programs: " + TALLY);
  }

  @Property(tries = 20, seed = "51", shrinking = ShrinkingMode.OFF)
  void damagedStructureIsRefusedWithItsPlaceOrRuns(@ForAll long seed) throws Exception {
    run(seed, true);
  }

  @Property(tries = 20, seed = "52", shrinking = ShrinkingMode.OFF)
  void damagedBytesAreRefusedWithTheirPlaceOrRun(@ForAll long seed) throws Exception {
    run(seed, false);
  }

  private static void run(long seed, boolean structure) throws Exception {
    Random random = new Random(seed);
    JsonDamage damage = new JsonDamage(random);
    try (SoftSwitch running = SoftSwitch.builder().deviceId(1).cpuPort(510).log(m -> {}).start();
        P4Client client = P4Client.tcp(running.grpcPort(), 1).primary(1)) {
      for (int i = 0; i < DOCUMENTS; i++) {
        String name = NAMES.get(random.nextInt(NAMES.size()));
        byte[] original = Programs.bytes(name + ".json");
        Damaged damaged = structure ? damage.structure(original) : damage.bytes(original);
        ForwardingPipelineConfig config =
            Programs.config(name, i).toBuilder()
                .setP4DeviceConfig(ByteString.copyFrom(damaged.document()))
                .build();
        String what = name + " with " + damaged.how() + " (seed " + seed + ", " + i + ")";
        boolean accepted = Deadline.within(what, () -> accepted(client, config, what));
        TALLY.count(structure ? "by structure" : "by bytes", accepted);
        if (accepted) {
          Deadline.within(what, () -> use(running, client, name, random));
        }
      }
    }
  }

  private static boolean accepted(P4Client client, ForwardingPipelineConfig config, String what) {
    try {
      client.commit(config);
      return true;
    } catch (StatusRuntimeException e) {
      assertThat(e.getStatus().getCode())
          .as("%s: %s", what, e.getStatus())
          .isIn(Status.Code.INVALID_ARGUMENT, Status.Code.UNIMPLEMENTED);
      assertThat(e.getStatus().getDescription()).as(what).isNotBlank();
      return false;
    }
  }

  /** Entries of the undamaged program and packets of all kinds: nothing may fail. */
  private static boolean use(SoftSwitch running, P4Client client, String name, Random random) {
    RandomEntities entities = new RandomEntities(Programs.p4info(name), random);
    for (int i = 0; i < 10; i++) {
      assertThat(client.codes(entities.update())).doesNotContain(2, 13);
    }
    for (int i = 0; i < 20; i++) {
      running.port(random.nextInt(4)).send(RandomFrames.frame(random));
    }
    return true;
  }
}
