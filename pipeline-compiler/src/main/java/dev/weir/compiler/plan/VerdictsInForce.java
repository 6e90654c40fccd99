package dev.weir.compiler.plan;

import com.google.common.base.Supplier;
import com.google.common.base.Suppliers;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import dev.weir.p4runtime.entry.Action;
import dev.weir.p4runtime.entry.Bits;
import dev.weir.p4runtime.entry.Entry;
import dev.weir.p4runtime.entry.Match;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What the switch's policy entries say in the epoch in force. */
final class VerdictsInForce {
  /** Policy tables in the order that packets meet them. */
  static final ImmutableList<String> LAYERS =
      ImmutableList.of(
          "egress_admin",
          "egress_policy",
          "ingress_admin",
          "ingress_policy",
          "authorization_deny",
          "authorization_allow");

  private final Observed observed;
  private final AddressField field;
  private final Supplier<ImmutableSet<Bits>> sources = Suppliers.memoize(this::sources);
  private final Supplier<ImmutableMap<Bits, Bits>> destinations =
      Suppliers.memoize(this::destinations);

  VerdictsInForce(Observed observed, AddressField field) {
    this.observed = observed;
    this.field = field;
  }

  /** Whether some source's connections to the endpoint get the verdict steer. */
  boolean steers(Bits address, Bits port) {
    Bits destination = destination(address);
    List<List<Entry>> layers = LAYERS.stream().map(t -> matching(t, destination, port)).toList();
    if (layers.stream().flatMap(List::stream).noneMatch(e -> steers(e.action()))) {
      return false;
    }
    for (Bits source : sources.get()) {
      boolean steered = false;
      boolean denied = false;
      boolean settled = false;
      for (int i = 0; i < LAYERS.size(); i++) {
        boolean admin = LAYERS.get(i).endsWith("_admin");
        if (settled) {
          settled = false;
          continue;
        }
        Optional<Action> action =
            layers.get(i).stream()
                .filter(e -> ternary(e.key(), "source_code", source))
                .findFirst()
                .map(Entry::action);
        if (admin && action.filter(a -> !a.name().equals("pass_on")).isEmpty()) {
          continue;
        }
        settled = admin;
        denied |= action.filter(a -> !a.name().equals("deny")).isEmpty();
        steered |= action.filter(VerdictsInForce::steers).isPresent();
      }
      if (steered && !denied) {
        return true;
      }
    }
    return false;
  }

  private static boolean steers(Action action) {
    return switch (action.name()) {
      case "steer_full", "spill", "steer_class" -> true;
      default -> false;
    };
  }

  private Bits destination(Bits address) {
    Bits own = destinations.get().get(address);
    // With one lookup an address without an entry of its own has that of its block.
    return (own == null ? block("destination_workload", address) : own)
        .or(block("destination_block", address));
  }

  private ImmutableMap<Bits, Bits> destinations() {
    ImmutableMap.Builder<Bits, Bits> codes = ImmutableMap.builder();
    observed
        .entries()
        .forEach(
            (key, action) -> {
              if (key.table().equals("destination_workload")
                  && !key.isDefault()
                  && CodeEntries.isCode(action)) {
                codes.put(
                    AddressField.value(key, "address"), CodeEntries.code(action, observed.epoch()));
              }
            });
    return codes.buildOrThrow();
  }

  private Bits block(String table, Bits address) {
    return field
        .longest(observed.entries(), table, address, Integer.MAX_VALUE)
        .filter(CodeEntries::isCode)
        .map(a -> CodeEntries.code(a, observed.epoch()))
        .orElse(Bits.ZERO);
  }

  /** The codes of all workloads and of all parts of the world. */
  private ImmutableSet<Bits> sources() {
    ImmutableSet.Builder<Bits> sources = ImmutableSet.builder();
    sources.add(Bits.ZERO);
    observed
        .entries()
        .forEach(
            (key, action) -> {
              if (!CodeEntries.isCode(action) || key.isDefault()) {
                return;
              }
              Bits code = CodeEntries.code(action, observed.epoch());
              if (key.table().equals("source_block")) {
                sources.add(code);
              } else if (key.table().equals("source_workload")) {
                sources.add(code.or(block("source_block", AddressField.value(key, "address"))));
              }
            });
    return sources.build();
  }

  /** Entries of {@code table} for TCP to the endpoint, by falling priority. */
  private List<Entry> matching(String table, Bits destination, Bits port) {
    return observed.entries().entrySet().stream()
        .filter(e -> e.getKey().table().equals(table) && !e.getKey().isDefault())
        .filter(e -> EpochEntries.meets(e.getKey(), observed.epoch()))
        .filter(e -> ternary(e.getKey(), "destination_code", destination))
        .filter(e -> ternary(e.getKey(), "protocol", Bits.of(6)))
        .filter(e -> port(e.getKey(), port))
        .sorted(
            Comparator.comparingInt((Map.Entry<Entry.Key, Action> e) -> e.getKey().priority())
                .reversed())
        .map(e -> new Entry(e.getKey(), e.getValue()))
        .toList();
  }

  private static boolean ternary(Entry.Key key, String name, Bits value) {
    return !(key.matches().get(name) instanceof Match.Ternary t)
        || value.and(t.mask()).equals(t.value());
  }

  private static boolean port(Entry.Key key, Bits number) {
    return switch (key.matches().get("port")) {
      case Match.Range r -> r.low().compareTo(number) <= 0 && number.compareTo(r.high()) <= 0;
      case Match.Optional o -> o.value().equals(number);
      case Match.Exact e -> e.value().equals(number);
      case Match.Ternary _, Match.Lpm _ -> true;
      case null -> true;
    };
  }
}
