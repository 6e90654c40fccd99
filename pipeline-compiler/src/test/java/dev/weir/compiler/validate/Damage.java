package dev.weir.compiler.validate;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.ImmutableSortedSet;
import dev.weir.compiler.net.IpAddress;
import dev.weir.compiler.net.Prefix;
import dev.weir.compiler.placement.Placement;
import dev.weir.compiler.placement.Placement.Listener;
import dev.weir.compiler.placement.Placement.PlacedEntry;
import dev.weir.compiler.placement.Placement.SidecarConfig;
import dev.weir.compiler.placement.Placement.Target;
import dev.weir.compiler.request.RequestExpr;
import dev.weir.p4runtime.entry.Action;
import dev.weir.p4runtime.entry.Bits;
import dev.weir.p4runtime.entry.Entry;
import dev.weir.p4runtime.entry.Match;
import dev.weir.p4runtime.info.Pipeline;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;

/** Random damage to placements, such as a wrong compiler might do. */
final class Damage {
  private final Random random;
  private final Pipeline pipeline;
  private String what = "";

  Damage(Random random, Pipeline pipeline) {
    this.random = random;
    this.pipeline = pipeline;
  }

  /** What was done last. */
  String what() {
    return what;
  }

  private <T> T one(List<T> of) {
    return of.get(random.nextInt(of.size()));
  }

  /** One damage; none where it did not come to pass. */
  Optional<Placement> damage(Placement placement) {
    try {
      boolean served =
          placement.sidecars().values().stream().anyMatch(s -> !s.listeners().isEmpty());
      return Optional.of(served && random.nextInt(4) == 0 ? sidecar(placement) : entries(placement))
          .filter(p -> !p.equals(placement));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  private Placement entries(Placement placement) {
    List<PlacedEntry> entries = new ArrayList<>(placement.entries());
    int at = random.nextInt(entries.size());
    // Policy entries and ways are fewer than the rest, and matter most.
    for (int i = 0; i < 3 && !policy(entries.get(at)); i++) {
      at = random.nextInt(entries.size());
    }
    PlacedEntry placed = entries.get(at);
    Entry entry = placed.entry();
    switch (random.nextInt(8)) {
      case 0 -> {
        what = "drop " + entry;
        entries.remove(at);
      }
      case 1 -> {
        List<Integer> others = new ArrayList<>();
        for (int i = 0; i < entries.size(); i++) {
          if (entries.get(i).entry().table().equals(entry.table())) {
            others.add(i);
          }
        }
        int other = one(others);
        Entry second = entries.get(other).entry();
        what = "swap " + entry + " and " + second;
        entries.set(at, with(placed, new Entry(entry.key(), second.action())));
        entries.set(other, with(entries.get(other), new Entry(second.key(), entry.action())));
      }
      case 2, 3 -> entries.set(at, with(placed, match(entry)));
      case 4 -> entries.set(at, with(placed, priority(entry)));
      case 5, 6 -> entries.set(at, with(placed, action(entry)));
      default -> entries.set(at, with(placed, epoch(entry)));
    }
    return new Placement(
        ImmutableList.copyOf(entries),
        placement.sidecars(),
        placement.rules(),
        placement.exceptions());
  }

  private static boolean policy(PlacedEntry placed) {
    return switch (placed.entry().table()) {
      case "neighbour", "route", "source_guard" -> false;
      default -> true;
    };
  }

  private static PlacedEntry with(PlacedEntry placed, Entry entry) {
    return new PlacedEntry(entry, placed.rules(), placed.reason());
  }

  private Entry with(Entry entry, Map<String, Match> matches, int priority) {
    what += " to " + matches + " priority " + priority;
    return Entry.of(entry.table(), matches, priority, entry.action());
  }

  private Entry priority(Entry entry) {
    what = "priority of " + entry;
    int priority = entry.key().priority();
    if (priority == 0) {
      throw new IllegalArgumentException("no priority");
    }
    return with(
        entry,
        entry.key().matches(),
        switch (random.nextInt(3)) {
          case 0 -> priority + 1;
          case 1 -> 1 + random.nextInt(1200);
          default -> Math.max(1, priority - 1 - random.nextInt(400));
        });
  }

  private Entry epoch(Entry entry) {
    what = "epoch of " + entry;
    if (!pipeline.table(entry.table()).fields().containsKey("epoch")) {
      return action(entry);
    }
    TreeMap<String, Match> matches = new TreeMap<>(entry.key().matches());
    matches.put("epoch", new Match.Ternary(Bits.of(random.nextInt(2)), Bits.of(1)));
    return with(entry, matches, entry.key().priority());
  }

  private Entry match(Entry entry) {
    what = "match of " + entry;
    TreeMap<String, Match> matches = new TreeMap<>(entry.key().matches());
    if (matches.isEmpty() || random.nextInt(6) == 0) {
      Pipeline.Field field =
          one(ImmutableList.copyOf(pipeline.table(entry.table()).fields().values()));
      matches.put(
          field.name(),
          switch (field.kind()) {
            case TERNARY -> {
              Bits bit = Bits.of(1L << random.nextInt(Math.min(field.width(), 12)));
              yield new Match.Ternary(random.nextBoolean() ? bit : Bits.ZERO, bit);
            }
            case RANGE -> new Match.Range(Bits.of(80), Bits.of(random.nextBoolean() ? 80 : 9000));
            case OPTIONAL -> new Match.Optional(Bits.of(80));
            case LPM, EXACT -> throw new IllegalArgumentException("no such damage");
          });
      return with(entry, matches, entry.key().priority());
    }
    String name = one(ImmutableList.copyOf(matches.keySet()));
    Match match = matches.get(name);
    int width = pipeline.table(entry.table()).field(name).width();
    if (!(match instanceof Match.Exact) && random.nextInt(3) == 0) {
      matches.remove(name);
    } else {
      matches.put(name, match(match, width));
    }
    return with(entry, matches, entry.key().priority());
  }

  private Match match(Match match, int width) {
    return switch (match) {
      case Match.Exact e -> new Match.Exact(flip(e.value(), Math.min(width, 8)));
      case Match.Optional o -> new Match.Optional(flip(o.value(), 8));
      case Match.Range r ->
          random.nextBoolean()
              ? new Match.Range(r.low(), Bits.of(Math.min(65535, r.high().intValue() + 1)))
              : new Match.Range(Bits.of(r.low().intValue() + 1), r.high());
      case Match.Lpm l -> {
        int length = Math.max(1, l.prefixLength() + (random.nextBoolean() ? -1 : 1));
        yield new Match.Lpm(l.value().and(Bits.prefixMask(length, width)), Math.min(length, width));
      }
      case Match.Ternary t -> {
        BigInteger bit = BigInteger.ONE.shiftLeft(random.nextInt(Math.min(width, 12)));
        BigInteger mask =
            random.nextBoolean() ? t.mask().value().or(bit) : t.mask().value().andNot(bit);
        BigInteger value =
            random.nextBoolean() ? t.value().value().or(bit) : t.value().value().andNot(bit);
        yield new Match.Ternary(new Bits(value.and(mask)), new Bits(mask));
      }
    };
  }

  private Bits flip(Bits bits, int among) {
    return new Bits(bits.value().flipBit(random.nextInt(among)));
  }

  private Entry action(Entry entry) {
    what = "action of " + entry;
    Action action = entry.action();
    List<String> names =
        new ArrayList<>(
            pipeline.table(entry.table()).actions().values().stream()
                .map(Pipeline.ActionInfo::name)
                .toList());
    names.remove(action.name());
    if (action.params().isEmpty() || (random.nextInt(3) == 0 && !names.isEmpty())) {
      Pipeline.ActionInfo other = pipeline.table(entry.table()).action(one(names));
      TreeMap<String, Bits> params = new TreeMap<>();
      other.params().keySet().forEach(p -> params.put(p, Bits.of(1 + random.nextInt(2))));
      action = Action.of(other.name(), params);
    } else {
      TreeMap<String, Bits> params = new TreeMap<>(action.params());
      String name = one(ImmutableList.copyOf(params.keySet()));
      Bits value = flip(Optional.ofNullable(params.get(name)).orElseThrow(), 6);
      params.put(name, value);
      if (name.equals("code0") && random.nextBoolean()) {
        params.put("code1", value);
      }
      action = Action.of(action.name(), params);
    }
    what += " to " + action;
    return new Entry(entry.key(), action);
  }

  private Placement sidecar(Placement placement) {
    SidecarConfig config =
        one(placement.sidecars().values().stream().filter(s -> !s.listeners().isEmpty()).toList());
    List<Listener> listeners = new ArrayList<>(config.listeners());
    List<Target> upstreams = new ArrayList<>(config.upstreams());
    int at = random.nextInt(listeners.size());
    Listener listener = listeners.get(at);
    what = "of " + listener + ": ";
    switch (random.nextInt(6)) {
      case 0 -> {
        what += "drop";
        listeners.remove(at);
      }
      case 1 -> {
        int other = random.nextInt(listeners.size());
        Listener second = listeners.get(other);
        what += "exchange with " + second.port();
        listeners.set(at, with(listener, second.allow(), second.allowWithoutHttp()));
        listeners.set(other, with(second, listener.allow(), listener.allowWithoutHttp()));
      }
      case 2 -> {
        what += "invert";
        listeners.set(
            at, with(listener, RequestExpr.not(listener.allow()), listener.allowWithoutHttp()));
      }
      case 3 -> {
        what += "with and without HTTP alike, whatever is asked";
        RequestExpr all = RequestExpr.of(random.nextBoolean());
        listeners.set(at, with(listener, random.nextBoolean() ? all : listener.allow(), all));
      }
      case 4 -> {
        Target target = one(upstreams);
        what += "to " + target;
        listeners.set(
            at,
            new Listener(
                listener.address(),
                listener.port(),
                listener.workload(),
                target,
                listener.application(),
                listener.full(),
                listener.allow(),
                listener.allowWithoutHttp(),
                listener.rules()));
      }
      default -> {
        what += "another question";
        RequestExpr more =
            switch (random.nextInt(3)) {
              case 0 -> new RequestExpr.Method(new RequestExpr.StringMatch.Exact("PUT"));
              case 1 -> new RequestExpr.Path(new RequestExpr.StringMatch.EndsWith("c"));
              default ->
                  new RequestExpr.Source(
                      ImmutableSet.of(Prefix.around(IpAddress.parse("10.77.3.1"), 23)));
            };
        listeners.set(
            at,
            with(
                listener,
                random.nextBoolean()
                    ? RequestExpr.or(listener.allow(), more)
                    : RequestExpr.and(listener.allow(), RequestExpr.not(more)),
                listener.allowWithoutHttp()));
      }
    }
    TreeMap<String, SidecarConfig> sidecars = new TreeMap<>(placement.sidecars());
    sidecars.put(
        config.name(),
        new SidecarConfig(
            config.name(), ImmutableList.copyOf(listeners), ImmutableSortedSet.copyOf(upstreams)));
    return new Placement(
        placement.entries(),
        ImmutableSortedMap.copyOf(sidecars),
        placement.rules(),
        placement.exceptions());
  }

  private static Listener with(Listener listener, RequestExpr allow, RequestExpr withoutHttp) {
    return new Listener(
        listener.address(),
        listener.port(),
        listener.workload(),
        listener.target(),
        listener.application(),
        listener.full(),
        allow,
        withoutHttp,
        listener.rules());
  }
}
