package dev.weir.bench.softswitch;

import dev.weir.softswitch.engine.Switch;
import dev.weir.softswitch.server.P4RuntimeServer;
import dev.weir.softswitch.server.ServerOptions;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Both switches in one run; {@code bench/soft-switch} starts it in a namespace of its own. */
@Command(
    name = "bench/soft-switch",
    mixinStandardHelpOptions = true,
    description = {
      "Measures the soft switch beside simple_switch_grpc, if that is on PATH: the same programs,",
      "entries, interfaces and generator, in alternating turns. Prints medians and ratios.",
      "Needs root and two cores: one for the switch under test, one for the generator."
    })
public final class SoftSwitchBench implements Callable<Integer> {
  private static final int OUR_GRPC = 9601;
  private static final int THEIR_GRPC = 9602;
  private static final int MANY_ENTRIES = 100_000;
  private static final Duration WARM_UP = Duration.ofSeconds(6);

  /** What jcmd says of a heap, or of each of its generations; not of the metaspace. */
  private static final Pattern USED = Pattern.compile("total .*used (\\d+)K");

  @Option(names = "--home", hidden = true, description = "the project's folder")
  private Path home = Path.of(".");

  @Option(
      names = "--turns",
      defaultValue = "3",
      description = "of each switch, at least 3 (default: ${DEFAULT-VALUE})")
  private int turns;

  @Option(
      names = "--seconds",
      defaultValue = "2",
      description = "of each turn (default: ${DEFAULT-VALUE})")
  private int seconds;

  @Option(names = "--only", description = "one part: ${COMPLETION-CANDIDATES} (default: all)")
  private Part only = Part.ALL;

  /** What can be measured by itself. */
  enum Part {
    ALL,
    ROUTER,
    WEIR,
    ENTRIES,
    MEMORY,
    ENGINE
  }

  private final Table table = new Table();

  public static void main(String[] args) {
    System.exit(
        new CommandLine(new SoftSwitchBench())
            .setCaseInsensitiveEnumValuesAllowed(true)
            .execute(args));
  }

  private boolean asked(Part part) {
    return only == Part.ALL || only == part;
  }

  private static boolean onPath(String program) {
    return Arrays.stream(System.getenv().getOrDefault("PATH", "").split(":"))
        .anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
  }

  @Override
  public Integer call() throws Exception {
    Workload router = Workload.router(home);
    Workload weir = Workload.weir(home);
    Interfaces.create();
    if (only != Part.ENGINE) {
      compare(router, weir);
    }
    if (asked(Part.ENGINE)) {
      engine(router);
      engine(weir);
    }
    System.out.println();
    System.out.println("weir.p4: " + weir.detail());
    System.out.println("router.p4: " + router.detail());
    System.out.println("medians of " + turns + " turns of " + seconds + " s, alternating");
    System.out.println();
    System.out.println(table);
    return 0;
  }

  private void compare(Workload router, Workload weir) throws Exception {
    Path logs = Files.createTempDirectory("weir-bench");
    List<Device> devices = new ArrayList<>();
    try {
      devices.add(Device.softSwitch(logs, OUR_GRPC));
      if (onPath("simple_switch_grpc")) {
        devices.add(Device.bmv2(logs, THEIR_GRPC));
      } else {
        System.out.println(
            "ABSENT: simple_switch_grpc is not on PATH. The soft switch is measured alone.");
      }
      if (asked(Part.ROUTER)) {
        packets(devices, router);
      }
      if (asked(Part.WEIR)) {
        packets(devices, weir);
      }
      if (asked(Part.ENTRIES)) {
        entries(devices, router);
      }
      if (asked(Part.MEMORY)) {
        memory(devices, router);
      }
    } finally {
      for (Device device : devices) {
        device.close();
      }
      for (String log : List.of("soft-switch.log", "simple_switch_grpc.log")) {
        Files.deleteIfExists(logs.resolve(log));
      }
      Files.delete(logs);
    }
  }

  private static void load(List<Device> devices, Workload workload) {
    for (Device device : devices) {
      device.client().load(workload.config());
      device.client().insert(workload.config(), workload.entries());
    }
  }

  private void packets(List<Device> devices, Workload workload) throws Exception {
    load(devices, workload);
    try (Generator generator = new Generator()) {
      generator.add("h1", workload.frames().get(0));
      generator.add("h3", workload.frames().get(1));
      PacketRate rate = new PacketRate(generator, Duration.ofSeconds(seconds));
      for (String cores : List.of(Cores.SWITCH, Cores.BOTH)) {
        List<List<PacketRate.Turn>> results = rate.measure(devices, cores, turns, WARM_UP);
        String of =
            workload.name() + ".p4, " + (cores.equals(Cores.BOTH) ? "two cores" : "one core");
        double[] ours = medians(results, 0);
        double[] theirs = medians(results, 1);
        table.rate(of + ": packets/s", ours[0], theirs[0]);
        table.cost(of + ": processor time per packet, µs", ours[1], theirs[1]);
        table.add(of + ": loss at what it was offered", loss(ours), loss(theirs), Double.NaN);
      }
    }
  }

  private static double[] medians(List<List<PacketRate.Turn>> results, int device) {
    if (device >= results.size()) {
      return new double[] {Double.NaN, Double.NaN, Double.NaN, Double.NaN};
    }
    List<PacketRate.Turn> of = results.get(device);
    return new double[] {
      Table.median(of.stream().map(PacketRate.Turn::delivered).toList()),
      Table.median(of.stream().map(PacketRate.Turn::processorMicros).toList()),
      Table.median(of.stream().map(PacketRate.Turn::loss).toList()),
      Table.median(of.stream().map(PacketRate.Turn::offered).toList())
    };
  }

  private static String loss(double[] medians) {
    return Double.isNaN(medians[2])
        ? "absent"
        : String.format(Locale.ROOT, "%.0f%% of %,.0f/s", 100 * medians[2], medians[3]);
  }

  private void entries(List<Device> devices, Workload router) throws Exception {
    for (Device device : devices) {
      device.client().load(router.config());
      // A few thousand requests are not enough for compilers that learn, at either end.
      long end = System.nanoTime() + WARM_UP.multipliedBy(2).toNanos();
      while (System.nanoTime() < end) {
        EntryRate.turn(device, router, 1);
      }
    }
    for (int batch : EntryRate.BATCHES) {
      List<List<Double>> results = new ArrayList<>();
      for (Device device : devices) {
        // Once unmeasured for each size, too.
        EntryRate.turn(device, router, batch);
        results.add(new ArrayList<>());
      }
      for (int turn = 0; turn < turns; turn++) {
        for (int d = 0; d < devices.size(); d++) {
          results.get(d).add(EntryRate.turn(devices.get(d), router, batch));
        }
      }
      table.rate(
          "P4Runtime: entries/s, " + batch + " in a request",
          Table.median(results.get(0)),
          results.size() > 1 ? Table.median(results.get(1)) : Double.NaN);
    }
  }

  private void memory(List<Device> devices, Workload router) throws Exception {
    double[] resident = {Double.NaN, Double.NaN};
    for (int d = 0; d < devices.size(); d++) {
      Device device = devices.get(d);
      device.client().load(router.config());
      device.client().insert(router.config(), EntryRate.routes(MANY_ENTRIES));
      resident[d] = device.residentKiB() / 1024.0;
    }
    String pid = Long.toString(devices.getFirst().pid());
    Processes.run(jcmd(), pid, "GC.run");
    long usedKiB = 0;
    String heap = Processes.run(jcmd(), pid, "GC.heap_info");
    Matcher used = USED.matcher(heap);
    while (used.find()) {
      usedKiB += Long.parseLong(used.group(1));
    }
    if (usedKiB == 0) {
      throw new IOException("GC.heap_info says nothing of what is in use: " + heap);
    }
    table.cost("100,000 entries: resident memory, MiB", resident[0], resident[1]);
    table.add(
        "100,000 entries: heap in use after a collection, MiB",
        number(usedKiB / 1024.0),
        "",
        Double.NaN);
  }

  private static String jcmd() {
    return Path.of(System.getProperty("java.home"), "bin", "jcmd").toString();
  }

  /** What tracing one packet in a thousand does to the others, and what a packet allocates. */
  private void engine(Workload workload) throws Exception {
    Switch engine = new Switch(message -> {});
    for (int port = 1; port <= Interfaces.PORTS; port++) {
      engine.attach(port, (frame, length) -> {});
    }
    try (P4RuntimeServer server =
        P4RuntimeServer.start(
            engine,
            new ServerOptions(1, new InetSocketAddress("127.0.0.1", 0), -1, Switch.DROP_PORT, null),
            message -> {})) {
      try (Client client = new Client(server.port())) {
        client.load(workload.config());
        client.insert(workload.config(), workload.entries());
      }
      InMemory.Result result = new InMemory(engine, workload.frames().getFirst()).measure(turns);
      String of = workload.name() + ".p4, in memory: ";
      table.add(of + "packets/s, never traced", number(result.before()), "", Double.NaN);
      table.add(
          of + "the same after 1,000 traces",
          String.format(Locale.ROOT, "%.2f of that", result.after() / result.before()),
          "",
          Double.NaN);
      table.add(
          of + "bytes allocated per packet",
          String.format(Locale.ROOT, "%.3f", result.bytesPerPacket()),
          "",
          Double.NaN);
    }
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, "%,.0f", value);
  }
}
