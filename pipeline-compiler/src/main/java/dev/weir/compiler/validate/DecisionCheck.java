package dev.weir.compiler.validate;

import static dev.weir.compiler.validate.Certificate.Obligation.BYPASS_IS_ALLOWED;
import static dev.weir.compiler.validate.Certificate.Obligation.DROP_IS_DENIED;
import static dev.weir.compiler.validate.Certificate.Obligation.SIDECARS_KEEP_THEIR_WAYS;
import static dev.weir.compiler.validate.Certificate.Obligation.SIDECAR_DECIDES_ALIKE;

import dev.weir.compiler.net.IpAddress;
import dev.weir.compiler.validate.Arrivals.Arrival;
import dev.weir.compiler.validate.Arrivals.Passage;
import dev.weir.compiler.validate.Ask.Residual;
import dev.weir.compiler.validate.Certificate.Obligation;
import dev.weir.compiler.validate.Condition.Truth;
import dev.weir.compiler.validate.ListenerModel.Decision;
import dev.weir.compiler.validate.PolicyModel.Carries;
import dev.weir.compiler.validate.SwitchEntries.Place;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * The second lemma: for every class of destinations, what rules and entries say of every class of
 * sources, protocol, port and request is the same, or tighter where that is said.
 */
final class DecisionCheck {
  private static final int TCP = 6;
  private static final BitSet NOBODY = new BitSet();

  private final Headers headers;
  private final Atoms atoms;
  private final PolicyModel policy;
  private final SwitchModel model;
  private final Arrivals arrivals;
  private final Excuses excuses;
  private final Witnesses witnesses;
  private final Findings findings;
  private final RequestClasses requests;
  private final Authorizing authorizing;

  /** One port of one class of destinations. */
  private record Header(int destination, int atom, int protocol, int port, Carries carries) {}

  DecisionCheck(
      Headers headers,
      Atoms atoms,
      PolicyModel policy,
      SwitchModel model,
      Arrivals arrivals,
      Excuses excuses,
      Authorizing authorizing,
      Findings findings) {
    this.authorizing = authorizing;
    this.requests = new RequestClasses(authorizing.view());
    this.headers = headers;
    this.atoms = atoms;
    this.policy = policy;
    this.model = model;
    this.arrivals = arrivals;
    this.excuses = excuses;
    this.findings = findings;
    this.witnesses = new Witnesses(headers, atoms, policy, model);
  }

  void run() {
    for (int d = 0; d < headers.destinations().count() && !findings.full(); d++) {
      again(d);
    }
  }

  /** Asks all about a class of destinations again. */
  void again(int destination) {
    findings.begin("destination", destination);
    if (headers.destinations().size(destination) > 0) {
      check(destination, headers.sourcesFor(destination));
    }
  }

  /** Asks again about connections from some classes of sources. */
  void again(int destination, BitSet sources) {
    findings.resume("destination", destination);
    if (headers.destinations().size(destination) > 0) {
      BitSet here = headers.sourcesFor(destination);
      here.and(sources);
      check(destination, here);
    }
  }

  /**
   * Asks again about connections from one class of sources to many of destinations: about all of
   * them at once, and by themselves about those that rules and entries do not plainly allow, or
   * deny, alike.
   */
  void again(int source, BitSet destinations, BitSet alone) {
    // What is taken for a sidecar meets no policy table.
    and(destinations, headers.sidecarServers()).stream().forEach(d -> again(d, alone));
    BitSet asked = (BitSet) destinations.clone();
    asked.andNot(headers.sidecarServers());
    Map<Integer, Boolean> meeting = new HashMap<>();
    boolean ipv4 = atoms.isIpv4(headers.sources().representative(source));
    PolicyModel.FromOne rules = policy.from(source, asked);
    SwitchModel.FromOne entries = model.from(source, asked);
    for (int protocol : Headers.protocols(ipv4)) {
      TreeSet<Integer> cuts = new TreeSet<>();
      cuts.add(0);
      if (Headers.hasPorts(protocol)) {
        rules.cuts(protocol, cuts);
        entries.cuts(protocol, cuts);
      }
      for (int port : cuts.headSet(65536)) {
        Integer next = cuts.higher(port);
        int end = next == null ? 65536 : Math.min(next, 65536);
        for (int d :
            unlike(rules.says(protocol, port, asked), entries.says(protocol, port, asked), asked)) {
          if (meeting.computeIfAbsent(d, each -> headers.sourcesFor(each).get(source))) {
            findings.resume("destination", d);
            check(d, alone, protocol, port, end);
          }
        }
      }
    }
  }

  /** The classes of those asked about that are not plainly allowed, or denied, by both. */
  private static int[] unlike(PolicyModel.Says wanted, SwitchModel.Says actual, BitSet asked) {
    // Where entries of one priority differ, a class may stand on both sides.
    BitSet alike = and(actual.denied(), wanted.deny());
    alike.andNot(actual.direct());
    BitSet open = and(actual.direct(), wanted.allow().getOrDefault(Residual.ALLOW, NOBODY));
    open.andNot(actual.denied());
    alike.or(open);
    actual.steered().values().forEach(alike::andNot);
    alike.andNot(wanted.asked());
    BitSet unlike = (BitSet) asked.clone();
    unlike.andNot(alike);
    return unlike.stream().toArray();
  }

  /** Compares what is said of connections to a range of ports. */
  private void check(int d, BitSet sources, int protocol, int first, int end) {
    int atom = headers.destinations().representative(d);
    TreeSet<Integer> here = new TreeSet<>();
    here.add(first);
    ports(d, atom, protocol)
        .forEach(
            port -> {
              if (first < port && port < end) {
                here.add(port);
              }
            });
    for (int port : here) {
      findings.count("headers", sources.cardinality());
      check(header(d, atom, protocol, port), sources);
    }
  }

  private Header header(int d, int atom, int protocol, int port) {
    return new Header(
        d, atom, protocol, port, protocol == TCP ? policy.carries(atom, port) : Carries.NO_HTTP);
  }

  /** Compares what is said of connections from some classes of sources. */
  private void check(int d, BitSet sources) {
    if (sources.isEmpty()) {
      return;
    }
    int atom = headers.destinations().representative(d);
    for (int protocol : Headers.protocols(atoms.isIpv4(atom))) {
      for (int port : ports(d, atom, protocol)) {
        findings.count("headers", sources.cardinality());
        check(header(d, atom, protocol, port), sources);
      }
    }
  }

  /** One port of every interval in which nothing changes. */
  private Iterable<Integer> ports(int destination, int atom, int protocol) {
    TreeSet<Integer> cuts = new TreeSet<>();
    cuts.add(0);
    if (Headers.hasPorts(protocol)) {
      policy.cuts(destination, atom, protocol, cuts);
      model.cuts(destination, protocol, cuts);
      if (protocol == TCP) {
        headers.destinations().members(destination).stream()
            .filter(atoms::isAddress)
            .forEach(
                a ->
                    model
                        .steerPorts(atoms.block(a).first())
                        .forEach(
                            p -> {
                              cuts.add(p);
                              cuts.add(p + 1);
                            }));
      }
    }
    return cuts.headSet(65536);
  }

  private void check(Header header, BitSet sources) {
    SwitchModel.Says actual =
        model.isSidecarServer(header.atom)
            ? new SwitchModel.Says(new BitSet(), sources, Map.of())
            : model.says(header.destination, header.protocol, header.port, sources);
    if (headers.isSidecar(header.destination)) {
      unreached(header, actual.direct());
      if (steers(header)) {
        actual.steered().values().forEach(some -> unreached(header, some));
      }
      return;
    }
    PolicyModel.Says wanted =
        policy.says(header.destination, header.atom, header.protocol, header.port, sources);
    loose(header, and(actual.direct(), wanted.deny()), "passes the sidecars by");
    dropped(header, wanted, actual.denied());
    wanted
        .allow()
        .forEach(
            (residual, some) -> {
              BitSet bypassing = and(actual.direct(), some);
              if (!bypassing.isEmpty()) {
                bypass(header, residual, bypassing);
              }
            });
    actual
        .steered()
        .forEach(
            (offset, some) -> {
              steered(header, Optional.empty(), wanted, offset, and(some, wanted.deny()));
              wanted
                  .allow()
                  .forEach(
                      (residual, those) ->
                          steered(header, Optional.of(residual), wanted, offset, and(some, those)));
            });
  }

  private static BitSet and(BitSet a, BitSet b) {
    BitSet both = (BitSet) a.clone();
    both.and(b);
    return both;
  }

  private boolean steers(Header header) {
    return headers.destinations().members(header.destination).stream()
        .anyMatch(a -> model.steer(atoms.block(a).first(), header.port, 0).isPresent());
  }

  /** Only steering sends to a sidecar; what names one is dropped. */
  private void unreached(Header header, BitSet sources) {
    if (!sources.isEmpty()) {
      fault(
          SIDECARS_KEEP_THEIR_WAYS,
          "sidecar-reachable",
          "A packet that names a sidecar is not dropped.",
          header,
          sources.nextSetBit(0),
          -1,
          Optional.empty(),
          false,
          "is judged by policy and passes");
    }
  }

  private void loose(Header header, BitSet sources, String how) {
    if (!sources.isEmpty()) {
      fault(
          BYPASS_IS_ALLOWED,
          "bypass-of-denied",
          "A connection that the policy denies passes.",
          header,
          sources.nextSetBit(0),
          -1,
          Optional.empty(),
          false,
          how);
    }
  }

  private void bypass(Header header, Residual residual, BitSet sources) {
    if (residual.clauses().isEmpty()) {
      return;
    }
    IpAddress source = headers.source(sources.nextSetBit(0));
    for (Sample request : samples(header, Optional.of(residual), Optional.empty(), source)) {
      findings.count("requests", 1);
      if (!residual.holds(request, source) || residual.authorizer(request, source).isPresent()) {
        fault(
            BYPASS_IS_ALLOWED,
            "bypass-of-request",
            "A connection passes whatever its requests say, and the policy denies some.",
            header,
            sources.nextSetBit(0),
            -1,
            Optional.of(request),
            false,
            "passes the sidecars by");
        return;
      }
    }
  }

  /** Where the switch drops, the policy must deny every request. */
  private void dropped(Header header, PolicyModel.Says wanted, BitSet denied) {
    wanted
        .allow()
        .forEach(
            (residual, some) -> {
              BitSet dropped = and(denied, some);
              if (dropped.isEmpty()) {
                return;
              }
              IpAddress source = headers.source(dropped.nextSetBit(0));
              Optional<Sample> request = Optional.empty();
              boolean some1 = residual.clauses().isEmpty();
              for (Sample each : samples(header, Optional.of(residual), Optional.empty(), source)) {
                if (residual.holds(each, source)) {
                  request = Optional.of(each);
                  some1 = true;
                  break;
                }
              }
              if (some1) {
                tight(header, wanted, dropped, -1, request, "the switch drops it");
              }
            });
  }

  /** Reports sources whose allowed connections are dropped, but for those that are excused. */
  private void tight(
      Header header,
      PolicyModel.Says wanted,
      BitSet sources,
      int server,
      Optional<Sample> request,
      String how) {
    BitSet left = (BitSet) sources.clone();
    if (header.carries == Carries.UNDECLARED || !headers.isAttached(header.destination)) {
      if (left.intersects(wanted.asked())) {
        left.andNot(wanted.asked());
        findings.exception(Excuses.UNDECLARED);
      }
    }
    for (int s = left.nextSetBit(0); s >= 0; s = left.nextSetBit(s + 1)) {
      boolean excused =
          excuses.excused(s, header.destination, header.atom, header.protocol, header.port)
              || (server >= 0
                  && excuses.unsteered(
                      s,
                      header.destination,
                      header.atom,
                      atoms.block(server).first(),
                      header.protocol,
                      header.port));
      if (!excused) {
        fault(
            DROP_IS_DENIED,
            "drop-of-allowed",
            "A connection that the policy allows is dropped.",
            header,
            s,
            server,
            request,
            true,
            how);
        return;
      }
    }
  }

  /**
   * Steered connections: those of every endpoint of the class.
   *
   * @param residual empty where the policy denies
   */
  private void steered(
      Header header,
      Optional<Residual> residual,
      PolicyModel.Says wanted,
      int offset,
      BitSet sources) {
    if (sources.isEmpty()) {
      return;
    }
    BitSet servers = headers.destinations().members(header.destination);
    for (int a = servers.nextSetBit(0); a >= 0; a = servers.nextSetBit(a + 1)) {
      Place endpoint = new Place(atoms.block(a).first(), header.port);
      Arrival arrival =
          atoms.block(a).length() == 128
              ? arrivals.arrive(endpoint, offset)
              : new Arrival.Nowhere("no steer entry: denied");
      switch (arrival) {
        case Arrival.Astray(Place place) ->
            fault(
                SIDECAR_DECIDES_ALIKE,
                "steered-astray",
                "A connection is steered to what is no sidecar.",
                header,
                sources.nextSetBit(0),
                a,
                Optional.empty(),
                residual.isPresent(),
                "goes to " + Block.address(place.address()) + " port " + place.port());
        case Arrival.Nowhere(String why) -> {
          if (residual.isPresent()) {
            nowhere(header, residual.get(), wanted, sources, a, why);
          }
        }
        case Arrival.At at -> at(header, residual, at, endpoint, sources, a);
      }
      if (findings.full()) {
        return;
      }
    }
  }

  private void nowhere(
      Header header,
      Residual residual,
      PolicyModel.Says wanted,
      BitSet sources,
      int server,
      String why) {
    IpAddress source = headers.source(sources.nextSetBit(0));
    for (Sample each : samples(header, Optional.of(residual), Optional.empty(), source)) {
      if (residual.holds(each, source)) {
        tight(header, wanted, sources, server, Optional.of(each), "steered: " + why);
        return;
      }
    }
  }

  private void at(
      Header header,
      Optional<Residual> residual,
      Arrival.At at,
      Place endpoint,
      BitSet sources,
      int server) {
    for (int source : headers.representatives(sources, at.listener().peers(), server)) {
      IpAddress from = atoms.sample(source);
      BigInteger peer = from.mapped();
      for (Sample request : samples(header, residual, Optional.of(at.listener()), from)) {
        findings.count("requests", 1);
        boolean wanted = residual.isPresent() && residual.get().holds(request, from);
        Optional<String> asked =
            wanted ? residual.orElseThrow().authorizer(request, from) : Optional.empty();
        for (Decision decision : at.listener().decide(request, peer)) {
          Passage passage = arrivals.passage(decision, at.sidecar(), endpoint);
          if (passage.passes() != Truth.FALSE && passage.elsewhere().isPresent()) {
            Place other = passage.elsewhere().get();
            fault(
                header,
                source,
                server,
                request,
                wanted,
                "sent-elsewhere",
                "A sidecar sends a request to another server than the client asked for.",
                "goes to " + Block.address(other.address()) + " port " + other.port());
            return;
          }
          if (asked.isPresent()
              && !request.http()
              && passage.passes() == Truth.FALSE
              && authorizing.unaskable(asked.get())) {
            findings.exception(Authorizing.UNASKABLE);
            continue;
          }
          boolean askedAlike =
              passage
                  .asker()
                  .equals(
                      asked.map(name -> authorizing.asker(name, atoms.sample(server).family())));
          if (passage.passes() == Truth.of(wanted) && !askedAlike) {
            fault(
                header,
                source,
                server,
                request,
                wanted,
                "asks-otherwise",
                "A sidecar asks another authorizer than the policy says, or none.",
                "steered to "
                    + at.listener().name()
                    + ", which asks "
                    + passage.asker().map(Asker::toString).orElse("nobody"));
            return;
          }
          if (passage.passes() != Truth.of(wanted)) {
            fault(
                header,
                source,
                server,
                request,
                wanted,
                wanted ? "sidecar-too-tight" : "sidecar-too-loose",
                "A sidecar decides otherwise than the policy.",
                "steered to " + at.listener().name() + ", which " + says(passage.passes()));
            return;
          }
        }
      }
    }
  }

  /** A sidecar does otherwise than the policy says. */
  private void fault(
      Header header,
      int source,
      int server,
      Sample request,
      boolean allowed,
      String code,
      String sentence,
      String placement) {
    witnesses.fault(
        findings,
        SIDECAR_DECIDES_ALIKE,
        code,
        sentence,
        source,
        server,
        header.protocol,
        header.port,
        Optional.of(request),
        allowed,
        placement);
  }

  private static String says(Truth passes) {
    return switch (passes) {
      case TRUE -> "lets it pass";
      case FALSE -> "refuses it";
      case UNKNOWN -> "does what nobody can tell: it is configured in ways not understood";
    };
  }

  /** What a connection at this port may carry, one of each class. */
  private List<Sample> samples(
      Header header,
      Optional<Residual> residual,
      Optional<ListenerModel> listener,
      IpAddress source) {
    List<Sample> samples = new ArrayList<>();
    for (boolean http : new boolean[] {false, true}) {
      if (header.carries == (http ? Carries.NO_HTTP : Carries.HTTP)) {
        continue;
      }
      Set<Condition> conditions = new LinkedHashSet<>();
      residual.ifPresent(r -> conditions.addAll(r.conditions(http)));
      listener.ifPresent(l -> conditions.addAll(l.conditions(http)));
      boolean raw = http && listener.filter(l -> l.seesOtherPaths(authorizing.view())).isPresent();
      samples.addAll(requests.of(http, conditions, raw, source.mapped()));
    }
    return samples;
  }

  private void fault(
      Obligation obligation,
      String code,
      String sentence,
      Header header,
      int sourceClass,
      int server,
      Optional<Sample> request,
      boolean allowed,
      String placement) {
    headers
        .pair(sourceClass, header.destination, server)
        .ifPresent(
            pair ->
                witnesses.fault(
                    findings,
                    obligation,
                    code,
                    sentence,
                    pair.source(),
                    pair.server(),
                    header.protocol,
                    header.port,
                    request,
                    allowed,
                    placement));
  }
}
