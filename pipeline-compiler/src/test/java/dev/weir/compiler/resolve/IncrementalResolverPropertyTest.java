// SPDX-License-Identifier: Apache-2.0
package dev.weir.compiler.resolve;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.collect.ImmutableList;
import dev.weir.compiler.change.Change;
import dev.weir.compiler.fabric.Fabric;
import dev.weir.compiler.intent.Intent;
import dev.weir.compiler.resource.Resource;
import dev.weir.compiler.resource.ResourceKey;
import dev.weir.compiler.simulation.Mesh;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** After every edit the same as resolving everything, refusals included. */
final class IncrementalResolverPropertyTest {
  private static final int EDITS = 60;
  private static final Fabric FABRIC = Mesh.fabric(Mesh.pipeline("weir"), List.of(), false);

  @Property(tries = 150, seed = "20261125")
  void everyEditEqualsResolvingEverything(@ForAll Random random) {
    Draw draw = new Draw(random);
    IncrementalResolver resolver = new IncrementalResolver();
    TreeMap<ResourceKey, Resource> resources = new TreeMap<>();
    Intent before = resolver.intent();
    int made = 0;
    for (int i = 0; i < EDITS; i++) {
      List<Resource> put = new ArrayList<>();
      List<ResourceKey> deleted = new ArrayList<>();
      for (int n = random.nextInt(4); i > 0 && n >= 0; n--) {
        if (random.nextInt(4) == 0) {
          deleted.add(draw.resource().key());
        } else {
          put.add(draw.resource());
        }
      }
      if (i == 0) {
        put.addAll(draw.namespaces());
      }
      TreeMap<ResourceKey, Resource> after = new TreeMap<>(resources);
      deleted.forEach(after::remove);
      put.forEach(each -> after.remove(each.key()));
      Resolved expected =
          Resolver.resolve(
              ImmutableList.<Resource>builder().addAll(after.values()).addAll(put).build());

      ResolvedChange change = resolver.apply(put, deleted);

      assertThat(change.problems()).isEqualTo(expected.problems());
      if (expected.problems().isEmpty()) {
        put.forEach(each -> after.put(each.key(), each));
        resources = after;
        assertThat(change.change())
            .isEqualTo(Change.between(before, FABRIC, expected.intent(), FABRIC));
        before = expected.intent();
        assertThat(resolver.notes()).isEqualTo(expected.notes());
        made++;
      } else {
        assertThat(change.change()).isEmpty();
      }
      assertThat(resolver.intent()).isEqualTo(before);
    }
    System.out.println(
        +made
            + " "
            + before.workloads().size()
            + " "
            + before.rules().size()
            + " "
            + before.authorizers().keySet()
            + " torn "
            + before.rules().stream().filter(r -> r.id().path().contains("torn")).count()
            + " problems");
    // Neither refused mostly nor never.
    assertThat(made).isBetween(EDITS / 4, EDITS - 1);
  }

  private record Draw(Random random) {
    private String one(String... of) {
      return of[random.nextInt(of.length)];
    }

    private boolean chance(int percent) {
      return random.nextInt(100) < percent;
    }

    private static Resource read(String text) {
      return World.parse(text).resources().getFirst();
    }

    List<Resource> namespaces() {
      return List.of(
          read("{apiVersion: v1, kind: Namespace, metadata: {name: shop, labels: {team: a}}}"),
          read("{apiVersion: v1, kind: Namespace, metadata: {name: ops}}"),
          read("{apiVersion: v1, kind: Namespace, metadata: {name: istio-system}}"));
    }

    private String namespace() {
      return chance(4) ? one("nowhere", "istio-system") : one("shop", "shop", "ops", "default");
    }

    Resource resource() {
      Resource drawn =
          switch (random.nextInt(20)) {
            case 0 -> namespaceItself();
            case 1, 2 -> service();
            case 3, 4, 5 -> networkPolicy();
            case 6 -> clusterNetworkPolicy();
            case 7 -> node();
            case 8 -> chance(40) ? settings() : pod();
            case 9, 10, 11, 12, 13 -> authorizationPolicy();
            default -> pod();
          };
      if (chance(2)) {
        ObjectNode broken = drawn.json().deepCopy();
        broken.put("bogus", true);
        return new Resource(drawn.key(), drawn.apiVersion(), broken);
      }
      return drawn;
    }

    private Resource namespaceItself() {
      return read(
          """
          apiVersion: v1
          kind: Namespace
          metadata: {name: %s, labels: {team: %s}}
          """
              .formatted(one("shop", "ops", "default"), one("a", "b")));
    }

    private Resource pod() {
      String state =
          switch (random.nextInt(12)) {
            case 0 -> "phase: Succeeded, podIP: 10.0.0.1";
            case 1 -> "phase: Pending";
            default -> "podIP: 10.0.%d.%d".formatted(random.nextInt(4), random.nextInt(60));
          };
      String second = chance(8) ? ", {name: tcp-x, containerPort: 8080}" : "";
      return read(
          """
          apiVersion: v1
          kind: Pod
          metadata: {name: p%d, namespace: %s, labels: {app: %s, tier: %s}}
          spec:
            serviceAccountName: %s
            hostNetwork: %s
            containers:
            - {name: c, ports: [{name: %s, containerPort: 8080}%s]}
          status: {%s}
          """
              .formatted(
                  random.nextInt(5),
                  namespace(),
                  one("web", "api", "auth"),
                  one("x", "y"),
                  one("one", "two", "three"),
                  chance(5),
                  one("http", "grpc", "main"),
                  second,
                  state));
    }

    private Resource service() {
      return read(
          """
          apiVersion: v1
          kind: Service
          metadata: {name: %s, namespace: %s}
          spec:
            selector: {app: %s}
            ports: [{name: %s, port: 80, targetPort: %s}]
          """
              .formatted(
                  one("s1", "auth"),
                  namespace(),
                  one("web", "api", "auth"),
                  one("http", "tcp", "any"),
                  one("8080", "http", "9000")));
    }

    private Resource networkPolicy() {
      return read(
          """
          apiVersion: networking.k8s.io/v1
          kind: NetworkPolicy
          metadata: {name: np%d, namespace: %s}
          spec:
            podSelector: {matchLabels: {app: %s}}
            ingress: [{from: [{podSelector: {matchLabels: {app: %s}}}], ports: [{port: %s}]}]
          """
              .formatted(
                  random.nextInt(3),
                  namespace(),
                  one("web", "api"),
                  one("web", "api"),
                  one("80", "http")));
    }

    private Resource clusterNetworkPolicy() {
      String peer =
          one("nodes: {matchLabels: {zone: a}}", "namespaces: {}", "networks: [192.168.0.0/16]");
      return read(
          """
          apiVersion: policy.networking.k8s.io/v1alpha2
          kind: ClusterNetworkPolicy
          metadata: {name: c%d}
          spec:
            tier: %s
            priority: %d
            subject: {namespaces: {}}
            egress: [{action: %s, to: [{%s}]}]
          """
              .formatted(
                  random.nextInt(3),
                  one("Admin", "Baseline"),
                  random.nextInt(3),
                  one("Accept", "Deny"),
                  peer));
    }

    private Resource node() {
      return read(
          """
          apiVersion: v1
          kind: Node
          metadata: {name: n%d, labels: {zone: %s}}
          status: {addresses: [{type: InternalIP, address: 172.16.0.%d}]}
          """
              .formatted(random.nextInt(2), one("a", "b"), 1 + random.nextInt(5)));
    }

    private Resource settings() {
      return read(
          """
          apiVersion: v1
          kind: ConfigMap
          metadata: {name: %s, namespace: istio-system}
          data:
            mesh: |
              trustDomain: %s
              pathNormalization: {normalization: %s}
              extensionProviders:
              - name: first
                envoyExtAuthzHttp: {service: auth.shop.svc.cluster.local, port: 80}
              - name: %s
                envoyExtAuthzGrpc: {service: auth.ops.svc.cluster.local, port: 80}
          """
              .formatted(
                  one("istio", "istio", "other"),
                  one("cluster.local", "td"),
                  one("BASE", "MERGE_SLASHES"),
                  one("second", "third")));
    }

    private Resource authorizationPolicy() {
      String action =
          one(
              "action: ALLOW",
              "action: DENY",
              "action: AUDIT",
              "action: CUSTOM, provider: {name: first}",
              "action: CUSTOM, provider: {name: second}");
      String whom =
          one(
              "",
              ", selector: {matchLabels: {app: %s}}".formatted(one("web", "api")),
              ", targetRefs: [{kind: Service, group: '', name: %s}]".formatted(one("s1", "auth")));
      String source =
          action.contains("CUSTOM")
              ? one("ipBlocks: [10.0.0.0/24]", "notIpBlocks: [10.0.1.0/24]")
              : one(
                  "principals: [cluster.local/ns/shop/sa/one]",
                  "principals: ['*/sa/two']",
                  "notPrincipals: ['td/ns/*']",
                  "namespaces: ['*s']",
                  "notNamespaces: ['sh*']",
                  "namespaces: [ops]",
                  "serviceAccounts: [shop/one]");
      return read(
          """
          apiVersion: security.istio.io/v1
          kind: AuthorizationPolicy
          metadata: {name: a%d, namespace: %s, annotations: {istio.io/dry-run: '%s'}}
          spec: {%s%s, rules: [{from: [{source: {%s}}], to: [{operation: {ports: ['8080']}}]}]}
          """
              .formatted(
                  random.nextInt(5),
                  chance(15) ? "istio-system" : namespace(),
                  chance(5),
                  action,
                  whom,
                  source));
    }
  }
}
