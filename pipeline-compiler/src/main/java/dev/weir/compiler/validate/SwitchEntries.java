package dev.weir.compiler.validate;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import dev.weir.compiler.validate.Word.Pattern;
import dev.weir.p4runtime.entry.Action;
import dev.weir.p4runtime.entry.Bits;
import dev.weir.p4runtime.entry.Entry;
import dev.weir.p4runtime.entry.Match;
import dev.weir.p4runtime.info.Pipeline;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A switch's entries, read as the tables of the pipeline contract understand them. An entry that a
 * switch would refuse is listed in {@link #undecodable} and has no meaning.
 */
final class SwitchEntries {
  private static final int ANY_LENGTH = 0;

  /** What a policy entry does. */
  enum Effect {
    ALLOW,
    DENY,
    /** Left to the next table of the chain. */
    PASS_ON,
    STEER_FULL,
    STEER_CLASS
  }

  /** What a guard entry does. */
  enum Guard {
    SOURCE,
    SIDECAR,
    DROP
  }

  record GuardEntry(int port, Block block, Guard guard) {}

  record RouteEntry(Block block, int port, long destinationMac, long sourceMac, Entry entry) {}

  record NeighbourEntry(Block address, long mac, int attachedPort) {}

  /**
   * @param sidecar the sidecar's number, −1 for a code
   */
  record WorkloadEntry(Block address, Word code0, Word code1, int sidecar) {
    Word code(int epoch) {
      return epoch == 0 ? code0 : code1;
    }
  }

  record BlockEntry(Block block, Word code0, Word code1) {
    Word code(int epoch) {
      return epoch == 0 ? code0 : code1;
    }
  }

  /**
   * @param epoch 0 or 1, −1 for both
   */
  record UpstreamEntry(
      int sidecar,
      Block address,
      int protocol,
      int port,
      int epoch,
      int priority,
      boolean allows,
      Entry entry) {}

  record PolicyEntry(
      Pattern source,
      Pattern destination,
      int protocol,
      int protocolMask,
      int firstPort,
      int lastPort,
      int epoch,
      int priority,
      Effect effect,
      int part,
      Entry entry) {}

  /** Address and port. */
  record Place(BigInteger address, int port) {}

  record SteerKey(BigInteger address, int protocol, int port) {}

  record Undecodable(String entry, String why) {}

  private final Pipeline pipeline;
  private final int width;
  private final Map<String, Layout> layouts = new HashMap<>();
  private final List<Undecodable> undecodable = new ArrayList<>();
  private final List<GuardEntry> guards = new ArrayList<>();
  private final List<RouteEntry> routes = new ArrayList<>();
  private final List<NeighbourEntry> neighbours = new ArrayList<>();
  private final Map<Place, Place> unsteers = new HashMap<>();
  private final Map<SteerKey, Place> steers = new HashMap<>();
  private final List<WorkloadEntry> sources = new ArrayList<>();
  private final List<WorkloadEntry> destinations = new ArrayList<>();
  private final List<BlockEntry> sourceBlocks = new ArrayList<>();
  private final List<BlockEntry> destinationBlocks = new ArrayList<>();
  private final List<UpstreamEntry> upstreams = new ArrayList<>();
  private final Map<String, List<PolicyEntry>> policies = new HashMap<>();
  private boolean epochs;

  /** Policy tables in the order that packets meet them. */
  static final ImmutableList<String> POLICY_TABLES =
      ImmutableList.of(
          "egress_admin",
          "egress_policy",
          "ingress_admin",
          "ingress_policy",
          "authorization_deny",
          "authorization_allow");

  /** Whether the next table is asked only what this one passes on, or misses. */
  static boolean standsBeforeNext(String table) {
    return table.endsWith("_admin");
  }

  SwitchEntries(Pipeline pipeline, Iterable<Entry> entries) {
    this.pipeline = pipeline;
    this.width =
        pipeline
            .findTable("source_workload")
            .map(t -> t.field("address").width())
            .orElse(Word.WIDTH);
    ImmutableMap<String, Consumer<Entry>> readers = readers();
    Map<String, Long> counts = new HashMap<>();
    Set<Entry.Key> seen = new HashSet<>();
    for (Entry entry : entries) {
      try {
        check(entry);
        Consumer<Entry> reader = readers.get(entry.table());
        if (reader == null) {
          throw new IllegalArgumentException("the contract has no such table");
        }
        if (!seen.add(entry.key())) {
          throw new IllegalArgumentException("a second entry of this key");
        }
        reader.accept(entry);
        if (!entry.key().isDefault()) {
          counts.merge(entry.table(), 1L, Long::sum);
        }
      } catch (RuntimeException e) {
        undecodable.add(new Undecodable(text(entry), String.valueOf(e.getMessage())));
      }
    }
    counts.forEach(
        (table, count) -> {
          long size = pipeline.table(table).size();
          if (count > size) {
            undecodable.add(new Undecodable(table, count + " entries do not fit into its " + size));
          }
        });
  }

  private ImmutableMap<String, Consumer<Entry>> readers() {
    ImmutableMap.Builder<String, Consumer<Entry>> readers = ImmutableMap.builder();
    readers.put("epoch", _ -> {});
    readers.put("source_guard", this::guard);
    readers.put("neighbour", this::neighbour);
    readers.put("unsteer", this::unsteer);
    readers.put("source_workload", e -> sources.add(workload(e)));
    readers.put("destination_workload", e -> destinations.add(workload(e)));
    readers.put("source_block", e -> sourceBlocks.add(block(e)));
    readers.put("destination_block", e -> destinationBlocks.add(block(e)));
    readers.put("sidecar_upstream", this::upstream);
    POLICY_TABLES.forEach(t -> readers.put(t, this::policy));
    readers.put("steer", this::steer);
    readers.put("route", this::route);
    return readers.buildOrThrow();
  }

  /** An entry in words, for a witness. */
  static String text(Entry entry) {
    StringBuilder text = new StringBuilder(entry.table());
    entry.key().matches().forEach((f, m) -> text.append(' ').append(f).append('=').append(of(m)));
    if (entry.key().priority() > 0) {
      text.append(" priority=").append(entry.key().priority());
    }
    text.append(" -> ").append(entry.action().name());
    entry.action().params().forEach((p, v) -> text.append(' ').append(p).append('=').append(v));
    return text.toString();
  }

  private static String of(Match match) {
    return switch (match) {
      case Match.Exact e -> e.value().toString();
      case Match.Lpm l -> l.value() + "/" + l.prefixLength();
      case Match.Ternary t -> t.value() + "&" + t.mask();
      case Match.Range r -> r.low().value() + ".." + r.high().value();
      case Match.Optional o -> o.value().toString();
    };
  }

  /** What every entry of a table is checked by. */
  private record Layout(Pipeline.Table table, boolean prioritised, List<String> exact) {}

  private Layout layout(String name) {
    Pipeline.Table table = pipeline.table(name);
    return new Layout(
        table,
        table.prioritised(),
        table.fields().values().stream()
            .filter(f -> f.kind() == Pipeline.MatchKind.EXACT)
            .map(Pipeline.Field::name)
            .toList());
  }

  /** Whether a device would take the entry (P4Runtime 1.5 §9.1). */
  private void check(Entry entry) {
    Layout layout = layouts.computeIfAbsent(entry.table(), this::layout);
    Pipeline.Table table = layout.table;
    entry
        .key()
        .matches()
        .forEach((name, match) -> check(table.field(name), match, table.field(name).width()));
    for (String field : layout.exact) {
      if (!entry.key().isDefault() && !entry.key().matches().containsKey(field)) {
        throw new IllegalArgumentException("lacks the exact field " + field);
      }
    }
    if (!entry.key().isDefault() && layout.prioritised != entry.key().priority() > 0) {
      throw new IllegalArgumentException("priority " + entry.key().priority());
    }
    Pipeline.ActionInfo action = table.action(entry.action().name());
    if (!action.params().keySet().equals(entry.action().params().keySet())) {
      throw new IllegalArgumentException("parameters are not " + action.params().keySet());
    }
    entry
        .action()
        .params()
        .forEach(
            (name, value) -> {
              if (!value.fits(action.param(name).width())) {
                throw new IllegalArgumentException(name + " is wider than its parameter");
              }
            });
  }

  private static void check(Pipeline.Field field, Match match, int width) {
    boolean fits =
        switch (match) {
          case Match.Exact e -> field.kind() == Pipeline.MatchKind.EXACT && e.value().fits(width);
          case Match.Lpm l ->
              field.kind() == Pipeline.MatchKind.LPM
                  && l.prefixLength() <= width
                  && l.value().fits(width)
                  && l.value().and(Bits.prefixMask(l.prefixLength(), width)).equals(l.value());
          case Match.Ternary t ->
              field.kind() == Pipeline.MatchKind.TERNARY && t.mask().fits(width);
          case Match.Range r -> field.kind() == Pipeline.MatchKind.RANGE && r.high().fits(width);
          case Match.Optional o ->
              field.kind() == Pipeline.MatchKind.OPTIONAL && o.value().fits(width);
        };
    if (!fits) {
      throw new IllegalArgumentException("field " + field.name() + " does not take " + match);
    }
  }

  private static Bits param(Action action, String name) {
    Bits value = action.params().get(name);
    if (value == null) {
      throw new IllegalArgumentException("action " + action.name() + " without " + name);
    }
    return value;
  }

  private Block field(Entry entry, String name) {
    return switch (entry.key().matches().get(name)) {
      case null -> width == Word.WIDTH ? Block.ALL : Block.IPV4;
      case Match.Exact e -> Block.ofField(e.value().value(), width, width);
      case Match.Lpm l -> Block.ofField(l.value().value(), l.prefixLength(), width);
      case Match.Ternary _, Match.Range _, Match.Optional _ ->
          throw new IllegalArgumentException("field " + name);
    };
  }

  private BigInteger address(Bits value) {
    return Block.ofField(value.value(), width, width).first();
  }

  private static int exact(Entry entry, String name) {
    if (entry.key().matches().get(name) instanceof Match.Exact(Bits value)) {
      return value.intValue();
    }
    throw new IllegalArgumentException("field " + name);
  }

  private static void noDefault(Entry entry) {
    if (entry.key().isDefault()) {
      throw new IllegalArgumentException("the contract fixes what a miss does");
    }
  }

  private void guard(Entry entry) {
    noDefault(entry);
    Guard guard =
        switch (entry.action().name()) {
          case "pass_source" -> Guard.SOURCE;
          case "pass_sidecar" -> Guard.SIDECAR;
          default -> Guard.DROP;
        };
    guards.add(new GuardEntry(exact(entry, "ingress_port"), field(entry, "source_address"), guard));
  }

  private void neighbour(Entry entry) {
    noDefault(entry);
    neighbours.add(
        new NeighbourEntry(
            field(entry, "target_address"),
            param(entry.action(), "mac").longValue(),
            param(entry.action(), "attached_port").intValue()));
  }

  private void route(Entry entry) {
    noDefault(entry);
    Action action = entry.action();
    routes.add(
        new RouteEntry(
            field(entry, "address"),
            param(action, "port").intValue(),
            param(action, "destination_mac").longValue(),
            param(action, "source_mac").longValue(),
            entry));
  }

  private void unsteer(Entry entry) {
    noDefault(entry);
    unsteers.put(
        new Place(field(entry, "listener_address").first(), exact(entry, "listener_port")),
        new Place(
            address(param(entry.action(), "address")), param(entry.action(), "port").intValue()));
  }

  private void steer(Entry entry) {
    noDefault(entry);
    steers.put(
        new SteerKey(
            field(entry, "address").first(), exact(entry, "protocol"), exact(entry, "port")),
        new Place(
            address(param(entry.action(), "address")),
            param(entry.action(), "first_port").intValue()));
  }

  private WorkloadEntry workload(Entry entry) {
    Action action = entry.action();
    Block address =
        entry.key().isDefault() ? new Block(BigInteger.ZERO, ANY_LENGTH) : field(entry, "address");
    return switch (action.name()) {
      case "set_source_sidecar" ->
          new WorkloadEntry(address, Word.ZERO, Word.ZERO, param(action, "sidecar").intValue());
      case "set_destination_sidecar" -> new WorkloadEntry(address, Word.ZERO, Word.ZERO, 0);
      default -> new WorkloadEntry(address, code(action, 0), code(action, 1), -1);
    };
  }

  private Word code(Action action, int epoch) {
    Word code = word(param(action, "code" + epoch));
    epochs |= epoch == 1 && !code.equals(word(param(action, "code0")));
    return code;
  }

  private static Word word(Bits bits) {
    if (!bits.fits(Word.WIDTH)) {
      throw new IllegalArgumentException("a code of more than 128 bits");
    }
    return Word.of(bits.value());
  }

  private BlockEntry block(Entry entry) {
    noDefault(entry);
    return new BlockEntry(
        field(entry, "address"), code(entry.action(), 0), code(entry.action(), 1));
  }

  private void upstream(Entry entry) {
    noDefault(entry);
    upstreams.add(
        new UpstreamEntry(
            exact(entry, "sidecar"),
            field(entry, "address"),
            exact(entry, "protocol"),
            exact(entry, "port"),
            epoch(entry),
            entry.key().priority(),
            entry.action().name().equals("allow_upstream"),
            entry));
  }

  private int epoch(Entry entry) {
    if (entry.key().matches().get("epoch") instanceof Match.Ternary(Bits value, Bits mask)) {
      epochs = true;
      return mask.intValue() == 0 ? -1 : value.intValue();
    }
    return -1;
  }

  private static Pattern pattern(@Nullable Match match) {
    return match instanceof Match.Ternary(Bits value, Bits mask)
        ? new Pattern(word(value), word(mask))
        : Pattern.ANY;
  }

  private void policy(Entry entry) {
    Map<String, Match> matches = entry.key().matches();
    int protocol = 0;
    int protocolMask = 0;
    if (matches.get("protocol") instanceof Match.Ternary(Bits value, Bits mask)) {
      protocol = value.intValue();
      protocolMask = mask.intValue();
    }
    int first = 0;
    int last = 65535;
    switch (matches.get("port")) {
      case null -> {}
      case Match.Range r -> {
        first = r.low().intValue();
        last = r.high().intValue();
      }
      case Match.Optional o -> first = last = o.value().intValue();
      case Match.Exact e -> first = last = e.value().intValue();
      case Match.Ternary _, Match.Lpm _ ->
          throw new IllegalArgumentException("a port matched by mask");
    }
    Action action = entry.action();
    policies
        .computeIfAbsent(entry.table(), _ -> new ArrayList<>())
        .add(
            new PolicyEntry(
                pattern(matches.get("source_code")),
                pattern(matches.get("destination_code")),
                protocol,
                protocolMask,
                first,
                last,
                epoch(entry),
                entry.key().isDefault() ? -1 : entry.key().priority(),
                switch (action.name()) {
                  case "allow", "accept" -> Effect.ALLOW;
                  case "pass_on" -> Effect.PASS_ON;
                  case "deny" -> Effect.DENY;
                  case "steer_full", "spill" -> Effect.STEER_FULL;
                  case "steer_class" -> Effect.STEER_CLASS;
                  default -> throw new IllegalArgumentException("action " + action.name());
                },
                action.name().equals("steer_class") ? param(action, "part").intValue() : 0,
                entry));
  }

  List<Undecodable> undecodable() {
    return undecodable;
  }

  List<GuardEntry> guards() {
    return guards;
  }

  List<RouteEntry> routes() {
    return routes;
  }

  List<NeighbourEntry> neighbours() {
    return neighbours;
  }

  Map<Place, Place> unsteers() {
    return unsteers;
  }

  Map<SteerKey, Place> steers() {
    return steers;
  }

  List<WorkloadEntry> workloads(End end) {
    return end == End.CLIENT ? sources : destinations;
  }

  List<BlockEntry> blocks(End end) {
    return end == End.CLIENT ? sourceBlocks : destinationBlocks;
  }

  List<UpstreamEntry> upstreams() {
    return upstreams;
  }

  List<PolicyEntry> policy(String table) {
    return policies.getOrDefault(table, List.of());
  }

  /** Whether what packets meet depends on the epoch. */
  boolean epochs() {
    return epochs;
  }

  Optional<Pipeline.Table> table(String name) {
    return pipeline.findTable(name);
  }
}
