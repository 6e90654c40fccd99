package dev.weir.softswitch;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

class SoftSwitchCommandTest {
  @TempDir Path temp;

  private record Result(int code, String out, String err) {}

  private static Result run(String... args) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int code =
        new CommandLine(new SoftSwitchCommand())
            .setOut(new PrintWriter(out))
            .setErr(new PrintWriter(err))
            .execute(args);
    return new Result(code, out.toString(), err.toString());
  }

  @Test
  void aPacketIsTracedAsTextAndAsJson() throws IOException {
    String json = Programs.file("matching.json").toString();
    String info = Programs.file("matching.p4info.txtpb").toString();
    Result text = run("trace", "--json", json, "--p4info", info, "--port", "3", "10:00:01 0000");
    assertThat(text.code).isZero();
    assertThat(text.out).contains("parser start").contains("PacketTooShort");
    Result asJson =
        run("trace", "--json", json, "--p4info", info, "--port", "3", "-o", "json", "1000");
    assertThat(asJson.out).contains("\"parser_error\"");
    assertThat(run("trace", "--json", json, "--p4info", info, "--port", "3", "1").code)
        .isEqualTo(2);
  }

  @Test
  void aRunningDeviceIsTracedInACopy() throws IOException {
    P4Client.Names names = new P4Client.Names(Programs.p4info("matching"));
    try (SoftSwitch running = SoftSwitch.builder().deviceId(4).start();
        P4Client client = P4Client.tcp(running.grpcPort(), 4).primary(1)) {
      String grpc = "127.0.0.1:" + running.grpcPort();
      Result empty = run("trace", "--grpc", grpc, "--device-id", "4", "--port", "1", "00");
      assertThat(empty.code).isEqualTo(1);
      assertThat(empty.err).contains("no pipeline");
      client.commit(Programs.config("matching", 1));
      var entry =
          names
              .entry("exact_t")
              .addMatch(names.exact("exact_t", "a", 0x102))
              .addMatch(names.exact("exact_t", "d", 0));
      entry.getActionBuilder().setAction(names.action("set", 5, 3));
      client.write(P4Client.insert(entry));
      Result traced =
          run(
              "trace",
              "--grpc",
              grpc,
              "--device-id",
              "4",
              "--port",
              "1",
              "100102" + "00".repeat(24));
      assertThat(traced.err).isEmpty();
      assertThat(traced.out).contains("hit [a=0x102, d=0x0]").contains("out on port 3");
      // The device itself has seen no packet.
      assertThat(running.traffic().received()).isZero();
    }
  }

  @Test
  void aScriptIsRunAndItsOutcomeIsTheExitCode() throws IOException {
    Path good = Files.writeString(temp.resolve("good.stf"), "packet 1 20\nexpect 7 20\n");
    Path bad = Files.writeString(temp.resolve("bad.stf"), "packet 1 20\nexpect 8 20\n");
    String json = Programs.file("matching.json").toString();
    assertThat(run("stf", "--json", json, "--stf", good.toString()).code).isZero();
    Result failed = run("stf", "--json", json, "--stf", bad.toString());
    assertThat(failed.code).isEqualTo(1);
    assertThat(failed.out).contains("FAILED");
  }

  @Test
  void wrongOptionsAreExplained() {
    assertThat(run().err).contains("a subcommand is expected");
    assertThat(run("run", "-i", "eth0").err).contains("PORT@NAME");
    assertThat(run("run", "--grpc", "nowhere").err).contains("HOST:PORT");
    assertThat(run("run", "--json", "x").err).contains("--p4info");
    Result missing = run("run", "--grpc", "127.0.0.1:0", "--json", "x", "--p4info", "y");
    assertThat(missing.code).isEqualTo(1);
    assertThat(missing.err).startsWith("soft-switch: ");
  }

  @Test
  void aSwitchOfItsOwnProcessServesAndEndsWhenTold() throws Exception {
    Path pidFile = temp.resolve("pid");
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx96m",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                "dev.weir.softswitch.SoftSwitchCommand"));
    command.addAll(
        List.of(
            "run",
            "--device-id",
            "3",
            "--grpc",
            "127.0.0.1:0",
            "--json",
            Programs.file("router.json").toString(),
            "--p4info",
            Programs.file("router.p4info.txtpb").toString(),
            "--pid-file",
            pidFile.toString()));
    Process process =
        new ProcessBuilder(command).redirectError(temp.resolve("err").toFile()).start();
    try (BufferedReader out =
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      String ready = out.readLine();
      assertThat(ready)
          .describedAs(Files.readString(temp.resolve("err")))
          .startsWith("ready grpc=127.0.0.1:");
      assertThat(Files.readString(pidFile).trim()).isEqualTo(String.valueOf(process.pid()));
      int port = Integer.parseInt(ready.substring(ready.lastIndexOf(':') + 1));
      try (P4Client client = P4Client.tcp(port, 3).primary(1)) {
        client.commit(Programs.config("matching", 5));
      }
      process.destroy();
      assertThat(process.waitFor(10, TimeUnit.SECONDS)).isTrue();
    } finally {
      process.destroyForcibly();
    }
    assertThat(pidFile).doesNotExist();
  }
}
