package dev.weir.app.server;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.weir.controller.ControllerConfig;
import dev.weir.controller.MeshController;
import dev.weir.rest.RestServer;
import dev.weir.softswitch.SoftSwitch;
import java.io.Closeable;
import java.io.IOException;
import java.net.BindException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code controller run}: serves until it is asked to end. */
@Command(
    name = "run",
    mixinStandardHelpOptions = true,
    description = "Runs the controller in the foreground, until SIGTERM or Ctrl-C.")
public final class ControllerRunCommand implements Callable<Integer> {
  static final int USUAL_PORT = 7480;

  @Spec private CommandSpec spec;

  @Option(
      names = "--state",
      required = true,
      paramLabel = "DIR",
      description = "where it keeps its state, xds.sock and controller.json")
  private Path state = Path.of(".");

  @Option(
      names = "--http",
      paramLabel = "HOST:PORT",
      description =
          "where the API listens; loopback only (default: 127.0.0.1, port 7480 or any free one)")
  private String http = "";

  @Option(
      names = "--embedded-switch",
      description = "also runs a soft switch, with in-process ports only")
  private boolean embeddedSwitch;

  private OptionalInt switchPort = OptionalInt.empty();

  @Override
  public Integer call() throws IOException, InterruptedException {
    Files.createDirectories(state);
    ControllerConfig config =
        new ControllerConfig(
            state.resolve("controller"),
            state.resolve("xds.sock"),
            Duration.ofSeconds(10),
            Duration.ofSeconds(1),
            Duration.ofSeconds(30));
    try (Closeable embedded = embeddedSwitch ? startSwitch() : () -> {};
        MeshController mesh = MeshController.start(config);
        RestServer server = listen(mesh)) {
      CountDownLatch ended = new CountDownLatch(1);
      CountDownLatch closed = new CountDownLatch(1);
      Runtime.getRuntime()
          .addShutdownHook(
              Thread.ofPlatform()
                  .unstarted(
                      () -> {
                        ended.countDown();
                        awaitQuietly(closed);
                      }));
      announce(server);
      ended.await();
      server.close();
      mesh.close();
      embedded.close();
      closed.countDown();
    }
    return 0;
  }

  private Closeable startSwitch() throws IOException {
    SoftSwitch started = SoftSwitch.builder().deviceId(1).grpc("127.0.0.1", 0).start();
    switchPort = OptionalInt.of(started.grpcPort());
    return started::close;
  }

  private RestServer listen(MeshController mesh) throws IOException {
    if (!http.isEmpty()) {
      int colon = http.lastIndexOf(':');
      try {
        return new RestServer(
            mesh,
            http.substring(0, Math.max(0, colon)).replaceAll("[\\[\\]]", ""),
            Integer.parseInt(http.substring(colon + 1)));
      } catch (IllegalArgumentException e) {
        throw new CommandLine.ParameterException(
            spec.commandLine(), "--http " + http + ": " + e.getMessage());
      }
    }
    try {
      return new RestServer(mesh, "127.0.0.1", USUAL_PORT);
    } catch (BindException taken) {
      return new RestServer(mesh, "127.0.0.1", 0);
    }
  }

  /** Written whole, then moved into place: whoever finds it can read it. */
  private void announce(RestServer server) throws IOException {
    ObjectNode node = JsonNodeFactory.instance.objectNode();
    node.put("url", server.uri().toString()).put("pid", ProcessHandle.current().pid());
    switchPort.ifPresent(port -> node.put("switch", "127.0.0.1:" + port));
    Path whole = Files.createTempFile(state, "controller", ".json");
    Files.writeString(whole, node + "\n");
    Files.move(whole, state.resolve("controller.json"), StandardCopyOption.ATOMIC_MOVE);
    spec.commandLine().getOut().println("listening on " + server.uri());
    spec.commandLine().getOut().flush();
  }

  private static void awaitQuietly(CountDownLatch closed) {
    try {
      closed.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
