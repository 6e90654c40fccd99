package dev.weir.rest;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The real kubectl against the API. */
class KubectlTest {
  @TempDir Path folder;
  private Api api;

  @BeforeEach
  void start() throws Exception {
    if (run(List.of("sh", "-c", "command -v kubectl")).exitCode() != 0) {
      String absent = "kubectl is not on PATH: the API is NOT tested with it";
      System.err.println("SKIPPED: " + absent);
      Assumptions.abort(absent);
    }
    api = new Api(folder.resolve("state"));
    apply(Samples.namespace("shop"));
  }

  @AfterEach
  void stop() {
    if (api != null) {
      api.close();
    }
  }

  private record Result(int exitCode, String output) {}

  private Result run(List<String> command) throws IOException, InterruptedException {
    Path output = Files.createTempFile(folder, "output", ".txt");
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile());
    builder.environment().put("HOME", folder.toString());
    builder.environment().remove("KUBECONFIG");
    Process process = builder.start();
    process.getOutputStream().close();
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).as("ended in time").isTrue();
    return new Result(process.exitValue(), Files.readString(output));
  }

  private Result kubectl(String... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("kubectl", "--server", api.uri().toString()));
    command.addAll(List.of(arguments));
    return run(command);
  }

  private Result apply(String yaml) throws IOException, InterruptedException {
    Path file = Files.createTempFile(folder, "manifest", ".yaml");
    Files.write(file, yaml.getBytes(UTF_8));
    return kubectl("apply", "-f", file.toString());
  }

  @Test
  void applyCreatesThenLeavesThenChanges() throws Exception {
    String policy = Samples.policy("shop", "cart", "frontend", 8080);
    assertThat(apply(policy).output()).isEqualTo("networkpolicy.networking.k8s.io/cart created\n");
    assertThat(apply(policy).output())
        .isEqualTo("networkpolicy.networking.k8s.io/cart unchanged\n");
    assertThat(apply(policy.replace("8080", "8081")).output())
        .isEqualTo("networkpolicy.networking.k8s.io/cart configured\n");
    assertThat(kubectl("get", "netpol", "-n", "shop", "cart", "-o", "yaml").output())
        .contains("port: 8081");
  }

  @Test
  void applyTakesAwayWhatTheManifestNoLongerHas() throws Exception {
    String pod = Samples.pod("shop", "cart");
    apply(
        pod.replace(
            "            ports",
            "            env:\n            - {name: A, value: b}\n            ports"));
    apply(pod);
    Result got = kubectl("get", "pod", "-n", "shop", "cart", "-o", "jsonpath={.metadata.labels}");
    assertThat(got.output()).isEqualTo("{\"app\":\"cart\"}");
    apply(pod.replace("app: cart", "tier: back"));
    got = kubectl("get", "pod", "-n", "shop", "cart", "-o", "jsonpath={.metadata.labels}");
    assertThat(got.output()).isEqualTo("{\"tier\":\"back\"}");
  }

  @Test
  void getPrintsNamesOfAllNamespaces() throws Exception {
    apply(Samples.pod("shop", "cart"));
    assertThat(kubectl("get", "pods", "-A").output()).contains("shop", "cart");
    assertThat(kubectl("get", "po", "-n", "shop", "-o", "name").output()).isEqualTo("pod/cart\n");
    assertThat(kubectl("get", "pods", "-A", "-l", "app=other").output())
        .contains("No resources found");
  }

  @Test
  void deleteReturnsWhenItIsGone() throws Exception {
    apply(Samples.pod("shop", "cart"));
    assertThat(kubectl("delete", "pod", "-n", "shop", "cart").exitCode()).isZero();
    Result after = kubectl("get", "pod", "-n", "shop", "cart");
    assertThat(after.exitCode()).isEqualTo(1);
    assertThat(after.output()).contains("NotFound");
  }

  @Test
  void refusalReachesTheUser() throws Exception {
    Result result = apply(Samples.policy("shop", "cart", "frontend", 99999));
    assertThat(result.exitCode()).isNotZero();
    assertThat(result.output()).contains("spec.ingress[0].ports[0].port");
  }

  @Test
  void clusterPoliciesAreAppliedToo() throws Exception {
    String policy =
        """
        apiVersion: policy.networking.k8s.io/v1alpha2
        kind: ClusterNetworkPolicy
        metadata:
          name: fences
        spec:
          tier: Admin
          priority: 10
          subject:
            namespaces: {}
          ingress:
          - action: Deny
            from:
            - namespaces: {matchLabels: {env: lab}}
        """;
    assertThat(apply(policy).output())
        .isEqualTo("clusternetworkpolicy.policy.networking.k8s.io/fences created\n");
    assertThat(apply(policy.replace("Deny", "Pass")).output())
        .isEqualTo("clusternetworkpolicy.policy.networking.k8s.io/fences configured\n");
    assertThat(kubectl("get", "cnp", "fences", "-o", "yaml").output()).contains("action: Pass");
    assertThat(apply(policy.replace("priority: 10", "priority: 1001")).output())
        .contains("spec.priority");
    assertThat(kubectl("delete", "clusternetworkpolicies", "fences").exitCode()).isZero();
  }

  @Test
  void istioKindsAreAppliedToo() throws Exception {
    String policy =
        """
        apiVersion: security.istio.io/v1
        kind: AuthorizationPolicy
        metadata:
          name: read
          namespace: shop
        spec:
          action: ALLOW
          rules:
          - to:
            - operation:
                methods: [GET]
        """;
    assertThat(apply(policy).output())
        .isEqualTo("authorizationpolicy.security.istio.io/read created\n");
    assertThat(apply(policy.replace("GET", "HEAD")).output())
        .isEqualTo("authorizationpolicy.security.istio.io/read configured\n");
    assertThat(kubectl("get", "authorizationpolicies", "-n", "shop").output()).contains("read");
  }
}
