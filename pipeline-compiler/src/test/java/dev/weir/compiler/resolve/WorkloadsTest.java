package dev.weir.compiler.resolve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.collect.ImmutableList;
import dev.weir.compiler.intent.Protocol;
import dev.weir.compiler.intent.Workload;
import dev.weir.compiler.intent.Workload.Application;
import dev.weir.compiler.resource.Problem;
import dev.weir.compiler.resource.Resource;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WorkloadsTest {

  private static Resolved resolve(String... documents) {
    return Resolver.resolve(World.parse(String.join("\n---\n", documents)).resources());
  }

  private static String pod(String name, String spec, String status) {
    return "apiVersion: v1\nkind: Pod\nmetadata: {name: "
        + name
        + "}\nspec: {containers: [{name:"
        + " c}]"
        + spec
        + "}\nstatus: {"
        + status
        + "}";
  }

  @Test
  void aPodWithAnAddressIsAWorkload() {
    Workload web =
        Resolver.resolve(World.parse(World.RESOURCES).resources())
            .intent()
            .workloads()
            .get("shop/web");
    assertThat(web.namespace()).isEqualTo("shop");
    assertThat(web.serviceAccount()).isEqualTo("web");
    assertThat(web.labels()).isEqualTo(Map.of("app", "web", "tier", "front"));
    assertThat(web.namespaceLabels())
        .isEqualTo(Map.of("team", "retail", "kubernetes.io/metadata.name", "shop"));
    assertThat(web.addresses())
        .extracting(Object::toString)
        .containsExactly("10.1.0.1", "fd00::1:1");
    assertThat(web.ports())
        .containsExactly(new Workload.Port("http", Protocol.TCP, 8080, Application.HTTP));
  }

  @Test
  void podsWithoutAnAddressOfTheirOwnAreLeftOutAndNoted() {
    Resolved resolved =
        resolve(
            pod("pending", "", ""),
            pod("host", ", hostNetwork: true", "podIP: 10.9.0.1"),
            pod("done", "", "podIP: 10.1.0.9, phase: Succeeded"),
            pod("failed", "", "podIP: 10.1.0.9, phase: Failed"),
            pod("runs", "", "podIP: 10.1.0.9, phase: Running"));
    assertThat(resolved.intent().workloads().keySet()).containsExactly("default/runs");
    assertThat(resolved.notes())
        .hasSize(4)
        .anySatisfy(note -> assertThat(note).contains("Pod default/host").contains("hostNetwork"));
  }

  @Test
  void theNamespacesNameIsALabelWhateverTheUserWrote() {
    Resolved resolved =
        resolve(
            "apiVersion: v1\nkind: Namespace\n"
                + "metadata: {name: default, labels: {kubernetes.io/metadata.name: other}}",
            pod("p", "", "podIP: 10.1.0.1"));
    assertThat(resolved.intent().workloads().get("default/p").namespaceLabels())
        .isEqualTo(Map.of("kubernetes.io/metadata.name", "default"));
  }

  @Test
  void theServiceAccountIsDefaultUnlessNamed() {
    Resolved resolved =
        resolve(
            pod("a", "", "podIP: 10.1.0.1"), pod("b", ", serviceAccount: old", "podIP: 10.1.0.2"));
    assertThat(resolved.intent().workloads().get("default/a").serviceAccount())
        .isEqualTo("default");
    assertThat(resolved.intent().workloads().get("default/b").serviceAccount()).isEqualTo("old");
  }

  @Test
  void aSharedAddressIsRefused() {
    Resolved resolved = resolve(pod("a", "", "podIP: 10.1.0.1"), pod("b", "", "podIP: 10.1.0.1"));
    Problem problem = resolved.problems().getFirst();
    assertThat(problem.code()).isEqualTo("shared-address");
    assertThat(problem.resource()).isEqualTo("Pod default/b");
    assertThat(problem.path()).isEqualTo("status.podIP");
    assertThatThrownBy(resolved::intent).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void anUnknownNamespaceIsRefusedForEveryKind() {
    for (String document :
        new String[] {
          "apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: a, namespace: nowhere}",
          "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\n"
              + "metadata: {name: a, namespace: nowhere}\nspec: {podSelector: {}}",
          "apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\n"
              + "metadata: {name: a, namespace: nowhere}\nspec: {}"
        }) {
      Resolved resolved = resolve(document);
      assertThat(resolved.problems())
          .extracting(Problem::code)
          .containsExactly("unknown-namespace");
      assertThat(resolved.problems().getFirst().path()).isEqualTo("metadata.namespace");
    }
  }

  @Test
  void whatWasNotReadFromAManifestIsCheckedToo() {
    Resource good =
        World.parse("apiVersion: v1\nkind: Namespace\nmetadata: {name: a}").resources().getFirst();
    var json = good.json().deepCopy().put("nonsense", 1);
    Resource bad = new Resource(good.key(), good.apiVersion(), json);
    assertThat(Resolver.resolve(ImmutableList.of(bad)).problems())
        .extracting(Problem::code)
        .containsExactly("unknown-field");
    assertThat(Resolver.resolve(ImmutableList.of(good, good)).problems())
        .extracting(Problem::code)
        .containsExactly("duplicate-resource");
  }

  @Test
  void portsOfEveryContainerCountAndANameMeansItsFirst() {
    Resolved resolved =
        resolve(
            """
            apiVersion: v1
            kind: Pod
            metadata: {name: p}
            spec:
              containers:
              - name: a
                ports: [{name: web, containerPort: 80}, {containerPort: 81}]
              - name: b
                ports: [{name: web, containerPort: 82}]
              - name: c
                ports: [{name: web, containerPort: 83, protocol: UDP}]
              initContainers:
              - name: once
                ports: [{containerPort: 84}]
              - name: always
                restartPolicy: Always
                ports: [{name: grpc-admin, containerPort: 85}]
            status: {podIP: 10.1.0.1}
            """);
    assertThat(resolved.intent().workloads().get("default/p").ports())
        .containsExactly(
            new Workload.Port("web", Protocol.TCP, 80, Application.DETECTED),
            new Workload.Port("", Protocol.TCP, 81, Application.DETECTED),
            new Workload.Port("", Protocol.TCP, 82, Application.DETECTED),
            new Workload.Port("web", Protocol.UDP, 83, Application.OPAQUE),
            new Workload.Port("grpc-admin", Protocol.TCP, 85, Application.HTTP));
  }

  @Test
  void onePortOfTwoProtocolsIsRefused() {
    Resolved resolved =
        resolve(
            """
            apiVersion: v1
            kind: Pod
            metadata: {name: p}
            spec:
              containers:
              - name: a
                ports: [{name: http, containerPort: 80}, {name: tcp, containerPort: 80}]
            status: {podIP: 10.1.0.1}
            """);
    assertThat(resolved.problems()).extracting(Problem::code).containsExactly("port-conflict");
    assertThat(resolved.problems().getFirst().path()).isEqualTo("spec.containers");
  }

  @ParameterizedTest
  @CsvSource({
    "http, HTTP",
    "http2, HTTP",
    "grpc, HTTP",
    "grpc-web, HTTP",
    "http-api, HTTP",
    "grpc-web-x, HTTP",
    "http2-x, HTTP",
    "tcp, OPAQUE",
    "tls, OPAQUE",
    "https, OPAQUE",
    "https-admin, OPAQUE",
    "mongo, OPAQUE",
    "mysql, OPAQUE",
    "redis-main, OPAQUE",
    "udp-echo, OPAQUE",
    "udp, OPAQUE",
    "tcp-x, OPAQUE",
    "web, DETECTED",
    "'', DETECTED",
    "httpx, DETECTED",
    "api-http, DETECTED"
  })
  void thePortsNameTellsWhatItCarries(String name, Application application) {
    assertThat(Workloads.application(name)).isEqualTo(application);
  }
}
