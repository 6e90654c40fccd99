package dev.weir.compiler.validate;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
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
 * @param inspectsHttp whether it finds out whether a connection carries HTTP
 * @param inspectsTls whether it finds out whether a connection is TLS, and the server name asked
 *     for
 * @param unknown settings that change what passes in ways that are not modelled; nothing is known
 *     of such a listener
 */
record ListenerModel(
    String name,
    boolean inspectsHttp,
    boolean inspectsTls,
    ImmutableList<Chain> chains,
    Optional<Chain> fallback,
    ImmutableList<String> unknown) {

  private static final ImmutableList<String> HTTP = ImmutableList.of("http/1.0", "http/1.1", "h2c");
  private static final String RAW = "raw_buffer";
  private static final String TLS = "tls";

  /** What a TLS client may say that it speaks. */
  private static final ImmutableList<String> ANY_ALPN =
      ImmutableList.of("", "http/1.0", "http/1.1", "h2", "h2c");

  /**
   * @param transport asked for; empty for any
   * @param protocols application protocols asked for; none for any
   * @param peers blocks of direct sources asked for; none for any
   */
  record Chain(
      String transport, ImmutableSet<String> protocols, ImmutableList<Block> peers, Way way) {}

  /** What a filter chain does. */
  sealed interface Way {
    record Close() implements Way {}

    /**
     * @param asking whom, if anybody, a passing connection must be allowed by, too
     */
    record Tcp(Condition allow, Optional<Asking> asking, Place target) implements Way {}

    record Http(PathView view, ImmutableList<Route> routes) implements Way {}
  }

  /**
   * @param when what is asked about
   */
  record Asking(Asker asker, Condition when) {}

  /**
   * @param asking whom, if anybody, a passing request must be allowed by, too
   * @param target empty where the route forwards nothing
   */
  record Route(Condition match, Condition allow, Optional<Asking> asking, Optional<Place> target) {}

  /**
   * @param asker who decides in the end on what passes
   * @param target where what passes goes
   */
  record Decision(Truth passes, Optional<Asker> asker, Optional<Place> target) {
    static final Decision NO = new Decision(Truth.FALSE, Optional.empty(), Optional.empty());
    static final Decision UNKNOWN = new Decision(Truth.UNKNOWN, Optional.empty(), Optional.empty());
  }

  /** What becomes of a request, or of a connection without HTTP; one of each way it may take. */
  ImmutableSet<Decision> decide(Sample given, BigInteger peer) {
    if (!unknown.isEmpty()) {
      return ImmutableSet.of(Decision.UNKNOWN);
    }
    // Without the inspector nobody knows what TLS asks for.
    Sample sample =
        inspectsTls || !given.values().containsKey(Attribute.SERVER_NAME) ? given : unnamed(given);
    ImmutableSet.Builder<Decision> decisions = ImmutableSet.builder();
    if (sample.http()) {
      for (String protocol : inspectsHttp ? HTTP : ImmutableList.of("")) {
        decisions.add(decide(chain(RAW, protocol, peer), sample, peer));
      }
      return decisions.build();
    }
    boolean named = sample.text(Attribute.SERVER_NAME).isPresent();
    if (!named) {
      decisions.add(decide(chain(RAW, "", peer), sample, peer));
    }
    if (inspectsTls) {
      for (String protocol : ANY_ALPN) {
        decisions.add(decide(chain(TLS, protocol, peer), sample, peer));
      }
    }
    return decisions.build();
  }

  private static Sample unnamed(Sample sample) {
    Sample other = new Sample(sample.http(), ImmutableMap.of());
    for (var each : sample.values().entrySet()) {
      other =
          other.with(
              each.getKey(),
              each.getKey().equals(Attribute.SERVER_NAME) ? Sample.ABSENT : each.getValue());
    }
    return other;
  }

  /**
   * Envoy narrows down by transport, then by application protocol, then by direct source; it never
   * goes back.
   */
  private Optional<Chain> chain(String transport, String protocol, BigInteger peer) {
    List<Chain> carried = new ArrayList<>();
    chains.stream().filter(c -> c.transport.equals(transport)).forEach(carried::add);
    if (carried.isEmpty()) {
      chains.stream().filter(c -> c.transport.isEmpty()).forEach(carried::add);
    }
    List<Chain> left = new ArrayList<>();
    for (Chain chain : carried) {
      if (chain.protocols.contains(protocol)) {
        left.add(chain);
      }
    }
    if (left.isEmpty()) {
      carried.stream().filter(c -> c.protocols.isEmpty()).forEach(left::add);
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

  private static Decision decide(Optional<Chain> chain, Sample sample, BigInteger peer) {
    if (chain.isEmpty()) {
      return Decision.NO;
    }
    return switch (chain.get().way) {
      case Way.Close _ -> Decision.NO;
      case Way.Tcp t ->
          decision(t.allow.evaluate(sample, peer), t.asking, Optional.of(t.target), sample, peer);
      case Way.Http h -> sample.http() ? decide(h, sample, peer) : Decision.NO;
    };
  }

  private static Decision decide(Way.Http http, Sample sample, BigInteger peer) {
    boolean refused =
        sample.text(Attribute.PATH).filter(path -> http.view.of(path).isEmpty()).isPresent();
    if (refused) {
      return Decision.NO;
    }
    for (Route route : http.routes) {
      switch (route.match.evaluate(sample, peer)) {
        case FALSE -> {}
        case UNKNOWN -> {
          return Decision.UNKNOWN;
        }
        case TRUE -> {
          return route.target.isEmpty()
              ? Decision.NO
              : decision(
                  route.allow.evaluate(sample, peer), route.asking, route.target, sample, peer);
        }
      }
    }
    return Decision.NO;
  }

  private static Decision decision(
      Truth passes,
      Optional<Asking> asking,
      Optional<Place> target,
      Sample sample,
      BigInteger peer) {
    if (passes == Truth.FALSE) {
      return Decision.NO;
    }
    Truth asked = asking.map(a -> a.when.evaluate(sample, peer)).orElse(Truth.FALSE);
    return switch (asked) {
      case FALSE -> new Decision(passes, Optional.empty(), target);
      case TRUE -> new Decision(passes, asking.map(Asking::asker), target);
      case UNKNOWN -> Decision.UNKNOWN;
    };
  }

  private List<Chain> all() {
    List<Chain> all = new ArrayList<>(chains);
    fallback.ifPresent(all::add);
    return all;
  }

  /** The conditions of the listener, of requests or of connections without HTTP. */
  List<Condition> conditions(boolean http) {
    List<Condition> conditions = new ArrayList<>();
    for (Chain chain : all()) {
      switch (chain.way) {
        case Way.Tcp t when !http || !inspectsHttp -> {
          conditions.add(t.allow);
          t.asking.ifPresent(a -> conditions.add(a.when));
        }
        case Way.Close _, Way.Tcp _ -> {}
        case Way.Http h -> {
          if (http) {
            h.routes.forEach(
                r -> {
                  conditions.add(r.match);
                  conditions.add(r.allow);
                  r.asking.ifPresent(a -> conditions.add(a.when));
                });
          }
        }
      }
    }
    return conditions;
  }

  /** Blocks of peers that it tells apart. */
  Set<Block> peers() {
    Set<Block> peers = new HashSet<>();
    all().forEach(chain -> peers.addAll(chain.peers));
    for (boolean http : new boolean[] {false, true}) {
      for (Condition condition : conditions(http)) {
        condition.eachBlock(peers::add);
      }
    }
    return peers;
  }

  /** Where it sends what passes. */
  Set<Place> targets() {
    Set<Place> targets = new HashSet<>();
    for (Chain chain : all()) {
      switch (chain.way) {
        case Way.Close _ -> {}
        case Way.Tcp t -> targets.add(t.target);
        case Way.Http h -> h.routes.forEach(r -> r.target.ifPresent(targets::add));
      }
    }
    return targets;
  }

  /** How its connection managers show paths. */
  Set<PathView> views() {
    Set<PathView> views = new HashSet<>();
    for (Chain chain : chains) {
      if (chain.way instanceof Way.Http h) {
        views.add(h.view);
      }
    }
    return views;
  }

  /** Whether some connection manager shows its matchers other paths than policy speaks of. */
  boolean seesOtherPaths(PathView policy) {
    return chains.stream().anyMatch(c -> c.way instanceof Way.Http h && !h.view.equals(policy));
  }
}
