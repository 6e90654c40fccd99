package dev.weir.softswitch.differential;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.weir.softswitch.Programs;
import dev.weir.softswitch.differential.SideBySide.Input;
import dev.weir.softswitch.engine.Program;
import dev.weir.softswitch.engine.ProgramException;
import dev.weir.softswitch.engine.Switch;
import dev.weir.softswitch.robustness.DamagedProgram;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import p4.v1.P4RuntimeOuterClass.ForwardingPipelineConfig;

/**
 * Programs that were damaged and are accepted all the same do what simple_switch_grpc does with
 * them. Needs root and simple_switch_grpc on PATH.
 */
class DamagedProgramsOnBmv2Test {
  private static final int PROGRAMS = Boolean.getBoolean("weir.long") ? 20 : 2;
  private static final int PACKETS = 60;

  @TempDir Path temp;

  @Test
  void acceptedDamageMeansTheSameOnBoth() throws Exception {
    SideBySide.require();
    Random random = new Random(57);
    int compared = 0;
    while (compared < PROGRAMS) {
      byte[] document = DamagedProgram.subtly("stateful", random);
      if (document.length == 0 || !loads(document)) {
        continue;
      }
      ForwardingPipelineConfig config =
          Programs.config("stateful", compared).toBuilder()
              .setP4DeviceConfig(ByteString.copyFrom(document))
              .build();
      List<Input> inputs = new ArrayList<>();
      for (int i = 0; i < PACKETS; i++) {
        byte[] frame = new byte[28 + random.nextInt(40)];
        random.nextBytes(frame);
        // Shifts, claims, arithmetic, hashes: what depends on neither time nor chance.
        frame[0] = (byte) (1 + random.nextInt(4));
        frame[1] = (byte) random.nextInt(18);
        inputs.add(new Input(1, frame));
      }
      Path folder = Files.createDirectory(temp.resolve("p" + compared));
      new SideBySide(folder)
          .compare("damaged stateful " + compared, config, List.of(), inputs, true);
      compared++;
    }
    assertThat(compared).isEqualTo(PROGRAMS);
  }

  private static boolean loads(byte[] document) {
    try {
      return Program.load(document, Switch.DROP_PORT, message -> {}) != null;
    } catch (ProgramException e) {
      return false;
    }
  }
}
