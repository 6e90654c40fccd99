package dev.weir.compiler.validate;

import dev.weir.compiler.validate.Arrivals.Arrival;
import dev.weir.compiler.validate.Arrivals.Passage;
import dev.weir.compiler.validate.ListenerModel.Decision;
import dev.weir.compiler.validate.SwitchEntries.Place;
import java.util.BitSet;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What switch and sidecars do at one moment of a plan.
 *
 * @param name of the moment, for a witness
 */
record Stance(
    String name,
    Atoms atoms,
    SwitchModel model,
    GuardModel guards,
    Map<String, SidecarModel> sidecars,
    Arrivals arrivals) {

  /** What becomes of a connection before any sidecar sees it. */
  sealed interface Verdict {
    record Dropped() implements Verdict {}

    record Direct() implements Verdict {}

    record Steered(int offset) implements Verdict {}
  }

  /** What becomes of a connection and its request in the end. */
  sealed interface Outcome {
    record Drops() implements Outcome {}

    record Passes() implements Outcome {}

    /** It passes if an authorizer lets it. */
    record Asks(Asker asker) implements Outcome {}

    record Elsewhere(Place place) implements Outcome {}

    record Unknown() implements Outcome {}
  }

  static final Outcome DROPS = new Outcome.Drops();
  static final Outcome PASSES = new Outcome.Passes();

  static Stance of(
      String name,
      SwitchEntries entries,
      Atoms atoms,
      int epoch,
      Map<String, SidecarModel> sidecars,
      Directory directory) {
    SwitchModel model = new SwitchModel(entries, atoms, epoch);
    GuardModel guards = new GuardModel(entries.guards(), atoms);
    return new Stance(
        name,
        atoms,
        model,
        guards,
        sidecars,
        new Arrivals(atoms, model, directory, guards, sidecars));
  }

  /** The live atoms that enter somewhere, and are not known as sidecars. */
  BitSet entering() {
    BitSet entering = guards.entering();
    entering.stream().filter(a -> model.sidecar(a) >= 0).forEach(entering::clear);
    return entering;
  }

  /** The live atoms that there is a way to. */
  BitSet routed() {
    BitSet routed = new BitSet();
    atoms.live().stream().filter(a -> model.route(a).isPresent()).forEach(routed::set);
    return routed;
  }

  /**
   * The verdicts for sources.
   *
   * @param atom of the destination class
   * @param entering the classes of sources that enter
   * @param routed whether there is a way to some of the class
   */
  Map<Verdict, BitSet> verdicts(
      int destination,
      int atom,
      int protocol,
      int port,
      BitSet sources,
      BitSet entering,
      boolean routed) {
    Map<Verdict, BitSet> verdicts = new LinkedHashMap<>();
    BitSet in = (BitSet) sources.clone();
    in.and(entering);
    BitSet dropped = (BitSet) sources.clone();
    dropped.andNot(entering);
    if (model.isSidecarServer(atom) || !routed) {
      dropped.or(in);
    } else {
      SwitchModel.Says says = model.says(destination, protocol, port, in);
      dropped.or(says.denied());
      put(verdicts, new Verdict.Direct(), says.direct());
      says.steered().forEach((offset, some) -> put(verdicts, new Verdict.Steered(offset), some));
    }
    put(verdicts, new Verdict.Dropped(), dropped);
    return verdicts;
  }

  private static void put(Map<Verdict, BitSet> verdicts, Verdict verdict, BitSet sources) {
    if (!sources.isEmpty()) {
      verdicts.put(verdict, sources);
    }
  }

  /** The listener that a steered connection arrives at. */
  Optional<ListenerModel> listener(Verdict verdict, Place endpoint) {
    return verdict instanceof Verdict.Steered(int offset)
            && arrivals.arrive(endpoint, offset) instanceof Arrival.At at
        ? Optional.of(at.listener())
        : Optional.empty();
  }

  /** Everything that may become of a request. */
  Set<Outcome> outcomes(Verdict verdict, Place endpoint, Sample request, int source) {
    return switch (verdict) {
      case Verdict.Dropped _ -> Set.of(DROPS);
      case Verdict.Direct _ -> Set.of(PASSES);
      case Verdict.Steered(int offset) ->
          switch (arrivals.arrive(endpoint, offset)) {
            case Arrival.Nowhere _ -> Set.of(DROPS);
            case Arrival.Astray(Place place) -> Set.of(new Outcome.Elsewhere(place));
            case Arrival.At at -> outcomes(at, endpoint, request, source);
          };
    };
  }

  private Set<Outcome> outcomes(Arrival.At at, Place endpoint, Sample request, int source) {
    Set<Outcome> outcomes = new HashSet<>();
    for (Decision decision : at.listener().decide(request, atoms.sample(source).mapped())) {
      Passage passage = arrivals.passage(decision, at.sidecar(), endpoint);
      outcomes.add(
          switch (passage.passes()) {
            case FALSE -> DROPS;
            case UNKNOWN -> new Outcome.Unknown();
            case TRUE ->
                passage
                    .elsewhere()
                    .<Outcome>map(Outcome.Elsewhere::new)
                    .orElse(passage.asker().<Outcome>map(Outcome.Asks::new).orElse(PASSES));
          });
    }
    return outcomes;
  }
}
