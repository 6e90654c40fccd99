package dev.weir.rest;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ResourcesTest {
  private static final String NAMESPACES = "/api/v1/namespaces";
  private static final String PODS = "/api/v1/namespaces/shop/pods";
  private static final String POLICIES =
      "/apis/networking.k8s.io/v1/namespaces/shop/networkpolicies";

  @TempDir Path state;
  private Api api;

  @BeforeEach
  void start() throws IOException {
    api = new Api(state);
    assertThat(api.yaml("POST", NAMESPACES, Samples.namespace("shop")).status()).isEqualTo(201);
  }

  @AfterEach
  void stop() {
    api.close();
  }

  private void create(String path, String yaml) {
    Api.Answer answer = api.yaml("POST", path, yaml);
    assertThat(answer.status()).as(answer.text()).isEqualTo(201);
  }

  @Test
  void createdResourceIsServedWithWhatTheServerKnows() {
    create(PODS, Samples.pod("shop", "cart"));
    JsonNode pod = api.get(PODS + "/cart").json();
    assertThat(pod.path("kind").asText()).isEqualTo("Pod");
    assertThat(pod.path("spec").path("containers").path(0).path("image").asText())
        .isEqualTo("main");
    assertThat(pod.path("metadata").path("uid").asText()).isNotEmpty();
    assertThat(pod.path("metadata").path("resourceVersion").asText()).matches("[0-9]+");
    assertThat(pod.path("metadata").path("creationTimestamp").asText())
        .matches("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z");
  }

  @Test
  void namespaceOfThePathIsTakenWhereNoneIsNamed() {
    create(PODS, Samples.pod("shop", "cart").replace("  namespace: shop\n", ""));
    assertThat(api.get(PODS + "/cart").status()).isEqualTo(200);
  }

  @Test
  void otherNamespaceThanThePathsIsRefused() {
    Api.Answer answer = api.yaml("POST", PODS, Samples.pod("default", "cart"));
    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.cause().path("reason").asText()).isEqualTo("path-mismatch");
    assertThat(answer.cause().path("field").asText()).isEqualTo("metadata.namespace");
  }

  @Test
  void otherKindThanThePathsIsRefused() {
    Api.Answer answer = api.yaml("POST", PODS, Samples.policy("shop", "cart", "frontend", 80));
    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.cause().path("field").asText()).isEqualTo("kind");
  }

  @Test
  void secondCreationIsAConflict() {
    create(PODS, Samples.pod("shop", "cart"));
    Api.Answer answer = api.yaml("POST", PODS, Samples.pod("shop", "cart"));
    assertThat(answer.status()).isEqualTo(409);
    assertThat(answer.json().path("reason").asText()).isEqualTo("AlreadyExists");
  }

  @Test
  void replacementNeedsTheStoredVersion() {
    create(POLICIES, Samples.policy("shop", "cart", "frontend", 80));
    String version =
        api.get(POLICIES + "/cart").json().path("metadata").path("resourceVersion").asText();
    String based = "  resourceVersion: \"" + version + "\"\n  name: cart\n";
    String next = Samples.policy("shop", "cart", "frontend", 81).replace("  name: cart\n", based);
    assertThat(api.yaml("PUT", POLICIES + "/cart", next).status()).isEqualTo(200);
    Api.Answer again = api.yaml("PUT", POLICIES + "/cart", next.replace("81", "82"));
    assertThat(again.status()).isEqualTo(409);
    assertThat(again.json().path("reason").asText()).isEqualTo("Conflict");
    assertThat(port()).isEqualTo(81);
  }

  private int port() {
    return api.get(POLICIES + "/cart")
        .json()
        .path("spec")
        .path("ingress")
        .path(0)
        .path("ports")
        .path(0)
        .path("port")
        .asInt();
  }

  @Test
  void replacementOfWhatIsNotThereIsNotFound() {
    assertThat(api.yaml("PUT", PODS + "/cart", Samples.pod("shop", "cart")).status())
        .isEqualTo(404);
  }

  @Test
  void statusHasAPathOfItsOwn() {
    create(PODS, Samples.pod("shop", "cart"));
    String withStatus = Samples.pod("shop", "cart") + "status:\n  podIP: 10.77.1.1\n";
    assertThat(
            api.yaml("PUT", PODS + "/cart/status", withStatus.replace("image: main", "image: x"))
                .status())
        .isEqualTo(200);
    JsonNode pod = api.get(PODS + "/cart").json();
    assertThat(pod.path("status").path("podIP").asText()).isEqualTo("10.77.1.1");
    assertThat(pod.path("spec").path("containers").path(0).path("image").asText())
        .isEqualTo("main");
    assertThat(api.yaml("PUT", PODS + "/cart", Samples.pod("shop", "cart")).status())
        .isEqualTo(200);
    assertThat(api.get(PODS + "/cart").json().path("status").path("podIP").asText())
        .isEqualTo("10.77.1.1");
  }

  @Test
  void mergePatchChangesWhatItNames() {
    create(POLICIES, Samples.policy("shop", "cart", "frontend", 80));
    Api.Answer answer =
        api.send(
            "PATCH",
            POLICIES + "/cart",
            "application/merge-patch+json",
            "{\"metadata\":{\"labels\":{\"a\":\"b\"}}}");
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.json().path("metadata").path("labels").path("a").asText()).isEqualTo("b");
    assertThat(port()).isEqualTo(80);
  }

  @Test
  void patchThatBreaksTheResourceChangesNothing() {
    create(POLICIES, Samples.policy("shop", "cart", "frontend", 80));
    Api.Answer answer =
        api.send(
            "PATCH",
            POLICIES + "/cart",
            "application/merge-patch+json",
            "{\"spec\":{\"nonsense\":1}}");
    assertThat(answer.status()).isEqualTo(422);
    assertThat(answer.cause().path("reason").asText()).isEqualTo("unknown-field");
    assertThat(answer.cause().path("field").asText()).isEqualTo("spec.nonsense");
    assertThat(api.get(POLICIES + "/cart").json().path("spec").has("nonsense")).isFalse();
  }

  @Test
  void serverSideApplyIsRefusedClearly() {
    Api.Answer answer =
        api.send("PATCH", POLICIES + "/cart", "application/apply-patch+yaml", "a: b");
    assertThat(answer.status()).isEqualTo(415);
    assertThat(answer.cause().path("advice").asText()).contains("--server-side");
  }

  @Test
  void dryRunStoresNothing() {
    assertThat(api.yaml("POST", PODS + "?dryRun=All", Samples.pod("shop", "cart")).status())
        .isEqualTo(201);
    assertThat(api.get(PODS + "/cart").status()).isEqualTo(404);
  }

  @Test
  void deletedResourceIsGone() {
    create(PODS, Samples.pod("shop", "cart"));
    Api.Answer answer = api.send("DELETE", PODS + "/cart", "application/json", "");
    assertThat(answer.json().path("status").asText()).isEqualTo("Success");
    assertThat(api.get(PODS + "/cart").status()).isEqualTo(404);
  }

  @Test
  void withANamespaceGoesAllThatIsInIt() {
    create(PODS, Samples.pod("shop", "cart"));
    create(POLICIES, Samples.policy("shop", "cart", "frontend", 80));
    assertThat(api.send("DELETE", NAMESPACES + "/shop", "application/json", "").status())
        .isEqualTo(200);
    assertThat(api.get("/api/v1/pods").json().path("items")).isEmpty();
    assertThat(api.get("/apis/networking.k8s.io/v1/networkpolicies").json().path("items"))
        .isEmpty();
  }

  @Test
  void listsAreOfANamespaceOrOfAll() {
    create(NAMESPACES, Samples.namespace("ops"));
    create(PODS, Samples.pod("shop", "cart"));
    create("/api/v1/namespaces/ops/pods", Samples.pod("ops", "auditor"));
    assertThat(api.get(PODS).json().path("items")).hasSize(1);
    JsonNode all = api.get("/api/v1/pods").json();
    assertThat(all.path("kind").asText()).isEqualTo("PodList");
    assertThat(all.path("items")).hasSize(2);
    assertThat(api.get("/api/v1/pods?labelSelector=app%3Dcart").json().path("items")).hasSize(1);
    assertThat(api.get("/api/v1/pods?labelSelector=app%21%3Dcart").json().path("items")).hasSize(1);
    assertThat(api.get("/api/v1/pods?labelSelector=other").json().path("items")).isEmpty();
    assertThat(api.get("/api/v1/pods?fieldSelector=metadata.name%3Dauditor").json().path("items"))
        .hasSize(1);
  }

  @Test
  void selectorThatIsNotUnderstoodIsRefused() {
    Api.Answer answer = api.get("/api/v1/pods?fieldSelector=status.phase%3DRunning");
    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.cause().path("reason").asText()).isEqualTo("unsupported-selector");
  }

  @Test
  void discoveryNamesEveryKind() {
    assertThat(api.get("/api").json().path("versions").path(0).asText()).isEqualTo("v1");
    assertThat(api.get("/apis").json().path("groups")).hasSize(3);
    JsonNode core = api.get("/api/v1").json();
    assertThat(core.path("kind").asText()).isEqualTo("APIResourceList");
    assertThat(core.path("resources").findValuesAsText("name"))
        .containsExactly(
            "namespaces",
            "nodes",
            "nodes/status",
            "pods",
            "pods/status",
            "serviceaccounts",
            "services",
            "services/status",
            "configmaps");
    assertThat(
            api.get("/apis/policy.networking.k8s.io/v1alpha2")
                .json()
                .path("resources")
                .findValuesAsText("name"))
        .containsExactly("clusternetworkpolicies", "clusternetworkpolicies/status");
    assertThat(
            api.get("/apis/security.istio.io/v1").json().path("resources").findValuesAsText("name"))
        .containsExactly("authorizationpolicies");
  }

  @Test
  void resourcesOutliveTheServer() throws IOException {
    create(PODS, Samples.pod("shop", "cart"));
    api.close();
    api = new Api(state);
    assertThat(api.get(PODS + "/cart").status()).isEqualTo(200);
  }
}
