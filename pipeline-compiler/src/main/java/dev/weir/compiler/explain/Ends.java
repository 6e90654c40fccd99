package dev.weir.compiler.explain;

import com.google.common.collect.ImmutableSet;
import dev.weir.compiler.encode.Identities;
import dev.weir.compiler.explain.Explanation.Party;
import dev.weir.compiler.intent.Workload;
import dev.weir.compiler.net.IpAddress;
import java.util.List;
import java.util.Optional;

/** The two ends of a probe, as addresses of one family where there are such. */
record Ends(Party from, Party to) {

  static Ends of(Identities identities, ImmutableSet<IpAddress.Family> families, Probe probe) {
    List<Party> froms = parties(identities, families, "from", probe.from());
    List<Party> tos = parties(identities, families, "to", probe.to());
    for (Party from : froms) {
      for (Party to : tos) {
        if (from.address().family() == to.address().family()) {
          return new Ends(from, to);
        }
      }
    }
    return new Ends(froms.getFirst(), tos.getFirst());
  }

  private static List<Party> parties(
      Identities identities, ImmutableSet<IpAddress.Family> families, String field, String name) {
    if (name.contains("/")) {
      List<Party> parties =
          identities.owners().entrySet().stream()
              .filter(e -> e.getValue().id().equals(name))
              .map(e -> new Party(e.getKey(), Optional.of(name)))
              .toList();
      if (parties.isEmpty()) {
        throw new IllegalArgumentException(
            field
                + ": no workload '"
                + name
                + "' with an address of "
                + families
                + "; there are "
                + identities.owners().values().stream().map(Workload::id).distinct().toList());
      }
      return parties;
    }
    IpAddress address;
    try {
      address = IpAddress.parse(name);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          field + ": '" + name + "' is neither namespace/name nor an address", e);
    }
    return List.of(
        new Party(
            address, Optional.ofNullable(identities.owners().get(address)).map(Workload::id)));
  }
}
