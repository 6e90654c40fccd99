package dev.weir.compiler.validate;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import dev.weir.compiler.validate.Condition.Text;
import dev.weir.compiler.validate.Condition.Truth;
import dev.weir.compiler.validate.SwitchEntries.Place;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What one listener does with a connection, as Envoy would run its configuration.
 *
 * @param inspects whether it finds out whether a connection carries HTTP
 * @param unknown settings that change what passes in ways that are not modelled; nothing is known
 *     of such a listener
 */
record ListenerModel(
    String name,
    boolean inspects,
    ImmutableList<Chain> chains,
    Optional<Chain> fallback,
    ImmutableList<String> unknown) {

  private static final ImmutableList<String> HTTP = ImmutableList.of("http/1.0", "http/1.1", "h2c");

  /**
   * @param protocols application protocols asked for; none for any
   * @param peers blocks of direct sources asked for; none for any
   */
  record Chain(ImmutableSet<String> protocols, ImmutableList<Block> peers, Way way) {}

  /** What a filter chain does. */
  sealed interface Way {
    record Close() implements Way {}

    record Tcp(Condition allow, Place target) implements Way {}

    record Http(PathView view, ImmutableList<Route> routes) implements Way {}
  }

  /**
   * @param target empty where the route forwards nothing
   */
  record Route(Condition match, Condition allow, Optional<Place> target) {}

  /**
   * @param target where what passes goes
   */
  record Decision(Truth passes, Optional<Place> target) {
    static final Decision NO = new Decision(Truth.FALSE, Optional.empty());
    static final Decision UNKNOWN = new Decision(Truth.UNKNOWN, Optional.empty());
  }

  /** What becomes of a request, or of a connection without HTTP; one of each way it may take. */
  ImmutableSet<Decision> decide(Optional<RequestClasses.Sample> request, BigInteger peer) {
    if (!unknown.isEmpty()) {
      return ImmutableSet.of(Decision.UNKNOWN);
    }
    ImmutableSet.Builder<Decision> decisions = ImmutableSet.builder();
    if (request.isPresent() && inspects) {
      for (String protocol : HTTP) {
        decisions.add(decide(chain(protocol, peer), request, peer));
      }
    } else {
      decisions.add(decide(chain("", peer), request, peer));
    }
    return decisions.build();
  }

  /**
   * Envoy narrows down by application protocol first, then by direct source; it never goes back.
   */
  private Optional<Chain> chain(String protocol, BigInteger peer) {
    List<Chain> left = new ArrayList<>();
    for (Chain chain : chains) {
      if (chain.protocols.contains(protocol)) {
        left.add(chain);
      }
    }
    if (left.isEmpty()) {
      chains.stream().filter(c -> c.protocols.isEmpty()).forEach(left::add);
    }
    int longest = -1;
    Optional<Chain> best = Optional.empty();
    for (Chain chain : left) {
      if (chain.peers.isEmpty() && longest < 0) {
        longest = 0;
        best = Optional.of(chain);
      }
      for (Block block : chain.peers) {
        if (block.holds(peer) && block.length() > longest) {
          longest = block.length();
          best = Optional.of(chain);
        }
      }
    }
    return best.or(() -> fallback);
  }

  private static Decision decide(
      Optional<Chain> chain, Optional<RequestClasses.Sample> request, BigInteger peer) {
    if (chain.isEmpty()) {
      return Decision.NO;
    }
    return switch (chain.get().way) {
      case Way.Close _ -> Decision.NO;
      case Way.Tcp t -> decision(t.allow.evaluate("", "", peer), Optional.of(t.target));
      case Way.Http h -> request.map(r -> decide(h, r, peer)).orElse(Decision.NO);
    };
  }

  private static Decision decide(Way.Http http, RequestClasses.Sample request, BigInteger peer) {
    Optional<String> path = http.view.of(request.path());
    if (path.isEmpty()) {
      return Decision.NO;
    }
    for (Route route : http.routes) {
      switch (route.match.evaluate(request.method(), path.get(), peer)) {
        case FALSE -> {}
        case UNKNOWN -> {
          return Decision.UNKNOWN;
        }
        case TRUE -> {
          return route.target.isEmpty()
              ? Decision.NO
              : decision(route.allow.evaluate(request.method(), path.get(), peer), route.target);
        }
      }
    }
    return Decision.NO;
  }

  private static Decision decision(Truth passes, Optional<Place> target) {
    return passes == Truth.FALSE ? Decision.NO : new Decision(passes, target);
  }

  /** Gathers what the listener asks. */
  void collect(Set<Text> methods, Set<Text> paths, Set<Block> peers) {
    List<Chain> all = new ArrayList<>(chains);
    fallback.ifPresent(all::add);
    for (Chain chain : all) {
      peers.addAll(chain.peers);
      switch (chain.way) {
        case Way.Close _ -> {}
        case Way.Tcp t -> t.allow.collect(methods, paths, peers);
        case Way.Http h ->
            h.routes.forEach(
                r -> {
                  r.match.collect(methods, paths, peers);
                  r.allow.collect(methods, paths, peers);
                });
      }
    }
  }

  /** Blocks of peers that it tells apart. */
  Set<Block> peers() {
    Set<Block> peers = new HashSet<>();
    collect(new HashSet<>(), new HashSet<>(), peers);
    return peers;
  }

  /** Whether some connection manager shows its matchers other paths than policy speaks of. */
  boolean seesOtherPaths() {
    return chains.stream()
        .anyMatch(c -> c.way instanceof Way.Http h && !h.view.equals(PathView.POLICY));
  }
}
