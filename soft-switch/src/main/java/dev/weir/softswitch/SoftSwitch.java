package dev.weir.softswitch;

import com.google.protobuf.ByteString;
import com.google.protobuf.TextFormat;
import dev.weir.softswitch.engine.LogSink;
import dev.weir.softswitch.engine.Program;
import dev.weir.softswitch.engine.Switch;
import dev.weir.softswitch.ports.InProcessPort;
import dev.weir.softswitch.ports.LinkMonitor;
import dev.weir.softswitch.ports.LinuxPort;
import dev.weir.softswitch.server.ForwardingState;
import dev.weir.softswitch.server.P4RuntimeServer;
import dev.weir.softswitch.server.ServerOptions;
import dev.weir.softswitch.trace.PacketTrace;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;
import p4.config.v1.P4InfoOuterClass.P4Info;
import p4.v1.P4RuntimeOuterClass.ForwardingPipelineConfig;

/**
 * A running software switch: ports, and a P4Runtime server. All methods may be called from any
 * thread.
 *
 * <pre>{@code
 * try (SoftSwitch s = SoftSwitch.builder().deviceId(1).grpc("127.0.0.1", 0).start()) {
 *   s.port(1).send(frame);
 *   Optional<byte[]> out = s.port(2).receive(Duration.ofSeconds(1));
 * }
 * }</pre>
 */
public final class SoftSwitch implements AutoCloseable {
  private final Switch engine;
  private final P4RuntimeServer server;
  private final List<LinuxPort> linuxPorts;
  private final LinkMonitor monitor;
  private final Map<Integer, InProcessPort> inProcess = new ConcurrentHashMap<>();

  private SoftSwitch(
      Switch engine, P4RuntimeServer server, List<LinuxPort> linuxPorts, LinkMonitor monitor) {
    this.engine = engine;
    this.server = server;
    this.linuxPorts = linuxPorts;
    this.monitor = monitor;
  }

  public static Builder builder() {
    return new Builder();
  }

  /** How to start a switch. */
  public static final class Builder {
    private long deviceId = 1;
    private InetSocketAddress address = new InetSocketAddress("127.0.0.1", 0);
    private int cpuPort = -1;
    private int dropPort = Switch.DROP_PORT;
    private LogSink log =
        message -> LoggerFactory.getLogger("dev.weir.softswitch.program").info(message);
    private final Map<Integer, String> interfaces = new TreeMap<>();
    private @Nullable Path json;
    private @Nullable Path p4info;
    private ServerOptions.@Nullable Tls tls;

    private Builder() {}

    /** P4Runtime's device id; 1 unless set. */
    public Builder deviceId(long id) {
      deviceId = id;
      return this;
    }

    /** Where P4Runtime is served; port 0 takes a free one. Loopback, any port, unless set. */
    public Builder grpc(String host, int port) {
      address = new InetSocketAddress(host, port);
      return this;
    }

    /** The switch port whose frames go to and come from controllers; none unless set. */
    public Builder cpuPort(int port) {
      cpuPort = port;
      return this;
    }

    /** The egress port that means drop; 511 unless set. */
    public Builder dropPort(int port) {
      dropPort = port;
      return this;
    }

    /** Where {@code log_msg} goes; to the log unless set. */
    public Builder log(LogSink sink) {
      log = sink;
      return this;
    }

    /** Puts a Linux interface on a switch port. */
    public Builder linuxInterface(int port, String name) {
      interfaces.put(port, name);
      return this;
    }

    /** Serves over TLS with this certificate chain and private key, both PEM files. */
    public Builder tls(Path certificates, Path key) {
      tls = new ServerOptions.Tls(certificates, key);
      return this;
    }

    /** A program to start with; without one the switch drops until a controller sends one. */
    public Builder program(Path bmv2Json, Path p4infoText) {
      json = bmv2Json;
      p4info = p4infoText;
      return this;
    }

    /**
     * Opens the ports, then serves.
     *
     * @throws IOException when an interface cannot be opened, the address not listened on, or a
     *     file not read
     * @throws IllegalArgumentException when the program cannot be run
     */
    public SoftSwitch start() throws IOException {
      Switch engine = new Switch(log);
      List<LinuxPort> ports = new ArrayList<>();
      P4RuntimeServer server = null;
      boolean started = false;
      try {
        for (Map.Entry<Integer, String> each : interfaces.entrySet()) {
          if (each.getKey() == cpuPort) {
            throw new IllegalArgumentException(
                "port " + cpuPort + " is the controller's: no interface can be on it");
          }
          ports.add(LinuxPort.open(engine, each.getKey(), each.getValue()));
        }
        server =
            P4RuntimeServer.start(
                engine, new ServerOptions(deviceId, address, cpuPort, dropPort, tls), log);
        if (json != null && p4info != null) {
          server.load(config(json, p4info));
        }
        LinkMonitor monitor = LinkMonitor.start(engine, interfaces);
        SoftSwitch running = new SoftSwitch(engine, server, List.copyOf(ports), monitor);
        if (interfaces.isEmpty()) {
          // Everything is in this process: a frame waits at its port until somebody asks for it.
          engine.setOtherPorts((port, frame, length) -> running.port(port).send(frame, length));
        }
        started = true;
        return running;
      } finally {
        if (!started) {
          ports.forEach(LinuxPort::close);
          if (server != null) {
            server.close();
          }
        }
      }
    }
  }

  /** Reads a pipeline configuration from p4c's two files. */
  public static ForwardingPipelineConfig config(Path bmv2Json, Path p4infoText) throws IOException {
    P4Info.Builder info = P4Info.newBuilder();
    TextFormat.merge(Files.readString(p4infoText, StandardCharsets.UTF_8), info);
    return ForwardingPipelineConfig.newBuilder()
        .setP4Info(info)
        .setP4DeviceConfig(ByteString.copyFrom(Files.readAllBytes(bmv2Json)))
        .build();
  }

  /** The port P4Runtime is served on. */
  public int grpcPort() {
    return server.port();
  }

  /** Loads a pipeline as if a controller had committed it. */
  public void load(ForwardingPipelineConfig config) {
    server.load(config);
  }

  /** Becomes like another device: its pipeline, entries and all other state. */
  public void become(ForwardingState state) {
    server.become(state);
  }

  /** The port of this number in this process, made when first asked for. */
  public InProcessPort port(int number) {
    return inProcess.computeIfAbsent(
        number,
        n -> {
          InProcessPort port = new InProcessPort(engine, n);
          engine.attach(n, port);
          return port;
        });
  }

  /** Takes a port's link away or gives it back, as a cable would. */
  public void setLink(int port, boolean up) {
    engine.setLink(port, up);
  }

  /** What happens to a packet; see {@link Switch#trace}. */
  public PacketTrace trace(int port, byte[] frame) {
    return engine.trace(port, frame);
  }

  /** The program in force; null before the first. */
  public @Nullable Program program() {
    return engine.program();
  }

  /** Frames received, sent and dropped since the start. */
  public Switch.Traffic traffic() {
    return engine.traffic();
  }

  @Override
  public void close() {
    monitor.close();
    server.close();
    linuxPorts.forEach(LinuxPort::close);
  }
}
