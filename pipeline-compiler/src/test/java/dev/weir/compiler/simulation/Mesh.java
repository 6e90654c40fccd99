package dev.weir.compiler.simulation;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.ImmutableSortedSet;
import com.google.common.collect.Maps;
import dev.weir.compiler.fabric.Fabric;
import dev.weir.compiler.intent.Intent;
import dev.weir.compiler.intent.Key;
import dev.weir.compiler.intent.Protocol;
import dev.weir.compiler.intent.Rule;
import dev.weir.compiler.intent.Selector;
import dev.weir.compiler.intent.Workload;
import dev.weir.compiler.net.IpAddress;
import dev.weir.compiler.net.Prefix;
import dev.weir.compiler.request.RequestExpr;
import dev.weir.p4runtime.info.P4InfoReader;
import dev.weir.p4runtime.info.Pipeline;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/** Random workloads, rules and fabrics, small enough that everything meets everything. */
public final class Mesh {
  private static final List<String> BLOCKS =
      List.of(
          "10.77.0.0/16",
          "10.77.1.0/24",
          "10.77.2.0/23",
          "203.0.113.0/24",
          "203.0.113.128/25",
          "0.0.0.0/0",
          "fd77::/32",
          "fd77::2:0/112",
          "::/0",
          "2001:db8::/32");

  /** Addresses of nobody in the mesh. */
  public static final List<IpAddress> WORLD =
      List.of(
          IpAddress.parse("203.0.113.5"),
          IpAddress.parse("203.0.113.200"),
          IpAddress.parse("198.51.100.1"),
          IpAddress.parse("10.77.99.9"),
          IpAddress.parse("2001:db8::1"),
          IpAddress.parse("fd77:0:9::1"));

  private final Random random;
  private int nextResource;

  /** A pod's namespace and ports never change, its labels do. */
  private final Map<Integer, String> namespaces = new TreeMap<>();

  private final Map<Integer, ImmutableList<Workload.Port>> ports = new TreeMap<>();

  private final boolean tiers;

  private static final List<Rule.Layer> LAYERS =
      List.of(
          Rule.Layer.EGRESS,
          Rule.Layer.INGRESS,
          Rule.Layer.AUTHORIZATION_DENY,
          Rule.Layer.AUTHORIZATION_ALLOW);

  private static final List<Rule.Layer> LAYERS_WITH_TIERS =
      List.of(
          Rule.Layer.EGRESS,
          Rule.Layer.INGRESS,
          Rule.Layer.AUTHORIZATION_DENY,
          Rule.Layer.AUTHORIZATION_ALLOW,
          Rule.Layer.EGRESS_ADMIN,
          Rule.Layer.INGRESS_ADMIN,
          Rule.Layer.EGRESS_BASELINE,
          Rule.Layer.INGRESS_BASELINE);

  public Mesh(long seed) {
    this(seed, false);
  }

  private Mesh(long seed, boolean tiers) {
    this.random = new Random(seed);
    this.tiers = tiers;
  }

  /** With ClusterNetworkPolicies for every other seed. */
  public static Mesh mixed(long seed) {
    return new Mesh(seed, seed % 2 != 0);
  }

  /** With ClusterNetworkPolicies, too. */
  public static Mesh withTiers(long seed) {
    return new Mesh(seed, true);
  }

  /** The pipeline as p4c's output in the tree describes it. */
  public static Pipeline pipeline(String name) {
    return P4InfoReader.readText(Path.of("../p4src/build/" + name + ".p4info.txtpb"));
  }

  private <T> T one(List<T> of) {
    return of.get(random.nextInt(of.size()));
  }

  private boolean chance(int percent) {
    return random.nextInt(100) < percent;
  }

  /**
   * Up to {@code count} workloads {@code w1}, {@code w2}, …; each is there four times out of five.
   */
  public ImmutableSortedMap<String, Workload> someWorkloads(int count) {
    return ImmutableSortedMap.copyOf(Maps.filterKeys(workloads(count), _ -> chance(80)));
  }

  public ImmutableSortedMap<String, Workload> workloads(int count) {
    ImmutableSortedMap.Builder<String, Workload> workloads = ImmutableSortedMap.naturalOrder();
    for (int i = 1; i <= count; i++) {
      String namespace = namespaces.computeIfAbsent(i, _ -> one(List.of("red", "green")));
      TreeMap<String, String> labels = new TreeMap<>();
      if (chance(80)) {
        labels.put("app", one(List.of("x", "y", "z", "other")));
      }
      if (chance(50)) {
        labels.put("tier", one(List.of("front", "back")));
      }
      ImmutableSortedSet.Builder<IpAddress> addresses = ImmutableSortedSet.naturalOrder();
      addresses.add(IpAddress.parse("10.77." + i + ".1"));
      if (chance(50)) {
        addresses.add(IpAddress.parse("fd77::" + i + ":1"));
      }
      String id = namespace + "/w" + i;
      workloads.put(
          id,
          new Workload(
              id,
              namespace,
              one(List.of("default", "robot")),
              ImmutableSortedMap.copyOf(labels),
              ImmutableSortedMap.of("team", namespace.equals("red") ? "one" : "two"),
              addresses.build(),
              ports.computeIfAbsent(i, _ -> ports())));
    }
    return workloads.buildOrThrow();
  }

  private ImmutableList<Workload.Port> ports() {
    ImmutableList.Builder<Workload.Port> ports = ImmutableList.builder();
    if (chance(70)) {
      ports.add(
          new Workload.Port(
              "http-web", Protocol.TCP, chance(50) ? 80 : 8080, Workload.Application.HTTP));
    }
    if (chance(50)) {
      ports.add(new Workload.Port("tcp-db", Protocol.TCP, 9000, Workload.Application.OPAQUE));
    }
    if (chance(50)) {
      ports.add(
          chance(50)
              ? new Workload.Port("any", Protocol.TCP, 9001, Workload.Application.DETECTED)
              : new Workload.Port("tcp-x", Protocol.TCP, 9001, Workload.Application.OPAQUE));
    }
    if (chance(30)) {
      ports.add(new Workload.Port("dns", Protocol.UDP, 53, Workload.Application.OPAQUE));
    }
    return ports.build();
  }

  public ImmutableList<Rule> rules(int resources) {
    return rules(resources, tiers ? LAYERS_WITH_TIERS : LAYERS);
  }

  public ImmutableList<Rule> authorizationRules(int resources) {
    return rules(resources, List.of(Rule.Layer.AUTHORIZATION_DENY, Rule.Layer.AUTHORIZATION_ALLOW));
  }

  private ImmutableList<Rule> rules(int resources, List<Rule.Layer> layers) {
    List<Rule> rules = new ArrayList<>();
    for (int i = 0; i < resources; i++) {
      Rule.Layer layer = one(layers);
      if (layer.ordered()) {
        rules.addAll(tierRules(layer));
        continue;
      }
      boolean authorization = layer.ordinal() >= Rule.Layer.AUTHORIZATION_DENY.ordinal();
      String resource =
          (authorization ? "AuthorizationPolicy " : "NetworkPolicy ") + "red/p" + nextResource++;
      Selector selected = chance(30) ? Selector.ANY : selector(false);
      if (layer != Rule.Layer.AUTHORIZATION_DENY) {
        rules.add(
            rule(
                resource,
                "",
                layer,
                Rule.Effect.ISOLATE,
                selected,
                Selector.ANY,
                new Rule.PortMatch.Any(),
                RequestExpr.TRUE,
                true));
      }
      int count = random.nextInt(4);
      for (int r = 0; r < count; r++) {
        boolean deny = layer == Rule.Layer.AUTHORIZATION_DENY;
        RequestExpr request = authorization && chance(60) ? request() : RequestExpr.TRUE;
        rules.add(
            rule(
                resource,
                "spec.rules[" + r + "]",
                layer,
                deny ? Rule.Effect.DENY : Rule.Effect.ALLOW,
                selected,
                selector(true),
                port(authorization),
                request,
                request == RequestExpr.TRUE ? !authorization || chance(90) : deny));
      }
    }
    rules.sort(Comparator.comparing(Rule::id));
    return ImmutableList.copyOf(rules);
  }

  /** A ClusterNetworkPolicy of one direction. */
  private ImmutableList<Rule> tierRules(Rule.Layer layer) {
    boolean egress = layer == Rule.Layer.EGRESS_ADMIN || layer == Rule.Layer.EGRESS_BASELINE;
    int number = nextResource++;
    int order = (random.nextInt(900) * 100 + number % 100) * 100;
    Selector subject =
        chance(30)
            ? new Selector(ImmutableList.of(new Selector.Test.Exists(new Key.Namespace())))
            : selector(false);
    ImmutableList.Builder<Rule> rules = ImmutableList.builder();
    int count = 1 + random.nextInt(3);
    for (int r = 0; r < count; r++) {
      Rule.Effect effect = one(List.of(Rule.Effect.ALLOW, Rule.Effect.DENY, Rule.Effect.PASS));
      int peers = 1 + random.nextInt(2);
      for (int p = 0; p < peers; p++) {
        Selector peer = selector(true);
        rules.add(
            new Rule(
                new Rule.Id(
                    "ClusterNetworkPolicy c" + number, "spec.rules[" + r + "].peers[" + p + "]"),
                layer,
                effect,
                egress ? subject : peer,
                egress ? peer : subject,
                port(false),
                RequestExpr.TRUE,
                true,
                order + 1 + r));
      }
    }
    return rules.build();
  }

  /** Some of the resources of {@code rules}, and {@code more} new ones. */
  public ImmutableList<Rule> change(ImmutableList<Rule> rules, int more) {
    Map<String, Boolean> kept = new TreeMap<>();
    List<Rule> changed = new ArrayList<>(rules(more));
    for (Rule rule : rules) {
      if (kept.computeIfAbsent(rule.id().resource(), _ -> chance(70))) {
        changed.add(rule);
      }
    }
    changed.sort(Comparator.comparing(Rule::id));
    return ImmutableList.copyOf(changed);
  }

  private static Rule rule(
      String resource,
      String path,
      Rule.Layer layer,
      Rule.Effect effect,
      Selector selected,
      Selector peer,
      Rule.PortMatch port,
      RequestExpr request,
      boolean withoutHttp) {
    boolean egress = layer == Rule.Layer.EGRESS;
    return new Rule(
        new Rule.Id(resource, path),
        layer,
        effect,
        egress ? selected : peer,
        egress ? peer : selected,
        port,
        request,
        withoutHttp);
  }

  private Selector selector(boolean blocks) {
    ImmutableList.Builder<Selector.Test> tests = ImmutableList.builder();
    int count = 1 + random.nextInt(2);
    for (int i = 0; i < count; i++) {
      tests.add(test(blocks));
    }
    return new Selector(tests.build());
  }

  private Selector.Test test(boolean blocks) {
    return switch (random.nextInt(blocks ? 9 : 7)) {
      case 0 -> new Selector.Test.In(new Key.Namespace(), some(List.of("red", "green")));
      case 1 -> new Selector.Test.In(new Key.PodLabel("app"), some(List.of("x", "y", "z")));
      case 2 -> new Selector.Test.NotIn(new Key.PodLabel("app"), some(List.of("x", "y")));
      case 3 ->
          new Selector.Test.In(new Key.ServiceAccount(), some(List.of("red/robot", "green/robot")));
      case 4 -> new Selector.Test.Exists(new Key.PodLabel("tier"));
      case 5 -> new Selector.Test.DoesNotExist(new Key.PodLabel("tier"));
      case 6 ->
          new Selector.Test.NotIn(new Key.NamespaceLabel("team"), some(List.of("one", "six")));
      case 7 -> new Selector.Test.InBlocks(prefixes());
      default -> new Selector.Test.NotInBlocks(prefixes());
    };
  }

  private ImmutableSet<String> some(List<String> values) {
    return chance(70) ? ImmutableSet.of(one(values)) : ImmutableSet.copyOf(values);
  }

  private ImmutableSet<Prefix> prefixes() {
    return chance(50)
        ? ImmutableSet.of(Prefix.parse(one(BLOCKS)))
        : ImmutableSet.of(Prefix.parse(one(BLOCKS)), Prefix.parse(one(BLOCKS)));
  }

  private Rule.PortMatch port(boolean authorization) {
    return switch (random.nextInt(6)) {
      case 0, 1 -> new Rule.PortMatch.Any();
      case 2 -> new Rule.PortMatch.Named(Protocol.TCP, one(List.of("http-web", "tcp-db", "any")));
      case 3 -> Rule.PortMatch.all(Protocol.TCP);
      case 4 -> {
        int port = one(List.of(80, 8080, 9000, 9001));
        yield new Rule.PortMatch.Numbers(Protocol.TCP, port, port);
      }
      default ->
          authorization
              ? new Rule.PortMatch.Numbers(Protocol.TCP, 9000, 9001)
              : new Rule.PortMatch.Numbers(
                  chance(50) ? Protocol.UDP : Protocol.TCP, 50, one(List.of(53, 9500)));
    };
  }

  private RequestExpr request() {
    return switch (random.nextInt(5)) {
      case 0 -> method("GET");
      case 1 -> method("POST");
      case 2 -> new RequestExpr.Path(RequestExpr.StringMatch.parse("/b*"));
      case 3 -> RequestExpr.not(method("GET"));
      default ->
          RequestExpr.and(method("GET"), new RequestExpr.Path(RequestExpr.StringMatch.parse("/a")));
    };
  }

  private static RequestExpr method(String name) {
    return new RequestExpr.Method(new RequestExpr.StringMatch.Exact(name));
  }

  public Intent intent(int workloads, int resources) {
    return new Intent(workloads(workloads), rules(resources));
  }

  /** Every workload on a port of its own, served by one of two sidecars, and the world. */
  public static Fabric fabric(Pipeline pipeline, Iterable<Workload> workloads, boolean sidecarsV6) {
    ImmutableList.Builder<Fabric.Attachment> attachments = ImmutableList.builder();
    for (Workload workload : workloads) {
      int port = Integer.parseInt(workload.id().substring(workload.id().lastIndexOf('w') + 1));
      attachments.add(
          new Fabric.Attachment.WorkloadPort(
              port,
              0x020000000000L + port,
              workload.id(),
              workload.addresses(),
              "sidecar-" + (1 + port % 2)));
    }
    for (int i = 1; i <= 2; i++) {
      ImmutableSet.Builder<IpAddress> addresses = ImmutableSet.builder();
      addresses.add(IpAddress.parse("10.77.200." + i));
      if (sidecarsV6) {
        addresses.add(IpAddress.parse("fd77::c8:" + i));
      }
      attachments.add(
          new Fabric.Attachment.SidecarPort(
              50 + i, 0x020000000100L + i, "sidecar-" + i, i, addresses.build()));
    }
    attachments.add(new Fabric.Attachment.WorldPort(60, 0x020000000200L));
    return new Fabric(
        "s1",
        pipeline,
        0x027765697201L,
        ImmutableSet.of(IpAddress.parse("10.77.0.1"), IpAddress.parse("fd77::1")),
        attachments.build());
  }
}
