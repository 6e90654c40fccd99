package dev.weir.bench.softswitch;

import com.google.common.collect.ImmutableSet;
import dev.weir.compiler.Compiled;
import dev.weir.compiler.Compiler;
import dev.weir.compiler.Counters;
import dev.weir.compiler.allocation.Allocation;
import dev.weir.compiler.fabric.Fabric;
import dev.weir.compiler.fabric.Fabric.Attachment;
import dev.weir.compiler.net.IpAddress;
import dev.weir.compiler.placement.Placement.PlacedEntry;
import dev.weir.compiler.resolve.Resolved;
import dev.weir.compiler.resolve.Resolver;
import dev.weir.compiler.resource.Manifest;
import dev.weir.compiler.resource.Parsed;
import dev.weir.p4runtime.PipelineConfig;
import dev.weir.p4runtime.entry.Action;
import dev.weir.p4runtime.entry.Bits;
import dev.weir.p4runtime.entry.Entry;
import dev.weir.p4runtime.entry.Match;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/**
 * What both switches are given: a program, entries, and the frames that arrive at ports 1 and 3,
 * all of which leave again at ports 2 and 4.
 *
 * @param detail how many entries, and where
 * @param frames for port 1 first, then for port 3; what opens connections comes first
 */
record Workload(
    String name,
    String detail,
    PipelineConfig config,
    List<Entry> entries,
    List<List<byte[]>> frames) {
  private static final long SWITCH_MAC = 0x020000000099L;
  private static final int ROUTES = 1000;
  private static final int FLOWS = 128;

  /** Pods of the policies; the first four are at ports 1 to 4. */
  private static final int PODS = 50;

  /** Of 900 NetworkPolicy ingress rules. */
  private static final int NETWORK_POLICIES = 90;

  private static final int RULES_OF_EACH = 10;

  /** Of 100 AuthorizationPolicy rules. */
  private static final int AUTHORIZATION_POLICIES = 50;

  private static final int SERVED_PORT = 8080;

  /** A plain IPv4 router with 1,000 routes. */
  static Workload router(Path home) throws IOException {
    Path built = home.resolve("bench/p4/build");
    Random random = new Random(5);
    Map<Long, Entry> routes = new TreeMap<>();
    while (routes.size() < ROUTES) {
      int length = 16 + random.nextInt(9);
      long prefix = (0x0a000000L | random.nextInt(1 << 24)) >>> 32 - length << 32 - length;
      routes.putIfAbsent(prefix, route(prefix, length, random.nextBoolean() ? 2 : 4));
    }
    List<Entry> entries = new ArrayList<>(routes.values());
    for (int port : List.of(2, 4)) {
      entries.add(
          Entry.of(
              "neighbour",
              Map.of("next_hop", new Match.Exact(Bits.of(port))),
              0,
              Action.of(
                  "rewrite",
                  Map.of("destination", Bits.of(mac(port)), "source", Bits.of(SWITCH_MAC)))));
    }
    List<Long> prefixes = List.copyOf(routes.keySet());
    List<List<byte[]>> frames = new ArrayList<>();
    for (int in : List.of(1, 3)) {
      List<byte[]> of = new ArrayList<>();
      for (int i = 0; i < 2 * FLOWS; i++) {
        long to = prefixes.get(random.nextInt(prefixes.size())) | random.nextInt(200);
        of.add(Frames.udp(SWITCH_MAC, mac(in), 0xc0a80000L + in, to, 1024 + i, 53));
      }
      frames.add(of);
    }
    return new Workload(
        "router",
        ROUTES + " routes",
        config(built.resolve("router.p4info.txtpb"), built.resolve("router.json")),
        entries,
        frames);
  }

  static Entry route(long prefix, int length, int port) {
    return Entry.of(
        "route",
        Map.of("destination", new Match.Lpm(Bits.of(prefix), length)),
        0,
        Action.of("via", Map.of("next_hop", Bits.of(port), "port", Bits.of(port))));
  }

  private static PipelineConfig config(Path p4info, Path json) throws IOException {
    return PipelineConfig.read(p4info, json);
  }

  /** Weir's full pipeline with what 1,000 policy rules over 50 pods compile to. */
  static Workload weir(Path home) throws IOException {
    Path built = home.resolve("p4src/build");
    PipelineConfig config = config(built.resolve("weir.p4info.txtpb"), built.resolve("weir.json"));
    Parsed parsed = Manifest.read(manifests(new Random(7)).getBytes(StandardCharsets.UTF_8), false);
    Resolved resolved = Resolver.resolve(parsed.resources());
    if (!parsed.problems().isEmpty() || !resolved.problems().isEmpty()) {
      throw new IllegalStateException(parsed.problems() + " " + resolved.problems());
    }
    List<Attachment> attachments = new ArrayList<>();
    for (int i = 0; i < PODS; i++) {
      attachments.add(
          new Attachment.WorkloadPort(
              i + 1,
              mac(i + 1),
              "bench/p" + i,
              ImmutableSet.of(IpAddress.parse(address(i))),
              "sidecar"));
    }
    attachments.add(
        new Attachment.SidecarPort(
            PODS + 1, mac(PODS + 1), "sidecar", 1, ImmutableSet.of(IpAddress.parse("198.19.0.1"))));
    Fabric fabric =
        new Fabric(
            "s1",
            config.pipeline(),
            SWITCH_MAC,
            ImmutableSet.of(),
            com.google.common.collect.ImmutableList.copyOf(attachments));
    Compiled compiled =
        Compiler.compile(resolved.intent(), fabric, Allocation.EMPTY, Counters.NONE);
    List<Entry> entries = compiled.placement().entries().stream().map(PlacedEntry::entry).toList();
    Map<String, Integer> perTable = new TreeMap<>();
    entries.forEach(e -> perTable.merge(e.key().table(), 1, Integer::sum));
    return new Workload(
        "weir",
        "1,000 policy rules as " + entries.size() + " entries " + perTable,
        config,
        entries,
        List.of(connections(0, 1), connections(2, 3)));
  }

  private static long mac(int port) {
    return 0x020000000000L + port;
  }

  private static String address(int pod) {
    return "10.0.0." + (pod + 1);
  }

  /** Segments of connections that the policies allow: first one that opens each. */
  private static List<byte[]> connections(int client, int server) {
    List<byte[]> frames = new ArrayList<>();
    for (int flags : new int[] {Frames.SYN, Frames.ACK}) {
      for (int flow = 0; flow < FLOWS; flow++) {
        frames.add(
            Frames.tcp(
                SWITCH_MAC,
                mac(client + 1),
                0x0a000001L + client,
                0x0a000001L + server,
                40000 + flow,
                SERVED_PORT,
                flags));
      }
    }
    return frames;
  }

  private static String manifests(Random random) {
    StringBuilder yaml =
        new StringBuilder(
            """
            apiVersion: v1
            kind: Namespace
            metadata: {name: bench}
            """);
    for (int i = 0; i < PODS; i++) {
      yaml.append(
          """
          ---
          apiVersion: v1
          kind: Pod
          metadata: {name: p%1$d, namespace: bench, labels: {app: a%1$d, tier: t%2$d}}
          spec:
            serviceAccountName: s%1$d
            containers: [{name: main, image: none, ports: [{containerPort: %4$d, protocol: TCP}]}]
          status: {podIPs: [{ip: %3$s}]}
          """
              .formatted(i, i % 5, address(i), SERVED_PORT));
    }
    for (int i = 0; i < NETWORK_POLICIES; i++) {
      yaml.append(
          """
          ---
          apiVersion: networking.k8s.io/v1
          kind: NetworkPolicy
          metadata: {name: n%d, namespace: bench}
          spec:
            podSelector: {matchLabels: {app: a%d}}
            policyTypes: [Ingress]
            ingress:
          """
              .formatted(i, i % PODS));
      for (int rule = 0; rule < RULES_OF_EACH; rule++) {
        // The servers at ports 2 and 4 admit the clients at ports 1 and 3.
        boolean measured = rule == RULES_OF_EACH / 2 && (i % PODS == 1 || i % PODS == 3);
        int from = measured ? i % PODS - 1 : random.nextInt(PODS);
        int port = measured ? SERVED_PORT : 1000 + random.nextInt(20000);
        yaml.append(
            """
              - from: [{podSelector: {matchLabels: {app: a%d}}}]
                ports: [{protocol: TCP, port: %d, endPort: %d}]
            """
                .formatted(from, port, port + (measured ? 0 : random.nextInt(3))));
      }
    }
    for (int i = 0; i < AUTHORIZATION_POLICIES; i++) {
      int from = i == 1 || i == 3 ? i - 1 : random.nextInt(PODS);
      yaml.append(
          """
          ---
          apiVersion: security.istio.io/v1
          kind: AuthorizationPolicy
          metadata: {name: z%1$d, namespace: bench}
          spec:
            selector: {matchLabels: {app: a%1$d}}
            action: ALLOW
            rules:
              - from: [{source: {principals: [cluster.local/ns/bench/sa/s%2$d]}}]
                to: [{operation: {ports: ["%3$d"]}}]
              - from: [{source: {principals: [cluster.local/ns/bench/sa/s%4$d]}}]
                to: [{operation: {ports: ["9090"]}}]
          """
              .formatted(i, from, SERVED_PORT, random.nextInt(PODS)));
    }
    return yaml.toString();
  }
}
