package dev.weir.compiler.resource;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ManifestTest {

  private static final String NAMESPACE =
      """
      apiVersion: v1
      kind: Namespace
      metadata: {name: %s}
      """;

  private static Parsed yaml(String text) {
    return Manifest.read(text.getBytes(StandardCharsets.UTF_8), false);
  }

  private static Parsed json(String text) {
    return Manifest.read(text.getBytes(StandardCharsets.UTF_8), true);
  }

  private static String namespaces(int count) {
    return IntStream.range(0, count)
        .mapToObj(i -> NAMESPACE.formatted("n" + i))
        .collect(Collectors.joining("---\n"));
  }

  @Test
  void everyDocumentIsRead() {
    Parsed parsed = yaml(namespaces(9));
    assertThat(parsed.problems()).isEmpty();
    assertThat(parsed.resources())
        .extracting(each -> each.key().name())
        .containsExactly("n0", "n1", "n2", "n3", "n4", "n5", "n6", "n7", "n8");
  }

  @Test
  void markersCommentsAndEmptyDocumentsAreTaken() {
    Parsed parsed =
        yaml(
            "# a file\n--- # first\n"
                + NAMESPACE.formatted("a")
                + "---\n# nothing\n---\r\n"
                + NAMESPACE.formatted("b").replace("\n", "\r\n")
                + "...\n");
    assertThat(parsed.problems()).isEmpty();
    assertThat(parsed.resources()).extracting(each -> each.key().name()).containsExactly("a", "b");
  }

  @Test
  void aMarkerWithinABlockOfTextIsNone() {
    Parsed parsed =
        yaml(
            """
            apiVersion: v1
            kind: Namespace
            metadata:
              name: a
              annotations:
                note: |
                  above
                  ---
                  below
            """);
    assertThat(parsed.problems()).isEmpty();
    assertThat(parsed.resources()).hasSize(1);
  }

  @Test
  void oneBrokenDocumentAmongNineIsNamedAndTheOthersAreRead() {
    String broken = "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: [x\n";
    String text =
        namespaces(6)
            + "---\n"
            + broken
            + "---\n"
            + NAMESPACE.formatted("y")
            + "---\n"
            + NAMESPACE.formatted("z");
    Parsed parsed = yaml(text);
    assertThat(parsed.resources()).hasSize(8);
    assertThat(parsed.problems()).hasSize(1);
    Problem problem = parsed.problems().getFirst();
    assertThat(problem.code()).isEqualTo("broken-yaml");
    assertThat(problem.document()).isEqualTo(6);
    // Six documents of three lines with five markers between them, a marker, three lines and the
    // one where the list should have ended.
    assertThat(problem.message()).startsWith("document 7, line 29: ");
    assertThat(problem.advice()).isNotEmpty();
  }

  @Test
  void aFaultyDocumentIsNamedAndTheOthersAreRead() {
    Parsed parsed =
        yaml(
            NAMESPACE.formatted("a")
                + "---\nkind: Nonsense\napiVersion: v1\n---\n"
                + NAMESPACE.formatted("b"));
    assertThat(parsed.resources()).hasSize(2);
    assertThat(parsed.problems()).hasSize(1);
    assertThat(parsed.problems().getFirst().document()).isEqualTo(1);
    assertThat(parsed.problems().getFirst().code()).isEqualTo("unknown-kind");
    assertThat(parsed.problems().getFirst().path()).isEqualTo("kind");
  }

  @Test
  void listsAreUnfolded() {
    String list =
        """
        apiVersion: v1
        kind: List
        metadata: {resourceVersion: ""}
        items:
        - apiVersion: v1
          kind: Namespace
          metadata: {name: a}
        - apiVersion: v1
          kind: Namespace
          metadata: {name: b, labels: {tier: [front]}}
        """;
    Parsed parsed = yaml(list);
    assertThat(parsed.resources()).extracting(each -> each.key().name()).containsExactly("a");
    assertThat(parsed.problems())
        .extracting(Problem::path)
        .containsExactly("items[1].metadata.labels[tier]");
    assertThat(parsed.problems().getFirst().resource()).isEqualTo("Namespace b");
  }

  @Test
  void namespacedResourcesWithoutANamespaceAreInDefault() {
    Parsed parsed = yaml("apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: cart}\n");
    Resource account = parsed.resources().getFirst();
    assertThat(account.key()).isEqualTo(new ResourceKey("ServiceAccount", "default", "cart"));
    assertThat(account.json().path("metadata").path("namespace").asText()).isEqualTo("default");
  }

  @Test
  void fieldsWithoutAValueAreLeftOutWhereTheyMeanNothing() {
    Parsed parsed =
        yaml("apiVersion: v1\nkind: Namespace\nmetadata: {name: a, creationTimestamp: null}\n");
    assertThat(parsed.problems()).isEmpty();
    assertThat(parsed.resources().getFirst().json().path("metadata").has("creationTimestamp"))
        .isFalse();
  }

  @Test
  void jsonIsReadStrictly() {
    assertThat(
            json("{\"apiVersion\":\"v1\",\"kind\":\"Namespace\",\"metadata\":{\"name\":\"a\"}}")
                .resources())
        .hasSize(1);
    assertThat(json("{\"apiVersion\":\"v1\",\"kind\":\"Namespace\",\"kind\":\"Pod\"}").problems())
        .extracting(Problem::code)
        .containsExactly("duplicate-field");
    assertThat(json("{\"apiVersion\":\"v1\"").problems())
        .extracting(Problem::code)
        .containsExactly("broken-json");
    assertThat(json("{} {}").problems()).extracting(Problem::code).containsExactly("broken-json");
    assertThat(json("[".repeat(100_000)).problems())
        .extracting(Problem::code)
        .containsExactly("broken-json");
    assertThat(json("[1]").problems()).extracting(Problem::code).containsExactly("wrong-type");
  }

  @Test
  void onlyUtf8IsText() {
    Parsed parsed = Manifest.read(new byte[] {'a', ':', ' ', (byte) 0xe9}, false);
    assertThat(parsed.problems()).extracting(Problem::code).containsExactly("broken-encoding");
  }

  @Test
  void duplicateFieldsAreRefusedAtAnyDepth() {
    Parsed parsed =
        yaml("apiVersion: v1\nkind: Namespace\nmetadata:\n  name: a\n  labels: {a: b, a: c}\n");
    Problem problem = parsed.problems().getFirst();
    assertThat(problem.code()).isEqualTo("duplicate-field");
    assertThat(problem.path()).isEqualTo("metadata.labels.a");
    assertThat(problem.message()).startsWith("line 5: ");
  }

  @Test
  void aResourceStandsOnce() {
    Parsed parsed = yaml(NAMESPACE.formatted("a") + "---\n" + NAMESPACE.formatted("a"));
    assertThat(parsed.resources()).hasSize(1);
    assertThat(parsed.problems()).extracting(Problem::code).containsExactly("duplicate-resource");
    assertThat(parsed.problems().getFirst().document()).isEqualTo(1);
  }

  @Test
  void aliasesAreReadWithinBounds() {
    Parsed parsed =
        yaml(
            """
            apiVersion: v1
            kind: Namespace
            metadata:
              name: a
              labels: &labels {tier: front}
              annotations: *labels
            """);
    assertThat(parsed.problems()).isEmpty();
    assertThat(parsed.resources().getFirst().json().path("metadata").path("annotations"))
        .hasSize(1);
    StringBuilder bomb = new StringBuilder("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for (int i = 1; i < 12; i++) {
      bomb.append("a").append(i).append(": &a").append(i).append(" [");
      bomb.append(("*a" + (i - 1) + ", ").repeat(9)).append("*a").append(i - 1).append("]\n");
    }
    Problem problem = yaml(bomb.toString()).problems().getFirst();
    assertThat(problem.code()).isEqualTo("broken-yaml");
    assertThat(problem.message()).contains("aliases expand");
    assertThat(yaml("a: &a [*a]\n").problems().getFirst().code()).isEqualTo("broken-yaml");
    assertThat(yaml("a: *b\n").problems().getFirst().code()).isEqualTo("broken-yaml");
  }

  @Test
  void deepNestingIsRefused() {
    assertThat(yaml("a: " + "[".repeat(5000)).problems())
        .extracting(Problem::code)
        .containsExactly("broken-yaml");
  }

  @Test
  void valuesThatReadersOfYamlDisagreeOnAreRefused() {
    for (String value : new String[] {"0800", "010", "0x1F", "1_000", "12:30", ".inf"}) {
      Parsed parsed =
          yaml("apiVersion: v1\nkind: Namespace\nmetadata: {name: a, labels: {v: " + value + "}}");
      assertThat(parsed.problems()).extracting(Problem::code).containsExactly("ambiguous-value");
      assertThat(parsed.problems().getFirst().path()).isEqualTo("metadata.labels.v");
    }
    for (String value : new String[] {"yes", "1.0", "1e3", "7"}) {
      Parsed parsed =
          yaml("apiVersion: v1\nkind: Namespace\nmetadata: {name: a, labels: {v: " + value + "}}");
      assertThat(parsed.problems()).extracting(Problem::code).containsExactly("wrong-type");
      assertThat(parsed.problems().getFirst().advice()).contains("quote it");
    }
    for (String value : new String[] {"'0800'", "\"yes\"", "v1.0", "!!str 7", "1.2.3"}) {
      assertThat(
              yaml("apiVersion: v1\nkind: Namespace\nmetadata: {name: a, labels: {v: "
                      + value
                      + "}}")
                  .problems())
          .isEmpty();
    }
  }

  @Test
  void tagsAndMergeKeysAreRefused() {
    assertThat(yaml("a: !!binary aGk=\n").problems().getFirst().code()).isEqualTo("broken-yaml");
    assertThat(yaml("a: !java.net.URL [x]\n").problems().getFirst().code())
        .isEqualTo("broken-yaml");
    assertThat(yaml("a: &a {b: c}\nd: {<<: *a}\n").problems().getFirst().code())
        .isEqualTo("broken-yaml");
  }
}
