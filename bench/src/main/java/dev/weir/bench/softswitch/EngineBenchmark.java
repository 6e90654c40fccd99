package dev.weir.bench.softswitch;

import dev.weir.softswitch.engine.Switch;
import dev.weir.softswitch.server.P4RuntimeServer;
import dev.weir.softswitch.server.ServerOptions;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Threads;
import org.openjdk.jmh.annotations.Warmup;
import org.openjdk.jmh.infra.ThreadParams;

/**
 * A packet's way through the engine, without interfaces. With {@code -prof gc} it shows what a
 * packet allocates: nothing.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(
    value = 1,
    jvmArgsAppend = {"--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow"})
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 3, time = 2)
@State(Scope.Benchmark)
public class EngineBenchmark {
  @Param({"router", "weir"})
  public String program = "";

  /** Every so many packets one is traced; 0: none ever. */
  @Param({"0", "1000"})
  public int traceEach;

  private final Switch engine = new Switch(message -> {});

  @SuppressWarnings("NullAway.Init") // by start()
  private Workload workload;

  @SuppressWarnings("NullAway.Init") // by start()
  private P4RuntimeServer server;

  /** What one thread sends: at the first port or at the second. */
  @State(Scope.Thread)
  public static class Sender {
    private int port;
    private byte[][] frames = {};
    private int next;
    private int untraced;

    @Setup
    public void prepare(EngineBenchmark of, ThreadParams thread) {
      int line = thread.getThreadIndex() % 2;
      port = 1 + 2 * line;
      List<byte[]> all = of.workload.frames().get(line);
      frames = all.toArray(byte[][]::new);
      for (byte[] frame : frames) {
        of.engine.receive(port, frame, 0, frame.length);
      }
    }
  }

  @Setup(Level.Trial)
  public void start() throws Exception {
    Path home = Path.of(System.getProperty("weir.home", "."));
    workload = program.equals("router") ? Workload.router(home) : Workload.weir(home);
    server =
        P4RuntimeServer.start(
            engine,
            new ServerOptions(1, new InetSocketAddress("127.0.0.1", 0), -1, Switch.DROP_PORT, null),
            message -> {});
    for (int port = 1; port <= Interfaces.PORTS; port++) {
      engine.attach(port, (frame, length) -> {});
    }
    try (Client client = new Client(server.port())) {
      client.load(workload.config());
      client.insert(workload.config(), workload.entries());
    }
  }

  @TearDown(Level.Trial)
  public void stop() {
    Switch.Traffic traffic = engine.traffic();
    System.out.println(traffic);
    server.close();
  }

  @Benchmark
  @Threads(1)
  public void oneThread(Sender sender) {
    send(sender);
  }

  @Benchmark
  @Threads(2)
  public void twoThreads(Sender sender) {
    send(sender);
  }

  private void send(Sender sender) {
    byte[] frame = sender.frames[sender.next];
    sender.next = sender.next + 1 == sender.frames.length ? 0 : sender.next + 1;
    if (traceEach > 0 && ++sender.untraced == traceEach) {
      sender.untraced = 0;
      var _ = engine.trace(sender.port, frame);
      return;
    }
    engine.receive(sender.port, frame, 0, frame.length);
  }
}
