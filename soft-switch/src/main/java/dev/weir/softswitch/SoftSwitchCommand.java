package dev.weir.softswitch;

import dev.weir.softswitch.engine.Program;
import dev.weir.softswitch.engine.ProgramException;
import dev.weir.softswitch.engine.Switch;
import dev.weir.softswitch.server.ForwardingState;
import dev.weir.softswitch.stf.StfException;
import dev.weir.softswitch.stf.StfReport;
import dev.weir.softswitch.stf.StfRunner;
import dev.weir.softswitch.stf.StfScript;
import dev.weir.softswitch.trace.PacketTrace;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code soft-switch run} and {@code soft-switch trace}. */
@Command(
    name = "soft-switch",
    description = "A P4 software switch: runs p4c's BMv2 JSON for v1model, serves P4Runtime.",
    mixinStandardHelpOptions = true,
    subcommands = {
      SoftSwitchCommand.Run.class,
      SoftSwitchCommand.Trace.class,
      SoftSwitchCommand.Stf.class,
      ConstEntriesCommand.class
    })
public final class SoftSwitchCommand implements Runnable {
  /** A device's program and entries may be some MiB. */
  private static final int MAX_MESSAGE_BYTES = 64 << 20;

  @Spec private CommandSpec spec;

  public static void main(String[] args) {
    System.exit(new CommandLine(new SoftSwitchCommand()).execute(args));
  }

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(), "a subcommand is expected: run, trace, stf or const-entries");
  }

  /** Runs a switch until it is told to stop. */
  @Command(
      name = "run",
      description = "Run a switch. Prints one line \"ready grpc=HOST:PORT\" when it serves.",
      mixinStandardHelpOptions = true)
  static final class Run implements Callable<Integer> {
    @Spec private CommandSpec spec;

    @Option(
        names = "--device-id",
        defaultValue = "1",
        description = "P4Runtime device id (default: ${DEFAULT-VALUE}).")
    private long deviceId;

    @Option(
        names = "--grpc",
        defaultValue = "127.0.0.1:9559",
        paramLabel = "HOST:PORT",
        description =
            "Where P4Runtime is served; port 0 takes a free one (default: ${DEFAULT-VALUE}).")
    private String grpc;

    @Option(
        names = {"-i", "--interface"},
        paramLabel = "PORT@NAME",
        description = "Put a Linux interface on a switch port; may be repeated. Needs root.")
    private List<String> interfaces = List.of();

    @Option(names = "--json", description = "The program: p4c's BMv2 JSON.")
    private @Nullable Path json;

    @Option(names = "--p4info", description = "The program's P4Info, protobuf text.")
    private @Nullable Path p4info;

    @Option(
        names = "--cpu-port",
        defaultValue = "-1",
        paramLabel = "PORT",
        description = "The switch port of packet-in and packet-out (default: none).")
    private int cpuPort;

    @Option(
        names = "--drop-port",
        defaultValue = "511",
        paramLabel = "PORT",
        description = "The egress port that means drop (default: ${DEFAULT-VALUE}).")
    private int dropPort;

    @Option(names = "--tls-cert", description = "Serve over TLS: certificate chain, PEM.")
    private @Nullable Path tlsCert;

    @Option(names = "--tls-key", description = "Private key of --tls-cert, PEM (PKCS#8).")
    private @Nullable Path tlsKey;

    @Option(names = "--pid-file", description = "Write the process id here; removed at the end.")
    private @Nullable Path pidFile;

    @Override
    public Integer call() throws IOException, InterruptedException {
      SoftSwitch.Builder builder =
          SoftSwitch.builder().deviceId(deviceId).cpuPort(cpuPort).dropPort(dropPort);
      String host = address(builder);
      for (String each : interfaces) {
        int at = each.indexOf('@');
        try {
          builder.linuxInterface(
              Integer.parseInt(each.substring(0, Math.max(at, 0))), each.substring(at + 1));
        } catch (NumberFormatException e) {
          throw new ParameterException(
              spec.commandLine(), "-i: PORT@NAME is expected, not \"" + each + "\"");
        }
      }
      if ((json == null) != (p4info == null)) {
        throw new ParameterException(spec.commandLine(), "--json and --p4info go together");
      }
      if (json != null && p4info != null) {
        builder.program(json, p4info);
      }
      Path cert = tlsCert;
      Path key = tlsKey;
      if ((cert == null) != (key == null)) {
        throw new ParameterException(spec.commandLine(), "--tls-cert and --tls-key go together");
      }
      if (cert != null && key != null) {
        builder.tls(cert, key);
      }
      CountDownLatch stop = new CountDownLatch(1);
      CountDownLatch stopped = new CountDownLatch(1);
      Runtime.getRuntime()
          .addShutdownHook(
              new Thread(
                  () -> {
                    stop.countDown();
                    try {
                      stopped.await();
                    } catch (InterruptedException e) {
                      Thread.currentThread().interrupt();
                    }
                  }));
      try (SoftSwitch running = builder.start()) {
        if (pidFile != null) {
          Files.writeString(pidFile, ProcessHandle.current().pid() + "\n", StandardCharsets.UTF_8);
        }
        System.out.println("ready grpc=" + host + ":" + running.grpcPort());
        System.out.flush();
        stop.await();
      } catch (IOException | IllegalArgumentException e) {
        spec.commandLine().getErr().println("soft-switch: " + e.getMessage());
        return 1;
      } finally {
        if (pidFile != null) {
          Files.deleteIfExists(pidFile);
        }
        stopped.countDown();
      }
      return 0;
    }

    private String address(SoftSwitch.Builder builder) {
      int colon = grpc.lastIndexOf(':');
      try {
        String host = grpc.substring(0, colon);
        builder.grpc(
            host.startsWith("[") ? host.substring(1, host.length() - 1) : host,
            Integer.parseInt(grpc.substring(colon + 1)));
        return host;
      } catch (RuntimeException e) {
        throw new ParameterException(
            spec.commandLine(), "--grpc: HOST:PORT is expected, not \"" + grpc + "\"");
      }
    }
  }

  /** Takes one packet through a program and says what happens. */
  @Command(
      name = "trace",
      description = {
        "Trace one packet: through a program as it comes, or through a copy of a running device.",
        "The device is only read; what the packet would change there, it changes in the copy."
      },
      mixinStandardHelpOptions = true)
  static final class Trace implements Callable<Integer> {
    @Spec private CommandSpec spec;

    /** Where program and entries come from. */
    static final class Origin {
      @Option(names = "--json", description = "The program: p4c's BMv2 JSON.")
      private @Nullable Path json;

      @Option(names = "--p4info", description = "The program's P4Info.")
      private @Nullable Path p4info;

      @Option(
          names = "--grpc",
          paramLabel = "HOST:PORT",
          description = "A running device: soft switch or simple_switch_grpc.")
      private @Nullable String grpc;
    }

    @Mixin private Origin origin = new Origin();

    @Option(
        names = "--device-id",
        defaultValue = "1",
        description = "The running device's id (default: ${DEFAULT-VALUE}).")
    private long deviceId;

    @Option(names = "--port", required = true, description = "The port the packet comes in.")
    private int port;

    @Option(
        names = {"-o", "--output"},
        defaultValue = "text",
        description = "text or json (default: ${DEFAULT-VALUE}).")
    private String output;

    @Parameters(paramLabel = "HEX", description = "The packet's bytes in hexadecimal.")
    private String packet;

    @Override
    public Integer call() throws IOException, InterruptedException {
      byte[] frame;
      try {
        frame = HexFormat.of().parseHex(packet.replaceAll("[\\s:]", ""));
      } catch (IllegalArgumentException e) {
        throw new ParameterException(spec.commandLine(), "HEX: " + e.getMessage());
      }
      if (!output.equals("text") && !output.equals("json")) {
        throw new ParameterException(
            spec.commandLine(), "-o: text or json is expected, not " + output);
      }
      SoftSwitch.Builder builder = SoftSwitch.builder();
      Path json = origin.json;
      Path p4info = origin.p4info;
      String grpc = origin.grpc;
      if (json != null && p4info != null && grpc == null) {
        builder.program(json, p4info);
      } else if (json != null || p4info != null || grpc == null) {
        throw new ParameterException(
            spec.commandLine(), "either --json and --p4info, or --grpc is expected");
      }
      try (SoftSwitch running = builder.start()) {
        if (grpc != null) {
          copy(running, grpc);
        }
        PacketTrace trace = running.trace(port, frame);
        spec.commandLine()
            .getOut()
            .println(output.equals("json") ? trace.toJson() : trace.toText());
        spec.commandLine().getOut().flush();
      } catch (IOException | IllegalArgumentException | StatusRuntimeException e) {
        spec.commandLine().getErr().println("soft-switch: " + e.getMessage());
        return 1;
      }
      return 0;
    }

    private void copy(SoftSwitch to, String grpc) throws InterruptedException {
      ManagedChannel channel =
          NettyChannelBuilder.forTarget(grpc)
              .usePlaintext()
              .maxInboundMessageSize(MAX_MESSAGE_BYTES)
              .build();
      try {
        ForwardingState state = ForwardingState.fetch(channel, deviceId);
        state
            .missing()
            .forEach(what -> spec.commandLine().getErr().println("soft-switch: not read: " + what));
        to.become(state);
      } finally {
        channel.shutdownNow();
        boolean _ = channel.awaitTermination(2, TimeUnit.SECONDS);
      }
    }
  }

  /** Runs a packet test script against a program. */
  @Command(
      name = "stf",
      description = "Run one of p4c's packet test scripts (STF) against a program.",
      mixinStandardHelpOptions = true)
  static final class Stf implements Callable<Integer> {
    @Spec private CommandSpec spec;

    @Option(names = "--json", required = true, description = "The program: p4c's BMv2 JSON.")
    private Path json;

    @Option(names = "--stf", required = true, description = "The script.")
    private Path script;

    @Override
    public Integer call() throws IOException {
      StfReport report;
      try {
        Program program = Program.load(Files.readAllBytes(json), Switch.DROP_PORT, message -> {});
        report =
            StfRunner.run(
                program, StfScript.parse(Files.readString(script, StandardCharsets.UTF_8)));
      } catch (ProgramException | StfException e) {
        spec.commandLine().getErr().println("soft-switch: " + e.getMessage());
        return 1;
      }
      report.failures().forEach(spec.commandLine().getOut()::println);
      spec.commandLine()
          .getOut()
          .println(
              (report.passed() ? "passed: " : "FAILED: ")
                  + report.packets()
                  + " packets, "
                  + report.expected()
                  + " expectations");
      spec.commandLine().getOut().flush();
      return report.passed() ? 0 : 1;
    }
  }
}
