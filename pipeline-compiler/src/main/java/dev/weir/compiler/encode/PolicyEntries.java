package dev.weir.compiler.encode;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSortedMap;
import dev.weir.compiler.codes.PortTest;
import dev.weir.compiler.codes.Region;
import dev.weir.compiler.intent.Rule;
import dev.weir.compiler.placement.Placement.PlacedEntry;
import dev.weir.p4runtime.entry.Action;
import dev.weir.p4runtime.entry.Bits;
import dev.weir.p4runtime.entry.Entry;
import dev.weir.p4runtime.entry.Match;
import dev.weir.p4runtime.info.Pipeline;

/** Writes rows out as entries. */
final class PolicyEntries {
  private final Capabilities capabilities;

  PolicyEntries(Capabilities capabilities) {
    this.capabilities = capabilities;
  }

  PlacedEntry of(Rule.Layer layer, PolicyRow row) {
    return new PlacedEntry(
        Entry.of(
            Capabilities.table(layer),
            matches(row.region()),
            row.priority(),
            action(layer, row.verdict())),
        row.rules().asList(),
        row.reason());
  }

  private ImmutableSortedMap<String, Match> matches(Region region) {
    ImmutableSortedMap.Builder<String, Match> matches = ImmutableSortedMap.naturalOrder();
    region.source().match().ifPresent(m -> matches.put("source_code", m));
    region.destination().match().ifPresent(m -> matches.put("destination_code", m));
    PortTest port = region.port();
    if (port.protocol() != PortTest.ANY_PROTOCOL) {
      matches.put("protocol", new Match.Ternary(Bits.of(port.protocol()), Bits.ones(8)));
    }
    if (!port.anyPort()) {
      Bits first = Bits.of(port.first());
      matches.put(
          "port",
          capabilities.portKind() == Pipeline.MatchKind.RANGE
              ? new Match.Range(first, Bits.of(port.last()))
              : new Match.Optional(first));
    }
    return matches.buildOrThrow();
  }

  private static Action action(Rule.Layer layer, PolicyRow.Verdict verdict) {
    return switch (verdict) {
      case PolicyRow.Verdict.Allow _ -> Action.of(layer.ordered() ? "accept" : "allow");
      case PolicyRow.Verdict.Pass _ -> Action.of("pass_on");
      case PolicyRow.Verdict.Deny _ -> Action.of("deny");
      case PolicyRow.Verdict.SteerFull _ -> Action.of("steer_full");
      case PolicyRow.Verdict.Spill _ -> Action.of("spill");
      case PolicyRow.Verdict.SteerClass c ->
          Action.of("steer_class", ImmutableMap.of("part", Bits.of(c.part())));
    };
  }
}
