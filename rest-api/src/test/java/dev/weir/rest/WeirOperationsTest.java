package dev.weir.rest;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WeirOperationsTest {
  @TempDir Path state;
  private Api api;

  @BeforeEach
  void start() throws IOException {
    api = new Api(state);
  }

  @AfterEach
  void stop() {
    api.close();
  }

  /** A namespace and eight policies: nine documents. */
  private static List<String> nine() {
    List<String> documents = new ArrayList<>(List.of(Samples.namespace("shop")));
    for (int i = 1; i <= 8; i++) {
      documents.add(Samples.policy("shop", "p" + i, "frontend", 8000 + i));
    }
    return documents;
  }

  private Api.Answer apply(List<String> documents) {
    return api.yaml("POST", "/weir/v1/apply", String.join("---\n", documents));
  }

  private void nothingIsStored() {
    assertThat(api.get("/api/v1/namespaces").json().path("items")).isEmpty();
    assertThat(api.get("/apis/networking.k8s.io/v1/networkpolicies").json().path("items"))
        .isEmpty();
  }

  @Test
  void manyDocumentsAreAppliedWithAReportOfEach() {
    Api.Answer answer = apply(nine());
    assertThat(answer.status()).as(answer.text()).isEqualTo(200);
    JsonNode documents = answer.json().path("documents");
    assertThat(documents).hasSize(9);
    assertThat(documents.path(0).path("kind").asText()).isEqualTo("Namespace");
    assertThat(documents.path(8).path("document").asInt()).isEqualTo(9);
    assertThat(documents.findValuesAsText("result")).containsOnly("created");
    assertThat(apply(nine()).json().path("documents").findValuesAsText("result"))
        .containsOnly("unchanged");
  }

  @Test
  void brokenYamlInTheSeventhOfNineDocumentsIsNamedAndNothingIsApplied() {
    List<String> documents = nine();
    documents.set(6, "apiVersion: v1\nkind: [\n");
    Api.Answer answer = apply(documents);
    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.json().path("message").asText()).contains("document 7");
    assertThat(answer.cause().path("document").asInt()).isEqualTo(7);
    assertThat(answer.cause().path("reason").asText()).isEqualTo("broken-yaml");
    assertThat(answer.cause().path("advice").asText()).isNotEmpty();
    nothingIsStored();
  }

  @Test
  void everyWrongDocumentIsNamedWithTheFieldsPath() {
    List<String> documents = nine();
    documents.set(2, documents.get(2).replace("port: 8002", "port: 99999"));
    documents.set(4, documents.get(4).replace("kind: NetworkPolicy", "kind: NetworkPolitics"));
    Api.Answer answer = apply(documents);
    assertThat(answer.status()).isEqualTo(422);
    JsonNode causes = answer.json().path("details").path("causes");
    assertThat(causes.findValuesAsText("document")).containsExactly("3", "5");
    assertThat(causes.findValuesAsText("reason")).containsExactly("bad-port", "unknown-kind");
    assertThat(causes.path(0).path("path").asText()).isEqualTo("spec.ingress[0].ports[0].port");
    nothingIsStored();
  }

  @Test
  void problemThatOnlyTheWholeShowsNamesTheDocument() {
    Api.Answer answer = apply(List.of(Samples.namespace("shop"), Samples.pod("nowhere", "cart")));
    assertThat(answer.status()).isEqualTo(422);
    assertThat(answer.cause().path("reason").asText()).isEqualTo("unknown-namespace");
    assertThat(answer.cause().path("document").asInt()).isEqualTo(2);
    nothingIsStored();
  }

  @Test
  void dryRunChecksAndStoresNothing() {
    Api.Answer answer =
        api.yaml("POST", "/weir/v1/apply?dryRun=true", String.join("---\n", nine()));
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.json().path("dryRun").asBoolean()).isTrue();
    nothingIsStored();
  }

  @Test
  void waitingTellsWhatIsLacking() {
    Api.Answer answer = api.yaml("POST", "/weir/v1/apply?wait=1s", Samples.namespace("shop"));
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.json().path("inForce").asBoolean()).isFalse();
    assertThat(answer.json().path("targets").path(0).path("lacking").asText()).isNotEmpty();
  }

  @Test
  void aListIsAppliedItemByItem() {
    String list =
        "{\"apiVersion\":\"v1\",\"kind\":\"List\",\"items\":[{\"apiVersion\":\"v1\","
            + "\"kind\":\"Namespace\",\"metadata\":{\"name\":\"shop\"}}]}";
    Api.Answer answer = api.send("POST", "/weir/v1/apply", "application/json", list);
    assertThat(answer.status()).as(answer.text()).isEqualTo(200);
    assertThat(answer.json().path("documents")).hasSize(1);
  }

  @Test
  void emptyBodyIsRefused() {
    Api.Answer answer = api.yaml("POST", "/weir/v1/apply", "# nothing\n");
    assertThat(answer.status()).isEqualTo(400);
    assertThat(answer.cause().path("reason").asText()).isEqualTo("no-document");
  }

  @Test
  void deletionReportsWhatWasNotThere() {
    apply(nine());
    String body =
        String.join(
            "---\n",
            Samples.policy("shop", "p1", "frontend", 8001),
            Samples.policy("shop", "p99", "frontend", 8001));
    Api.Answer answer = api.yaml("POST", "/weir/v1/delete", body);
    assertThat(answer.json().path("documents").findValuesAsText("result"))
        .containsExactly("deleted", "absent");
    assertThat(api.get("/apis/networking.k8s.io/v1/networkpolicies").json().path("items"))
        .hasSize(7);
  }

  @Test
  void podsKeepTheStatusThatTheirManifestsDoNotName() {
    apply(List.of(Samples.namespace("shop"), Samples.pod("shop", "cart")));
    api.yaml(
        "PUT",
        "/api/v1/namespaces/shop/pods/cart/status",
        Samples.pod("shop", "cart") + "status:\n  podIP: 10.77.1.1\n");
    Api.Answer again = apply(List.of(Samples.namespace("shop"), Samples.pod("shop", "cart")));
    assertThat(again.json().path("documents").path(1).path("result").asText())
        .isEqualTo("unchanged");
    assertThat(
            api.get("/api/v1/namespaces/shop/pods/cart")
                .json()
                .path("status")
                .path("podIP")
                .asText())
        .isEqualTo("10.77.1.1");
  }

  @Test
  void otherContentTypesAreRefused() {
    Api.Answer answer =
        api.send("POST", "/weir/v1/apply", "application/x-www-form-urlencoded", "a=b");
    assertThat(answer.status()).isEqualTo(415);
    assertThat(answer.cause().path("reason").asText()).isEqualTo("unsupported-media-type");
  }

  @Test
  void badParametersAreRefused() {
    assertThat(api.yaml("POST", "/weir/v1/apply?wait=soon", Samples.namespace("a")).status())
        .isEqualTo(400);
    assertThat(api.yaml("POST", "/weir/v1/apply?dryRun=maybe", Samples.namespace("a")).status())
        .isEqualTo(400);
    assertThat(api.get("/api/v1/namespaces").json().path("items")).isEmpty();
  }

  @Test
  void fabricIsCheckedWithPaths() {
    Api.Answer answer =
        api.send("PUT", "/weir/v1/fabric", "application/json", "{\"switch\":{\"nmae\":\"s1\"}}");
    assertThat(answer.status()).isEqualTo(422);
    assertThat(answer.json().path("details").path("causes").findValuesAsText("path"))
        .contains("switch.nmae");
  }

  @Test
  void withoutAFabricThereIsNothingToExplain() {
    Api.Answer answer =
        api.send(
            "POST",
            "/weir/v1/explain",
            "application/json",
            "{\"from\":\"shop/a\",\"to\":\"shop/b\",\"port\":80}");
    assertThat(answer.status()).isEqualTo(409);
    assertThat(answer.cause().path("reason").asText()).isEqualTo("no-placement");
  }

  @Test
  void healthAndReadinessDiffer() {
    assertThat(api.get("/healthz").status()).isEqualTo(200);
    assertThat(api.get("/livez").status()).isEqualTo(200);
    assertThat(api.get("/readyz").status()).isEqualTo(503);
  }

  @Test
  void everyOperationOfTheOpenApiDocumentIsServedAndNoOther() throws IOException {
    Api.Answer document = api.get("/weir/v1/openapi");
    JsonNode openapi = new YAMLMapper().readTree(document.text());
    List<String> described = new ArrayList<>();
    for (Map.Entry<String, JsonNode> path : openapi.path("paths").properties()) {
      path.getValue()
          .fieldNames()
          .forEachRemaining(
              method -> described.add(method.toUpperCase(Locale.ROOT) + " " + path.getKey()));
    }
    for (String operation : described) {
      String[] parts = operation.split(" ", 2);
      int status = api.send(parts[0], parts[1], "application/json", "").status();
      assertThat(status).as(operation).isNotIn(404, 405, 500);
    }
    assertThat(described)
        .containsExactlyInAnyOrderElementsOf(
            Routes.of(null).stream()
                .filter(route -> route.template().startsWith("/weir/v1/"))
                .map(route -> route.method() + " " + route.template())
                .toList());
  }

  @Test
  void referencesOfTheOpenApiDocumentLead() throws IOException {
    JsonNode openapi = new YAMLMapper().readTree(api.get("/weir/v1/openapi").text());
    List<String> references = openapi.findValuesAsText("$ref");
    assertThat(references).isNotEmpty();
    for (String reference : references) {
      assertThat(openapi.at(reference.substring(1)).isMissingNode()).as(reference).isFalse();
    }
  }
}
