package dev.weir.softswitch.stf;

import dev.weir.softswitch.engine.Counters;
import dev.weir.softswitch.engine.Entry;
import dev.weir.softswitch.engine.Meter;
import dev.weir.softswitch.engine.Meters;
import dev.weir.softswitch.engine.Program;
import dev.weir.softswitch.engine.Replication;
import dev.weir.softswitch.engine.Switch;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Runs a script: every packet has done all it causes before the next statement. What goes out has
 * to be what the script expects, port by port, in order; more is a failure too.
 */
public final class StfRunner {
  /** Ports a script can name. */
  private static final int PORTS = 512;

  private final Program program;
  private final Switch engine;
  private final StfTables tables;
  private final Map<Integer, List<String>> sent = new TreeMap<>();
  private final Map<Integer, List<StfCommand.Expect>> expected = new TreeMap<>();
  private final List<List<Replication.Replica>> nodes = new ArrayList<>();
  private final Map<Integer, List<Integer>> groups = new HashMap<>();
  private final Map<Integer, Session> sessions = new LinkedHashMap<>();
  private final List<String> failures = new ArrayList<>();
  private int packets;
  private int expectations;

  /** A clone session of the command line: a port, a multicast group, or both. */
  private record Session(@Nullable Integer port, @Nullable Integer group) {}

  private StfRunner(Program program) {
    this.program = program;
    this.engine = new Switch(message -> {});
    this.tables = new StfTables(program);
    engine.load(program);
    for (int port = 0; port < PORTS; port++) {
      int number = port;
      engine.attach(
          port,
          (frame, length) ->
              sent.computeIfAbsent(number, p -> new ArrayList<>())
                  .add(HexFormat.of().formatHex(frame, 0, length)));
    }
  }

  /**
   * Runs a script on a freshly loaded program.
   *
   * @throws StfException when the script names what the program does not have
   */
  public static StfReport run(Program program, StfScript script) {
    StfRunner runner = new StfRunner(program);
    for (StfScript.Line line : script.lines()) {
      runner.execute(line.number(), line.command());
    }
    runner.compare();
    return new StfReport(runner.packets, runner.expectations, runner.failures);
  }

  private void execute(int line, StfCommand command) {
    switch (command) {
      case StfCommand.Add add -> tables.add(line, add);
      case StfCommand.SetDefault set -> tables.setDefault(line, set);
      case StfCommand.RemoveAll remove -> tables.removeAll();
      case StfCommand.Packet packet -> {
        packets++;
        engine.receive(packet.port(), packet.bytes(), 0, packet.bytes().length);
      }
      case StfCommand.Expect expect -> {
        expectations++;
        expected.computeIfAbsent(expect.port(), p -> new ArrayList<>()).add(expect);
      }
      case StfCommand.NoPacket none -> {}
      case StfCommand.Wait wait -> {}
      case StfCommand.CheckCounter check -> checkCounter(line, check);
      case StfCommand.Direct direct -> direct(line, direct);
    }
  }

  private void checkCounter(int line, StfCommand.CheckCounter check) {
    long packetCount;
    long byteCount;
    Entry entry = tables.entry(check.entry());
    if (entry != null) {
      packetCount = entry.usage().packets();
      byteCount = entry.usage().bytes();
    } else {
      Counters counters = counters(line, check.counter());
      int index = StfTables.number(check.entry()).intValueExact();
      if (index >= counters.size()) {
        throw new StfException(line, "counter " + check.counter() + " has no cell " + index);
      }
      packetCount = counters.packets(index);
      byteCount = counters.bytes(index);
    }
    if (check.type() == null) {
      return;
    }
    expectations++;
    long value = check.type().equals("packets") ? packetCount : byteCount;
    boolean holds =
        switch (check.relation()) {
          case "==" -> value == check.value();
          case "!=" -> value != check.value();
          case "<" -> value < check.value();
          case "<=" -> value <= check.value();
          case ">" -> value > check.value();
          case ">=" -> value >= check.value();
          default -> throw new StfException(line, "relation " + check.relation());
        };
    if (!holds) {
      failures.add(
          "line "
              + line
              + ": counter "
              + check.counter()
              + "("
              + check.entry()
              + ") has "
              + value
              + " "
              + check.type());
    }
  }

  private Counters counters(int line, String name) {
    Counters exact = program.counters(name);
    if (exact != null) {
      return exact;
    }
    return program.inForce().counters().stream()
        .filter(c -> c.name().endsWith("." + name))
        .findFirst()
        .orElseThrow(() -> new StfException(line, "there is no counter " + name));
  }

  private Meters meters(int line, String name) {
    Meters exact = program.meters(name);
    if (exact == null) {
      throw new StfException(line, "there is no meter " + name);
    }
    return exact;
  }

  private void direct(int line, StfCommand.Direct direct) {
    List<String> words = direct.words();
    switch (direct.command()) {
      case "mirroring_add" -> {
        sessions.put(number(line, words, 0), new Session(number(line, words, 1), null));
        configureSessions();
      }
      case "mirroring_add_mc" -> {
        sessions.put(number(line, words, 0), new Session(null, number(line, words, 1)));
        configureSessions();
      }
      case "mirroring_delete" -> {
        sessions.remove(number(line, words, 0));
        program.inForce().replication().setSession(number(line, words, 0), null);
      }
      case "mirroring_get" -> {
        if (!sessions.containsKey(number(line, words, 0))) {
          failures.add("line " + line + ": there is no clone session " + words.getFirst());
        }
      }
      case "mc_mgrp_create" -> groups.put(number(line, words, 0), new ArrayList<>());
      case "mc_node_create" -> nodes.add(node(line, words, 0));
      case "mc_node_update" -> {
        nodes.set(number(line, words, 0), node(line, words, 0));
        configureGroups();
      }
      case "mc_node_associate" -> {
        List<Integer> group = groups.get(number(line, words, 0));
        int node = number(line, words, 1);
        if (group == null || node >= nodes.size()) {
          throw new StfException(line, "there is no such group or node");
        }
        group.add(node);
        configureGroups();
      }
      case "counter_read" -> {
        Counters counters = counters(line, words.getFirst());
        if (number(line, words, 1) >= counters.size()) {
          failures.add("line " + line + ": the counter has no such cell");
        }
      }
      case "counter_write" ->
          counters(line, words.getFirst())
              .set(number(line, words, 1), number(line, words, 2), number(line, words, 3));
      case "register_read" -> register(line, words, null);
      case "register_write" -> register(line, words, StfTables.number(words.get(2)));
      case "register_reset" -> {
        for (int i = 0; i < program.registerSize(words.getFirst()); i++) {
          program.setRegister(words.getFirst(), i, BigInteger.ZERO);
        }
      }
      case "meter_get_rates" -> {
        Meters meters = meters(line, words.getFirst());
        if (number(line, words, 1) >= meters.size()) {
          failures.add("line " + line + ": the meter has no such cell");
        }
      }
      case "meter_set_rates" ->
          meters(line, words.getFirst())
              .meter(number(line, words, 1))
              .configure(rates(line, words.subList(2, words.size())), System.nanoTime());
      case "meter_array_set_rates" -> {
        Meters meters = meters(line, words.getFirst());
        for (int i = 0; i < meters.size(); i++) {
          meters.meter(i).configure(rates(line, words.subList(1, words.size())), System.nanoTime());
        }
      }
      default -> throw new StfException(line, "command " + direct.command());
    }
  }

  /** Two rates in units per microsecond, each with its burst: committed, then peak. */
  private static Meter.Rates rates(int line, List<String> words) {
    if (words.size() != 2) {
      throw new StfException(line, "two rates are expected, each as RATE:BURST");
    }
    long[] values = new long[4];
    for (int i = 0; i < 2; i++) {
      String[] parts = words.get(i).split(":");
      values[2 * i] = Math.round(Double.parseDouble(parts[0]) * 1e6);
      values[2 * i + 1] = Long.parseLong(parts[1]);
    }
    return new Meter.Rates(values[0], values[1], values[2], values[3]);
  }

  private static int number(int line, List<String> words, int index) {
    if (index >= words.size()) {
      throw new StfException(line, "too few words");
    }
    return StfTables.number(words.get(index)).intValueExact();
  }

  private static List<Replication.Replica> node(int line, List<String> words, int from) {
    int instance = number(line, words, from);
    TreeSet<Integer> ports = new TreeSet<>();
    for (int i = from + 1; i < words.size(); i++) {
      ports.add(number(line, words, i));
    }
    return ports.stream().map(port -> new Replication.Replica(port, instance)).toList();
  }

  private void configureGroups() {
    groups.forEach(
        (id, members) -> program.inForce().replication().setGroup(id, replicas(members)));
    configureSessions();
  }

  private List<Replication.Replica> replicas(List<Integer> members) {
    return members.stream().flatMap(n -> nodes.get(n).stream()).toList();
  }

  private void configureSessions() {
    sessions.forEach(
        (id, session) -> {
          List<Replication.Replica> replicas = new ArrayList<>();
          if (session.group() != null) {
            replicas.addAll(replicas(groups.getOrDefault(session.group(), List.of())));
          }
          if (session.port() != null) {
            replicas.add(new Replication.Replica(session.port(), 0));
          }
          program
              .inForce()
              .replication()
              .setSession(id, new Replication.CloneSession(replicas, 0, 0));
        });
  }

  private void register(int line, List<String> words, @Nullable BigInteger value) {
    String name = words.getFirst();
    int index = number(line, words, 1);
    int size = program.registerSize(name);
    if (size < 0) {
      throw new StfException(line, "there is no register " + name);
    }
    if (index >= size) {
      failures.add("line " + line + ": the register has no such cell");
    } else if (value != null) {
      program.setRegister(name, index, value);
    }
  }

  private void compare() {
    TreeSet<Integer> ports = new TreeSet<>(sent.keySet());
    ports.addAll(expected.keySet());
    for (int port : ports) {
      List<StfCommand.Expect> wanted = expected.getOrDefault(port, List.of());
      List<String> got = sent.getOrDefault(port, List.of());
      if (wanted.stream().anyMatch(e -> e.pattern() == null)) {
        if (got.isEmpty()) {
          failures.add("port " + port + ": no packet");
        }
        continue;
      }
      if (wanted.size() != got.size()) {
        failures.add(
            "port "
                + port
                + ": "
                + got.size()
                + " packets, "
                + wanted.size()
                + " expected; got "
                + got);
        continue;
      }
      for (int i = 0; i < got.size(); i++) {
        if (!agrees(wanted.get(i), got.get(i))) {
          failures.add(
              "port "
                  + port
                  + ", packet "
                  + i
                  + ": "
                  + got.get(i)
                  + " is not "
                  + wanted.get(i).pattern());
        }
      }
    }
  }

  private static boolean agrees(StfCommand.Expect wanted, String got) {
    String pattern = Objects.requireNonNull(wanted.pattern());
    if (got.length() < pattern.length() || (wanted.exact() && got.length() > pattern.length())) {
      return false;
    }
    for (int i = 0; i < pattern.length(); i++) {
      if (pattern.charAt(i) != '*' && pattern.charAt(i) != got.charAt(i)) {
        return false;
      }
    }
    return true;
  }
}
