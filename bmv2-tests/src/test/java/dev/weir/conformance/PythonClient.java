package dev.weir.conformance;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;

/**
 * A P4Runtime client by others, in the virtual environment that {@code ./weir test} makes for it.
 */
record PythonClient(String environment, String script) {
  static final PythonClient SHELL = new PythonClient("p4runtime-shell", "shell_session.py");
  static final PythonClient FINSY = new PythonClient("finsy", "finsy_session.py");
  private static final Path HOME = Path.of("..");
  private static final long PATIENCE_SECONDS = 60;

  private Path python() {
    return HOME.resolve(".weir").resolve(environment).resolve("bin/python");
  }

  /** Runs the session; what the client reads back is checked by its script. */
  void session(Device device, String... more) throws Exception {
    if (!Files.isExecutable(python())) {
      String missing = "NOT RUN: " + environment + " is not in .weir; ./weir test puts it there";
      System.err.println(missing);
      if (System.getenv("CI") != null || Boolean.getBoolean("weir.clients")) {
        fail(missing);
      }
      Assumptions.abort(missing);
    }
    List<String> command = new ArrayList<>(List.of(python().toString(), "clients/" + script));
    command.add("127.0.0.1:" + device.grpcPort());
    command.add("src/test/resources/conformance/conformance.p4info.txtpb");
    command.add("src/test/resources/conformance/conformance.json");
    command.addAll(Arrays.asList(more));
    Path said = Files.createTempFile("weir-client", ".log");
    Process process =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(said.toFile()).start();
    try {
      boolean ended = process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS);
      String output = Files.readString(said, UTF_8);
      assertThat(ended).as("%s ends in time; it said%n%s", script, output).isTrue();
      assertThat(process.exitValue()).as(output).isZero();
      assertThat(output).contains("done");
    } finally {
      process.destroyForcibly();
      Files.deleteIfExists(said);
    }
  }
}
