package dev.weir.compiler.validate;

import com.google.common.collect.ImmutableList;
import dev.weir.compiler.intent.Rule;
import dev.weir.compiler.validate.Certificate.Obligation;
import dev.weir.compiler.validate.Certificate.Witness;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Collectors;

/** Connections that show faults, with the rules and the entries that speak of them. */
record Witnesses(Headers headers, Atoms atoms, PolicyModel policy, SwitchModel model) {

  void fault(
      Findings findings,
      Obligation obligation,
      String code,
      String sentence,
      int source,
      int server,
      int protocol,
      int port,
      Optional<Sample> request,
      boolean allowed,
      String placement) {
    int from = headers.sources().of(source);
    int to = headers.destinations().of(server);
    List<Rule> rules = policy.rules(from, to, server, protocol, port);
    String because =
        rules.isEmpty()
            ? "no rule speaks of it"
            : rules.stream()
                .map(r -> r.effect() + " by " + r.id())
                .distinct()
                .collect(Collectors.joining(", "));
    ImmutableList<String> entries =
        model.deciding(from, to, protocol, port).stream()
            .map(e -> SwitchEntries.text(e.entry()))
            .collect(ImmutableList.toImmutableList());
    findings.fault(
        obligation,
        code,
        sentence,
        new Witness(
            OptionalInt.empty(),
            atoms.sample(source).toString(),
            atoms.sample(server).toString(),
            protocol,
            port,
            request.filter(Sample::shows).map(Sample::request),
            (allowed ? "allows it: " : "denies it: ") + because,
            placement,
            entries));
  }
}
