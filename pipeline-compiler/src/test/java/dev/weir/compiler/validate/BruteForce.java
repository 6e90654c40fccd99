package dev.weir.compiler.validate;

import com.google.common.collect.ImmutableList;
import dev.weir.compiler.fabric.Fabric;
import dev.weir.compiler.intent.Workload;
import dev.weir.compiler.net.IpAddress;
import dev.weir.compiler.net.Prefix;
import dev.weir.compiler.placement.Placement.Listener;
import dev.weir.compiler.placement.Placement.SidecarConfig;
import dev.weir.compiler.placement.Placement.Target;
import dev.weir.compiler.request.RequestExpr;
import dev.weir.compiler.simulation.Request;
import dev.weir.p4runtime.entry.Action;
import dev.weir.p4runtime.entry.Bits;
import dev.weir.p4runtime.entry.Entry;
import dev.weir.p4runtime.entry.Match;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * One packet at a time through the tables, entry by entry, and one request at a time through
 * listeners as the placement states them: slow, and of the validator's making in nothing.
 */
final class BruteForce {
  private static final int TCP = 6;
  private static final int PORTS_PER_ENDPOINT = 64;
  private static final List<String> POLICY =
      List.of(
          "egress_admin",
          "egress_policy",
          "ingress_admin",
          "ingress_policy",
          "authorization_deny",
          "authorization_allow");

  private final Fabric fabric;
  private final int width;
  private final int epoch;
  private final Map<String, List<Entry>> tables = new HashMap<>();
  private final Collection<SidecarConfig> sidecars;
  private final Collection<SidecarConfig> intended;

  /**
   * @param intended what the sidecars should run, for what is meant by unsteer entries
   */
  BruteForce(
      Fabric fabric,
      Iterable<Entry> entries,
      Collection<SidecarConfig> sidecars,
      Collection<SidecarConfig> intended,
      int epoch) {
    this.intended = intended;
    this.fabric = fabric;
    this.epoch = epoch;
    this.sidecars = sidecars;
    this.width = fabric.pipeline().table("source_workload").field("address").width();
    for (Entry entry : entries) {
      tables.computeIfAbsent(entry.table(), _ -> new ArrayList<>()).add(entry);
    }
  }

  private Bits bits(IpAddress address) {
    return new Bits(width == 128 ? address.mapped() : address.value());
  }

  private Optional<Action> longest(String table, Map<String, Bits> fields) {
    Optional<Action> best = Optional.empty();
    int longest = -1;
    for (Entry entry : tables.getOrDefault(table, List.of())) {
      int length =
          entry.key().matches().values().stream()
              .mapToInt(m -> m instanceof Match.Lpm l ? l.prefixLength() : 0)
              .sum();
      if (length > longest && matches(entry, fields)) {
        longest = length;
        best = Optional.of(entry.action());
      }
    }
    return best;
  }

  /** The actions of the largest priority that matches. */
  private List<Action> highest(String table, Map<String, Bits> fields) {
    int highest = -1;
    List<Action> best = new ArrayList<>();
    for (Entry entry : tables.getOrDefault(table, List.of())) {
      int priority = entry.key().priority();
      if (priority >= highest && matches(entry, fields)) {
        if (priority > highest) {
          best.clear();
        }
        highest = priority;
        best.add(entry.action());
      }
    }
    return best;
  }

  private boolean matches(Entry entry, Map<String, Bits> fields) {
    for (Map.Entry<String, Match> m : entry.key().matches().entrySet()) {
      BigInteger field = fields.getOrDefault(m.getKey(), Bits.ZERO).value();
      boolean holds =
          switch (m.getValue()) {
            case Match.Exact e -> e.value().value().equals(field);
            case Match.Optional o -> o.value().value().equals(field);
            case Match.Ternary t -> field.and(t.mask().value()).equals(t.value().value());
            case Match.Range r ->
                r.low().value().compareTo(field) <= 0 && field.compareTo(r.high().value()) <= 0;
            case Match.Lpm l ->
                field
                    .shiftRight(width - l.prefixLength())
                    .equals(l.value().value().shiftRight(width - l.prefixLength()));
          };
      if (!holds) {
        return false;
      }
    }
    return true;
  }

  private static int number(Action action, String param) {
    Bits value = action.params().get(param);
    return value == null ? -1 : value.intValue();
  }

  Map<Entry.Key, Action> entries() {
    Map<Entry.Key, Action> entries = new HashMap<>();
    tables.values().forEach(t -> t.forEach(e -> entries.put(e.key(), e.action())));
    return entries;
  }

  List<SidecarConfig> sidecars() {
    return List.copyOf(sidecars);
  }

  String guard(int port, IpAddress source) {
    return longest(
            "source_guard", Map.of("ingress_port", Bits.of(port), "source_address", bits(source)))
        .map(Action::name)
        .orElse("drop_spoofed");
  }

  String neighbour(IpAddress address) {
    return longest("neighbour", Map.of("target_address", bits(address)))
        .map(
            a ->
                a.params().get("mac")
                    + " "
                    + fabric.attachments().stream()
                        .filter(at -> at.port() == number(a, "attached_port"))
                        .findFirst())
        .orElse("");
  }

  /** Port and MAC. */
  String route(IpAddress address) {
    return longest("route", Map.of("address", bits(address)))
        .map(a -> a.params().get("port") + " " + a.params().get("destination_mac"))
        .orElse("");
  }

  private int routePort(IpAddress address) {
    return longest("route", Map.of("address", bits(address)))
        .map(a -> number(a, "port"))
        .orElse(-1);
  }

  private BigInteger code(String end, IpAddress address) {
    BigInteger own =
        longest(end + "_workload", Map.of("address", bits(address)))
            .map(this::code)
            .orElse(BigInteger.ZERO);
    BigInteger block =
        longest(end + "_block", Map.of("address", bits(address)))
            .map(this::code)
            .orElse(BigInteger.ZERO);
    return own.or(block);
  }

  private BigInteger code(Action action) {
    Bits code = action.params().get("code" + epoch);
    return code == null ? BigInteger.ZERO : code.value();
  }

  int sidecarNumber(IpAddress source) {
    return longest("source_workload", Map.of("address", bits(source)))
        .map(a -> number(a, "sidecar"))
        .orElse(-1);
  }

  private boolean sidecarServer(IpAddress server) {
    return longest("destination_workload", Map.of("address", bits(server)))
        .filter(a -> a.name().equals("set_destination_sidecar"))
        .isPresent();
  }

  private boolean upstream(int number, IpAddress to, int protocol, int port) {
    return !sidecarServer(to)
        && highest(
                "sidecar_upstream",
                Map.of(
                    "sidecar", Bits.of(number),
                    "address", bits(to),
                    "protocol", Bits.of(protocol),
                    "port", Bits.of(port),
                    "epoch", Bits.of(epoch)))
            .stream()
            .anyMatch(a -> a.name().equals("allow_upstream"));
  }

  /** What the policy tables say: {@code deny}, {@code allow} or an offset; several if unclear. */
  private TreeSet<String> policy(IpAddress from, IpAddress to, int protocol, int port) {
    Map<String, Bits> fields =
        Map.of(
            "source_code", new Bits(code("source", from)),
            "destination_code", new Bits(code("destination", to)),
            "protocol", Bits.of(protocol),
            "port", Bits.of(port),
            "epoch", Bits.of(epoch));
    // Full, then the sum of parts; −1 while nothing steers.
    record State(boolean full, int part) {}
    List<State> states = List.of(new State(false, -1));
    TreeSet<String> verdicts = new TreeSet<>();
    List<State> skipping = new ArrayList<>();
    for (String table : POLICY) {
      boolean admin = table.endsWith("_admin");
      if (fabric.pipeline().findTable(table).isEmpty()) {
        continue;
      }
      List<State> next = new ArrayList<>();
      List<State> onward = new ArrayList<>();
      List<Action> actions = highest(table, fields);
      for (State s : states) {
        if (actions.isEmpty() && admin) {
          onward.add(s);
        } else if (actions.isEmpty()) {
          verdicts.add("deny");
        }
        for (Action action : actions) {
          switch (action.name()) {
            case "pass_on" -> onward.add(s);
            case "allow", "accept" -> next.add(s);
            case "steer_full", "spill" -> next.add(new State(true, Math.max(s.part, 0)));
            case "steer_class" ->
                next.add(new State(s.full, Math.max(s.part, 0) + number(action, "part")));
            default -> verdicts.add("deny");
          }
        }
      }
      if (admin) {
        skipping = next;
        states = onward;
      } else {
        next.addAll(skipping);
        skipping = List.of();
        states = next;
      }
    }
    for (State s : states) {
      verdicts.add(s.full ? "0" : s.part < 0 ? "allow" : String.valueOf(s.part));
    }
    return verdicts;
  }

  /**
   * What becomes of a connection and its request, past the guard: {@code pass}, {@code drop} or
   * where else it goes; several where entries contradict each other.
   */
  TreeSet<String> outcomes(
      IpAddress from, IpAddress to, int protocol, int port, Optional<Request> request) {
    TreeSet<String> outcomes = new TreeSet<>();
    if (sidecarServer(to)) {
      outcomes.add("drop");
      return outcomes;
    }
    int sidecar = sidecarNumber(from);
    if (sidecar >= 0) {
      outcomes.add(upstream(sidecar, to, protocol, port) ? routed(from, to) : "drop");
      return outcomes;
    }
    for (String verdict : policy(from, to, protocol, port)) {
      outcomes.add(
          switch (verdict) {
            case "deny" -> "drop";
            case "allow" -> routed(from, to);
            default ->
                protocol == TCP
                    ? steered(from, to, port, Integer.parseInt(verdict), request)
                    : "drop";
          });
    }
    return outcomes;
  }

  private String routed(IpAddress from, IpAddress to) {
    int port = routePort(to);
    boolean elsewhere =
        fabric.attachments().stream()
            .anyMatch(a -> a.port() == port && !guard(port, from).startsWith("pass"));
    return port >= 0 && elsewhere ? "pass" : "drop";
  }

  private String steered(
      IpAddress from, IpAddress to, int port, int offset, Optional<Request> request) {
    List<Action> steer =
        highest(
            "steer", Map.of("address", bits(to), "protocol", Bits.of(TCP), "port", Bits.of(port)));
    if (steer.isEmpty()) {
      return "drop";
    }
    Bits address = steer.getFirst().params().get("address");
    int listenerPort = number(steer.getFirst(), "first_port") + offset;
    for (Fabric.Attachment attachment : fabric.attachments()) {
      if (attachment instanceof Fabric.Attachment.SidecarPort s) {
        for (IpAddress own : s.addresses()) {
          if (bits(own).equals(address) && routePort(own) == s.port()) {
            return atSidecar(s, own, listenerPort, from, new Target(to, port), request);
          }
        }
      }
    }
    return longest("route", Map.of("address", address)).isPresent()
        ? "elsewhere " + address + " " + listenerPort
        : "drop";
  }

  private String atSidecar(
      Fabric.Attachment.SidecarPort sidecar,
      IpAddress own,
      int port,
      IpAddress from,
      Target endpoint,
      Optional<Request> request) {
    Optional<Listener> listener =
        sidecars.stream()
            .filter(c -> c.name().equals(sidecar.name()))
            .flatMap(c -> c.listeners().stream())
            .filter(l -> l.address().equals(own) && l.port() == port)
            .findFirst();
    List<Action> back =
        highest("unsteer", Map.of("listener_address", bits(own), "listener_port", Bits.of(port)));
    if (listener.isEmpty()
        || back.isEmpty()
        || !bits(endpoint.address()).equals(back.getFirst().params().get("address"))
        || number(back.getFirst(), "port") != endpoint.port()
        || !guard(sidecar.port(), own).equals("pass_sidecar")
        || !passes(listener.get(), from, request)) {
      return "drop";
    }
    Target target = listener.get().target();
    IpAddress opener =
        sidecar.addresses().stream()
            .filter(a -> a.family() == target.address().family())
            .findFirst()
            .orElseThrow();
    if (!guard(sidecar.port(), opener).equals("pass_sidecar")
        || sidecarNumber(opener) < 0
        || !upstream(sidecarNumber(opener), target.address(), TCP, target.port())
        || routePort(target.address()) < 0) {
      return "drop";
    }
    return target.equals(endpoint) ? "pass" : "elsewhere " + target;
  }

  private static boolean passes(Listener listener, IpAddress from, Optional<Request> request) {
    return switch (listener.application()) {
      case OPAQUE -> holds(listener.allowWithoutHttp(), "", "", from);
      case HTTP ->
          request.isPresent()
              && holds(listener.allow(), request.get().method(), request.get().path(), from);
      case DETECTED ->
          request.isPresent()
              ? holds(listener.allow(), request.get().method(), request.get().path(), from)
              : holds(listener.allowWithoutHttp(), "", "", from);
    };
  }

  private static boolean holds(RequestExpr expr, String method, String path, IpAddress from) {
    return switch (expr) {
      case RequestExpr.Constant c -> c.value();
      case RequestExpr.Not n -> !holds(n.term(), method, path, from);
      case RequestExpr.And a -> a.terms().stream().allMatch(t -> holds(t, method, path, from));
      case RequestExpr.Or o -> o.terms().stream().anyMatch(t -> holds(t, method, path, from));
      case RequestExpr.Method m -> m.match().matches(method);
      case RequestExpr.Path p -> p.match().matches(path);
      case RequestExpr.Sent _, RequestExpr.Forwarded _ ->
          throw new IllegalArgumentException("not asked here: " + expr);
      case RequestExpr.Source s -> s.blocks().stream().anyMatch((Prefix b) -> b.contains(from));
    };
  }

  /** Ports of the fabric at which the guard lets a source in. */
  List<Integer> entersAt(IpAddress source) {
    return fabric.attachments().stream()
        .map(Fabric.Attachment::port)
        .filter(p -> guard(p, source).startsWith("pass"))
        .toList();
  }

  /** Whether the sidecar at an address is configured to connect to a place. */
  boolean configured(IpAddress sidecar, IpAddress to, int port) {
    return fabric.attachments().stream()
        .filter(Fabric.Attachment.SidecarPort.class::isInstance)
        .map(Fabric.Attachment.SidecarPort.class::cast)
        .filter(s -> s.addresses().contains(sidecar))
        .anyMatch(
            s ->
                sidecars.stream()
                    .filter(c -> c.name().equals(s.name()))
                    .anyMatch(c -> c.upstreams().contains(new Target(to, port))));
  }

  /** Entries that take a sidecar's segments for an endpoint's without a listener there. */
  TreeSet<String> strayUnsteers() {
    TreeSet<String> stray = new TreeSet<>();
    for (Entry e : tables.getOrDefault("unsteer", List.of())) {
      boolean listened = listeners(sidecars).anyMatch(l -> place(l).equals(e.key().matches()));
      boolean meant =
          listeners(intended)
              .anyMatch(
                  l ->
                      place(l).equals(e.key().matches())
                          && bits(l.target().address()).equals(e.action().params().get("address"))
                          && number(e.action(), "port") == l.target().port());
      boolean known = listened && meant;
      if (!known) {
        stray.add(e.toString());
      }
    }
    return stray;
  }

  /** Whether what comes from a place is taken for an endpoint whose way there it is not alone. */
  boolean takenForAnother(IpAddress listener, int port) {
    List<Action> back =
        highest(
            "unsteer", Map.of("listener_address", bits(listener), "listener_port", Bits.of(port)));
    if (back.isEmpty()) {
      return false;
    }
    Map<String, Match> taken =
        Map.of(
            "address", exact(back.getFirst(), "address"),
            "protocol", new Match.Exact(Bits.of(TCP)),
            "port", exact(back.getFirst(), "port"));
    List<Map<String, Match>> ways =
        tables.getOrDefault("steer", List.of()).stream()
            .filter(
                e ->
                    bits(listener).equals(e.action().params().get("address"))
                        && number(e.action(), "first_port") <= port
                        && port < number(e.action(), "first_port") + PORTS_PER_ENDPOINT)
            .<Map<String, Match>>map(e -> e.key().matches())
            .toList();
    boolean listens =
        listeners(sidecars).anyMatch(l -> l.address().equals(listener) && l.port() == port);
    return !ways.equals(List.of(taken)) || !listens;
  }

  private static Match exact(Action action, String param) {
    return new Match.Exact(Optional.ofNullable(action.params().get(param)).orElseThrow());
  }

  private static Stream<Listener> listeners(Collection<SidecarConfig> of) {
    return of.stream().flatMap(c -> c.listeners().stream());
  }

  private Map<String, Match> place(Listener listener) {
    return Map.of(
        "listener_address", new Match.Exact(bits(listener.address())),
        "listener_port", new Match.Exact(Bits.of(listener.port())));
  }

  /** Everything that can be asked of a mesh, with its answer. */
  Map<String, String> everything(
      Collection<IpAddress> addresses, Collection<Workload> workloads, List<Request> requests) {
    Map<String, String> all = new TreeMap<>();
    TreeSet<Integer> ports = new TreeSet<>(List.of(7, 52, 53, 80, 8080, 9000, 9001, 10001));
    TreeSet<Integer> switchPorts = new TreeSet<>();
    fabric.attachments().forEach(a -> switchPorts.add(a.port()));
    switchPorts.add(77);
    for (IpAddress a : addresses) {
      for (int port : switchPorts) {
        all.put("guard " + port + " " + a, guard(port, a));
      }
      all.put("neighbour " + a, neighbour(a));
      all.put("route " + a, route(a));
      all.put("sidecar " + a, "" + sidecarNumber(a));
    }
    for (IpAddress from : addresses) {
      if (entersAt(from).isEmpty()) {
        continue;
      }
      boolean sidecar = sidecarNumber(from) >= 0;
      for (IpAddress to : addresses) {
        if (from.family() != to.family() || from.equals(to)) {
          continue;
        }
        for (int port : ports) {
          for (Optional<Request> r : requests(workloads, to, port, requests, sidecar)) {
            all.put(
                from + " " + to + " 6 " + port + " " + r, "" + outcomes(from, to, TCP, port, r));
          }
        }
        for (int port : List.of(53, 9000)) {
          all.put(
              from + " " + to + " 17 " + port, "" + outcomes(from, to, 17, port, Optional.empty()));
        }
        all.put(from + " " + to + " 1", "" + outcomes(from, to, 1, 0, Optional.empty()));
      }
    }
    all.put("stray", "stray " + strayUnsteers());
    return all;
  }

  private static List<Optional<Request>> requests(
      Collection<Workload> workloads,
      IpAddress to,
      int port,
      List<Request> requests,
      boolean sidecar) {
    ImmutableList.Builder<Optional<Request>> all = ImmutableList.builder();
    Optional<Workload.Port> declared =
        workloads.stream()
            .filter(w -> w.addresses().contains(to))
            .flatMap(w -> w.ports().stream())
            .filter(p -> p.number() == port && p.protocol().number() == TCP)
            .findFirst();
    boolean http = declared.filter(p -> p.application() != Workload.Application.OPAQUE).isPresent();
    if (http && !sidecar) {
      requests.forEach(r -> all.add(Optional.of(r)));
    }
    if (!declared.filter(p -> p.application() == Workload.Application.HTTP).isPresent()) {
      all.add(Optional.empty());
    }
    return all.build();
  }
}
