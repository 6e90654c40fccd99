package dev.weir.compiler.explain;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import dev.weir.compiler.encode.Capabilities;
import dev.weir.compiler.intent.Rule;
import dev.weir.compiler.net.IpAddress;
import dev.weir.p4runtime.entry.Action;
import dev.weir.p4runtime.entry.Bits;
import dev.weir.p4runtime.entry.Entry;
import dev.weir.p4runtime.entry.Match;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a switch does with a packet that opens a connection, read from its entries in the order of
 * the pipeline contract: codes, then the layers, then steering. It knows nothing of how the entries
 * came to be.
 */
public final class SwitchWalk {
  private static final int TCP = 6;

  private final Capabilities capabilities;
  private final int addressWidth;
  private final int epoch;
  private final Map<String, List<Entry>> tables = new HashMap<>();

  /** How a walk ends. */
  public enum Outcome {
    ALLOW,
    DENY,
    STEER
  }

  /**
   * A policy table's part in a walk.
   *
   * @param hits the entries of the largest priority that match; none where the default denies
   */
  public record Hit(Rule.Layer layer, String table, ImmutableList<Entry> hits) {
    /** The action of the table. */
    public String action() {
      return hits.isEmpty()
          ? layer.ordered() ? "pass_on" : "deny"
          : hits.getFirst().action().name();
    }

    /** Whether it settles a direction, so that the next table is not asked. */
    boolean settlesChain() {
      return layer.ordered() && !action().equals("pass_on");
    }
  }

  /** Where the steer action sends a connection. */
  public record Way(Bits address, int port) {}

  /**
   * A walk.
   *
   * @param layers the policy tables met, the denying one last
   * @param way of a steered connection
   * @param why where no policy table decided: {@code server-is-sidecar}, {@code not-steerable}, …
   */
  public record Walk(
      Outcome outcome,
      BigInteger sourceCode,
      BigInteger destinationCode,
      ImmutableList<Hit> layers,
      Optional<Way> way,
      Optional<Entry> steer,
      String why) {}

  /**
   * @param epoch 0 or 1: what packets meet
   */
  public SwitchWalk(Capabilities capabilities, Iterable<Entry> entries, int epoch) {
    this.capabilities = capabilities;
    this.addressWidth =
        capabilities.families().contains(IpAddress.Family.IPV6)
            ? IpAddress.Family.IPV6.width()
            : IpAddress.Family.IPV4.width();
    this.epoch = epoch;
    for (Entry entry : entries) {
      if (!entry.key().isDefault()) {
        tables.computeIfAbsent(entry.table(), _ -> new ArrayList<>()).add(entry);
      }
    }
    Comparator<Entry> falling = Comparator.comparingInt((Entry e) -> e.key().priority()).reversed();
    tables.values().forEach(table -> table.sort(falling));
  }

  /** Whether the guard lets a packet of {@code source} in at {@code port}. */
  public boolean guardPasses(int port, IpAddress source) {
    return longest(
            "source_guard",
            ImmutableMap.of(
                "ingress_port", Bits.of(port), "source_address", capabilities.bits(source)))
        .filter(e -> !e.action().name().equals("drop_spoofed"))
        .isPresent();
  }

  /** The route's entry for {@code destination}. */
  public Optional<Entry> route(IpAddress destination) {
    return longest("route", ImmutableMap.of("address", capabilities.bits(destination)));
  }

  /**
   * Walks a packet that opens a connection, past the guard.
   *
   * @param protocol IANA's number
   * @param port the server's; 0 where the protocol has none
   */
  public Walk walk(IpAddress from, IpAddress to, int protocol, int port) {
    if (!capabilities.families().contains(from.family()) || from.family() != to.family()) {
      return decided(Outcome.DENY, BigInteger.ZERO, BigInteger.ZERO, "not-carried");
    }
    Optional<Entry> source = workload("source_workload", from);
    Optional<Entry> destination = workload("destination_workload", to);
    BigInteger sourceCode = code(source, "source_block", from);
    BigInteger destinationCode = code(destination, "destination_block", to);
    if (destination.filter(e -> e.action().name().equals("set_destination_sidecar")).isPresent()) {
      return decided(Outcome.DENY, sourceCode, destinationCode, "server-is-sidecar");
    }
    Optional<Bits> sidecar = source.map(Entry::action).map(a -> a.params().get("sidecar"));
    if (sidecar.isPresent()) {
      boolean allowed =
          best(
                  "sidecar_upstream",
                  ImmutableMap.of(
                      "sidecar", sidecar.orElseThrow(),
                      "address", capabilities.bits(to),
                      "protocol", Bits.of(protocol),
                      "port", Bits.of(port),
                      "epoch", Bits.of(epoch)))
              .stream()
              .anyMatch(e -> e.action().name().equals("allow_upstream"));
      return decided(
          allowed ? Outcome.ALLOW : Outcome.DENY, sourceCode, destinationCode, "by-sidecar");
    }
    return layers(to, protocol, port, sourceCode, destinationCode);
  }

  private static Walk decided(
      Outcome outcome, BigInteger sourceCode, BigInteger destinationCode, String why) {
    return new Walk(
        outcome,
        sourceCode,
        destinationCode,
        ImmutableList.of(),
        Optional.empty(),
        Optional.empty(),
        why);
  }

  private Walk layers(
      IpAddress to, int protocol, int port, BigInteger sourceCode, BigInteger destinationCode) {
    ImmutableMap<String, Bits> fields =
        ImmutableMap.of(
            "source_code", new Bits(sourceCode),
            "destination_code", new Bits(destinationCode),
            "protocol", Bits.of(protocol),
            "port", Bits.of(port),
            "epoch", Bits.of(epoch));
    ImmutableList.Builder<Hit> met = ImmutableList.builder();
    boolean steered = false;
    boolean full = false;
    int part = 0;
    boolean settled = false;
    for (Rule.Layer layer : capabilities.layers()) {
      if (settled) {
        settled = false;
        continue;
      }
      String table = Capabilities.table(layer);
      Hit hit = new Hit(layer, table, best(table, fields));
      settled = hit.settlesChain();
      if (!layer.ordered() || !hit.hits().isEmpty()) {
        met.add(hit);
      }
      switch (hit.action()) {
        case "allow", "accept", "pass_on" -> {}
        case "steer_full", "spill" -> {
          steered = true;
          full = true;
        }
        case "steer_class" -> {
          steered = true;
          part += param(hit.hits().getFirst().action(), "part").intValue();
        }
        default -> {
          return new Walk(
              Outcome.DENY,
              sourceCode,
              destinationCode,
              met.build(),
              Optional.empty(),
              Optional.empty(),
              "policy");
        }
      }
    }
    if (!steered) {
      return new Walk(
          Outcome.ALLOW,
          sourceCode,
          destinationCode,
          met.build(),
          Optional.empty(),
          Optional.empty(),
          "policy");
    }
    Optional<Entry> steer =
        protocol == TCP
            ? best(
                    "steer",
                    ImmutableMap.of(
                        "address", capabilities.bits(to),
                        "protocol", Bits.of(protocol),
                        "port", Bits.of(port)))
                .stream()
                .findFirst()
            : Optional.empty();
    int offset = full ? 0 : part;
    return new Walk(
        steer.isPresent() ? Outcome.STEER : Outcome.DENY,
        sourceCode,
        destinationCode,
        met.build(),
        steer.map(
            e ->
                new Way(
                    param(e.action(), "address"),
                    param(e.action(), "first_port").intValue() + offset)),
        steer,
        steer.isPresent() ? "policy" : "not-steerable");
  }

  private static Bits param(Action action, String name) {
    Bits value = action.params().get(name);
    if (value == null) {
      throw new IllegalArgumentException("action " + action.name() + " has no " + name);
    }
    return value;
  }

  private Optional<Entry> workload(String table, IpAddress address) {
    return longest(table, ImmutableMap.of("address", capabilities.bits(address)));
  }

  private BigInteger code(Optional<Entry> workload, String blockTable, IpAddress address) {
    BigInteger own = workload.map(this::code).orElse(BigInteger.ZERO);
    BigInteger block =
        longest(blockTable, ImmutableMap.of("address", capabilities.bits(address)))
            .map(this::code)
            .orElse(BigInteger.ZERO);
    return own.or(block);
  }

  private BigInteger code(Entry entry) {
    Bits code = entry.action().params().get("code" + epoch);
    return code == null ? BigInteger.ZERO : code.value();
  }

  private Optional<Entry> longest(String table, Map<String, Bits> fields) {
    Entry best = null;
    for (Entry entry : tables.getOrDefault(table, List.of())) {
      if ((best == null || prefixLength(entry) > prefixLength(best)) && matches(entry, fields)) {
        best = entry;
      }
    }
    return Optional.ofNullable(best);
  }

  private static int prefixLength(Entry entry) {
    int length = 0;
    for (Match match : entry.key().matches().values()) {
      if (match instanceof Match.Lpm l) {
        length = l.prefixLength();
      }
    }
    return length;
  }

  /** The matching entries of the largest priority that some matching entry has. */
  private ImmutableList<Entry> best(String table, Map<String, Bits> fields) {
    ImmutableList.Builder<Entry> best = ImmutableList.builder();
    int priority = -1;
    for (Entry entry : tables.getOrDefault(table, List.of())) {
      if (entry.key().priority() < priority) {
        break;
      }
      if (matches(entry, fields)) {
        priority = entry.key().priority();
        best.add(entry);
      }
    }
    return best.build();
  }

  private boolean matches(Entry entry, Map<String, Bits> fields) {
    for (var match : entry.key().matches().entrySet()) {
      if (!matches(match.getValue(), field(fields, match.getKey()))) {
        return false;
      }
    }
    return true;
  }

  private static Bits field(Map<String, Bits> fields, String name) {
    Bits value = fields.get(name);
    if (value == null) {
      throw new IllegalArgumentException("an entry matches on unknown field " + name);
    }
    return value;
  }

  private boolean matches(Match match, Bits field) {
    return switch (match) {
      case Match.Exact e -> e.value().equals(field);
      case Match.Lpm l ->
          l.value()
              .value()
              .equals(field.and(Bits.prefixMask(l.prefixLength(), addressWidth)).value());
      case Match.Ternary t -> field.and(t.mask()).equals(t.value());
      case Match.Range r -> r.low().compareTo(field) <= 0 && field.compareTo(r.high()) <= 0;
      case Match.Optional o -> o.value().equals(field);
    };
  }
}
