package dev.weir.app.offline;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.weir.app.Main;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

class OfflineTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Path SHOP = Path.of("../examples/shop");

  private static final String MESH =
      """
      apiVersion: v1
      kind: Namespace
      metadata: {name: a}
      ---
      apiVersion: v1
      kind: Pod
      metadata: {name: client, namespace: a}
      spec: {containers: [{name: c, image: i}]}
      status: {podIP: "2001:db8::1", podIPs: [{ip: "2001:db8::1"}, {ip: 10.0.0.1}]}
      ---
      apiVersion: v1
      kind: Pod
      metadata: {name: server, namespace: a, labels: {app: server}}
      spec: {containers: [{name: c, image: i, ports: [{name: http, containerPort: 80}]}]}
      status: {podIP: 10.0.0.2, podIPs: [{ip: 10.0.0.2}, {ip: "2001:db8::2"}]}
      ---
      apiVersion: security.istio.io/v1
      kind: AuthorizationPolicy
      metadata: {name: server, namespace: a}
      spec:
        selector: {matchLabels: {app: server}}
        rules: [{to: [{operation: {methods: [GET]}}]}]
      """;

  /** Only IPv6 may come in. */
  private static final String IPV6_ONLY =
      """
      ---
      apiVersion: networking.k8s.io/v1
      kind: NetworkPolicy
      metadata: {name: server, namespace: a}
      spec:
        podSelector: {matchLabels: {app: server}}
        ingress: [{from: [{ipBlock: {cidr: "2001:db8::/32"}}]}]
      """;

  @TempDir private Path folder;
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  private int run(String... arguments) {
    CommandLine commandLine = Main.commandLine();
    commandLine.setOut(new PrintWriter(out, true));
    commandLine.setErr(new PrintWriter(err, true));
    return commandLine.execute(arguments);
  }

  private JsonNode answer(String... arguments) throws IOException {
    out.getBuffer().setLength(0);
    assertThat(run(arguments)).as(err.toString()).isZero();
    return JSON.readTree(out.toString());
  }

  private Path write(String name, String content) throws IOException {
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    return Files.writeString(file, content);
  }

  @ParameterizedTest
  @ValueSource(strings = {"weir", "weir_basic", "weir_compact"})
  void sampleMeshIsDecidedAsExpectedByPlacementAndReference(String pipeline) throws IOException {
    ArrayNode probes = JSON.createArrayNode();
    List<JsonNode> expected = new ArrayList<>();
    JsonNode file = JSON.readTree(SHOP.resolve("expectations.json").toFile());
    for (JsonNode line : file.path("expectations")) {
      if (line.path("from").asText().contains("/") && line.path("to").asText().contains("/")) {
        probes.add(probe(line));
        expected.add(line);
      }
    }
    String asked = write("asked.json", JSON.writeValueAsString(probes)).toString();
    JsonNode placed =
        answer("decide", "-f", SHOP.toString(), "--probes", asked, "--pipeline", pipeline);
    JsonNode standards = answer("decide", "-f", SHOP.toString(), "--probes", asked, "--reference");
    assertThat(expected).hasSizeGreaterThan(30);
    assertThat(placed).hasSize(expected.size());
    assertThat(standards).hasSize(expected.size());
    for (int i = 0; i < expected.size(); i++) {
      JsonNode line = expected.get(i);
      String verdict = line.path("outcome").asText().equals("reaches") ? "allow" : "deny";
      JsonNode special = line.path("onPipeline").path(pipeline).path("tier");
      JsonNode tier = special.isMissingNode() ? line.path("tier") : special;
      assertThat(placed.get(i).path("verdict").asText()).as("%s", line).isEqualTo(verdict);
      assertThat(placed.get(i).path("tier")).as("%s", line).isEqualTo(tier);
      assertThat(standards.get(i).path("verdict").asText()).as("%s", line).isEqualTo(verdict);
    }
  }

  private static ObjectNode probe(JsonNode line) {
    String protocol = line.path("protocol").asText();
    ObjectNode probe =
        JSON.createObjectNode()
            .put("from", line.path("from").asText())
            .put("to", line.path("to").asText())
            .put("protocol", protocol.equals("http") ? "TCP" : protocol.toUpperCase(Locale.ROOT))
            .put("port", line.path("port").asInt());
    if (protocol.equals("http")) {
      probe
          .putObject("request")
          .put("method", line.path("method").asText())
          .put("host", "example.test")
          .put("path", line.path("path").asText());
    }
    return probe;
  }

  @Test
  void eachSubfolderIsACaseOfItsOwn() throws IOException {
    String probe =
        """
        [{"from": "a/client", "to": "a/server", "protocol": "TCP", "port": 80,
          "request": {"method": "%s", "path": "/"}},
         {"from": "a/client", "to": "a/server", "protocol": "TCP", "port": 80}]
        """;
    write("one/mesh.yaml", MESH);
    write("one/probes.json", probe.formatted("GET"));
    write("two/mesh.yaml", MESH);
    write("two/probes.json", probe.formatted("POST"));
    write("other/mesh.yaml", "no case");
    for (String by : List.of("--pipeline=weir", "--reference")) {
      JsonNode answers = answer("decide", "-f", folder.toString(), "--each", by);
      assertThat(answers.fieldNames()).toIterable().containsExactly("one", "two");
      assertThat(answers.at("/one/0/verdict").asText()).as(by).isEqualTo("allow");
      assertThat(answers.at("/one/1/verdict").asText()).as(by).isEqualTo("depends");
      assertThat(answers.at("/two/0/verdict").asText()).as(by).isEqualTo("deny");
    }
  }

  @Test
  void aRefusedCaseLeavesTheOthersTheirAnswers() throws IOException {
    write("bad/mesh.yaml", MESH.replace("methods", "mehtods"));
    write("bad/probes.json", "[]");
    write("good/mesh.yaml", MESH);
    write("good/probes.json", "[]");
    assertThat(run("decide", "-f", folder.toString(), "--each")).isEqualTo(1);
    JsonNode answers = JSON.readTree(out.toString());
    assertThat(answers.at("/bad/problems/0/code").asText()).isEqualTo("unknown-field");
    assertThat(answers.at("/good").isArray()).isTrue();
  }

  @Test
  void aNameMeansTheAddressOfTheClientsFirstFamilyThatBothEndsHave() throws IOException {
    write("mesh/mesh.yaml", MESH + IPV6_ONLY);
    String probes =
        write(
                "probes.json",
                """
                [{"from": "a/client", "to": "a/server", "protocol": "TCP", "port": 80,
                  "request": {"method": "GET"}},
                 {"from": "10.0.0.1", "to": "a/server", "protocol": "TCP", "port": 80,
                  "request": {"method": "GET"}}]
                """)
            .toString();
    for (String by : List.of("--pipeline=weir", "--reference")) {
      JsonNode answers =
          answer("decide", "-f", folder.resolve("mesh").toString(), "--probes", probes, by);
      assertThat(answers.findValuesAsText("verdict")).as(by).containsExactly("allow", "deny");
    }
  }

  /** One address with several identities and with none: each probe is answered as it asks. */
  @ParameterizedTest
  @ValueSource(strings = {"--pipeline=weir", "--pipeline=weir_basic", "--reference"})
  void aPrincipalIsTheIdentityOfAPeerThatIsNoPod(String by) throws IOException {
    write(
        "mesh/mesh.yaml",
        MESH
            + """
            ---
            apiVersion: security.istio.io/v1
            kind: AuthorizationPolicy
            metadata: {name: partners, namespace: a}
            spec:
              action: DENY
              rules:
              - from: [{source: {notPrincipals: ["partner.test/ns/b/sa/*", "*/ns/a/sa/default"]}}]
              - from: [{source: {trustDomains: ["partner.*"]}}]
                to: [{operation: {paths: [/internal]}}]
            """);
    StringBuilder probes = new StringBuilder();
    for (String[] peer :
        new String[][] {
          {"192.0.2.1", "", "/"},
          {"192.0.2.1", "partner.test/ns/b/sa/shop", "/"},
          {"192.0.2.1", "spiffe://partner.test/ns/b/sa/shop", "/internal"},
          {"192.0.2.1", "stranger.test/ns/b/sa/shop", "/"},
          {"10.0.0.1", "stranger.test/ns/b/sa/shop", "/"}
        }) {
      probes
          .append(probes.isEmpty() ? "[" : ", ")
          .append("{\"from\": \"" + peer[0] + "\", \"to\": \"a/server\", \"protocol\": \"TCP\",")
          .append(peer[1].isEmpty() ? "" : "\"principal\": \"" + peer[1] + "\",")
          .append(
              "\"port\": 80, \"request\": {\"method\": \"GET\", \"path\": \"" + peer[2] + "\"}}");
    }
    String file = write("probes.json", probes + "]").toString();
    JsonNode answers =
        answer("decide", "-f", folder.resolve("mesh").toString(), "--probes", file, by);
    assertThat(answers.findValuesAsText("verdict"))
        .containsExactly("deny", "allow", "deny", "deny", "allow");
  }

  /** The whole policy is at the sidecar, and no request changes what becomes of the connection. */
  @Test
  void withoutRequestWhatDependsOnNoneIsDecided() throws IOException {
    String probes =
        write(
                "probes.json",
                """
                [{"from": "shop/orders", "to": "shop/payments", "protocol": "TCP", "port": 8080},
                 {"from": "shop/frontend", "to": "shop/orders", "protocol": "TCP", "port": 8080}]
                """)
            .toString();
    JsonNode answers =
        answer("decide", "-f", SHOP.toString(), "--probes", probes, "--pipeline", "weir_basic");
    assertThat(answers.findValuesAsText("verdict")).containsExactly("allow", "depends");
    assertThat(answers.findValuesAsText("tier")).containsExactly("sidecar", "sidecar");
  }

  @Test
  void refusedManifestsAreNamedByCodeAndPath() throws IOException {
    write("mesh.yaml", MESH.replace("methods", "mehtods"));
    write("probes.json", "[]");
    for (String command : List.of("compile", "decide")) {
      err.getBuffer().setLength(0);
      List<String> arguments = new ArrayList<>(List.of(command, "-f", folder.toString()));
      if (command.equals("decide")) {
        arguments.addAll(List.of("--probes", folder.resolve("probes.json").toString()));
      }
      assertThat(run(arguments.toArray(String[]::new))).isEqualTo(1);
      assertThat(err.toString())
          .contains("spec.rules[0].to[0].operation.mehtods", "[unknown-field]", "document 4");
    }
  }

  @Test
  void refusedProbesAreNamedByPath() throws IOException {
    write("mesh.yaml", MESH);
    for (String by : List.of("--pipeline=weir", "--reference")) {
      assertRefused(by, "\"from\": \"a/nobody\"", "probes[0].from");
      assertRefused(by, "\"from\": \"a/client\", \"colour\": 1", "probes[0].colour");
      assertRefused(by, "\"from\": 7", "probes[0].from");
    }
  }

  private void assertRefused(String by, String from, String path) throws IOException {
    String probes =
        write(
                "probes.json",
                "[{" + from + ", \"to\": \"a/server\", \"protocol\": \"TCP\", \"port\": 80}]")
            .toString();
    err.getBuffer().setLength(0);
    assertThat(run("decide", "-f", folder.toString(), "--probes", probes, by)).isEqualTo(1);
    assertThat(err.toString()).contains(path, "[bad-probe]");
  }

  @Test
  void callingItWronglyIsExitCodeTwo() {
    String shop = SHOP.toString();
    assertThat(run("compile")).isEqualTo(2);
    assertThat(run("compile", "-f", shop, "--pipeline", "none")).isEqualTo(2);
    assertThat(run("decide", "-f", shop)).isEqualTo(2);
    assertThat(run("decide", "-f", shop, "--each", "--probes", "p.json")).isEqualTo(2);
  }

  @ParameterizedTest
  @ValueSource(strings = {"weir", "weir_basic", "weir_compact"})
  void compileReportsTablesReasonsAndAHoldingCertificate(String pipeline) throws IOException {
    JsonNode report =
        answer("compile", "-f", SHOP.toString(), "--pipeline", pipeline, "-o", "json");
    assertThat(report.path("pipeline").asText()).isEqualTo(pipeline);
    assertThat(report.at("/certificate/holds").asBoolean()).isTrue();
    for (JsonNode table : report.path("tables")) {
      assertThat(table.path("entries")).hasSize(table.path("count").asInt());
      assertThat(table.path("count").asLong()).isLessThanOrEqualTo(table.path("capacity").asLong());
    }
    assertThat(report.path("rules"))
        .isNotEmpty()
        .noneMatch(rule -> rule.path("reason").asText().isEmpty());
    assertThat(report.at("/sidecars/0/listeners")).isNotEmpty();
    for (String side : List.of("source", "destination")) {
      JsonNode codes = report.path("codes").path(side);
      assertThat(codes.path("bits").asInt()).isBetween(1, codes.path("width").asInt());
    }
  }

  @Test
  void compilePrintsForPeople() {
    assertThat(run("compile", "-f", SHOP.toString())).isZero();
    assertThat(out.toString())
        .contains("ingress_policy", "CAPACITY", "needs-request", "shop/orders")
        .contains("certificate: holds");
  }

  /** 200 ports each; weir_basic's tables have room for 256 entries. */
  private void twoLargePolicies() throws IOException {
    StringBuilder ports = new StringBuilder();
    for (int i = 0; i < 200; i++) {
      ports.append(i == 0 ? "" : ", ").append("{port: ").append(1000 + 2 * i).append("}");
    }
    StringBuilder manifests = new StringBuilder(MESH);
    for (String name : List.of("x", "y")) {
      manifests.append(
          """
          ---
          apiVersion: networking.k8s.io/v1
          kind: NetworkPolicy
          metadata: {name: %s, namespace: a}
          spec:
            podSelector: {matchLabels: {app: %s}}
            ingress: [{ports: [%s]}]
          ---
          apiVersion: v1
          kind: Pod
          metadata: {name: %s, namespace: a, labels: {app: %s}}
          spec: {containers: [{name: c, image: i, ports: [{name: http, containerPort: 1000}]}]}
          status: {podIP: %s, podIPs: [{ip: %s}]}
          """
              .formatted(
                  name,
                  name,
                  ports,
                  name,
                  name,
                  name.equals("x") ? "10.0.0.3" : "10.0.0.4",
                  name.equals("x") ? "10.0.0.3" : "10.0.0.4"));
    }
    Files.writeString(folder.resolve("mesh.yaml"), manifests);
  }

  private List<String> spilled(Path traffic) throws IOException {
    JsonNode report =
        answer(
            "compile",
            "-f",
            folder.resolve("mesh.yaml").toString(),
            "--pipeline",
            "weir_basic",
            "--traffic",
            traffic.toString(),
            "-o",
            "json");
    List<String> spilled = new ArrayList<>();
    report
        .path("rules")
        .forEach(
            rule -> {
              if (rule.path("reason").asText().equals("table-full")) {
                spilled.add(rule.path("rule").asText().replaceAll(" spec.*", ""));
              }
            });
    return spilled.stream().distinct().toList();
  }

  @Test
  void thePolicyWithTheLeastTrafficSpillsFirst() throws IOException {
    twoLargePolicies();
    Path traffic = folder.resolve("traffic.json");
    Files.writeString(
        traffic,
        "{\"NetworkPolicy a/x spec.ingress[0] ports[7]\": 9, \"NetworkPolicy a/gone\": 1}");
    assertThat(spilled(traffic)).containsExactly("NetworkPolicy a/y");
    assertThat(out.toString()).contains("traffic of an unknown rule: NetworkPolicy a/gone");

    // As `counters -o json` has it.
    Files.writeString(
        traffic,
        "{\"entries\": [{\"packets\": 9, \"rules\": [\"NetworkPolicy a/y spec.ingress[0] ports[7]\"]}]}");
    assertThat(spilled(traffic)).containsExactly("NetworkPolicy a/x");
  }

  @Test
  void trafficThatIsNoneIsRefusedWithItsPath() throws IOException {
    twoLargePolicies();
    Path traffic = folder.resolve("traffic.json");
    Files.writeString(traffic, "{\"entries\": [{\"packets\": -1, \"rules\": []}]}");
    assertThat(
            run(
                "compile",
                "-f",
                folder.resolve("mesh.yaml").toString(),
                "--traffic",
                traffic.toString()))
        .isEqualTo(1);
    assertThat(err.toString()).contains("bad-traffic", "entries[0].packets");
  }

  @Test
  void aDiffSaysWhatAChangeAllowsAndDenies() throws IOException {
    Path before = Files.createDirectory(folder.resolve("before"));
    Path after = Files.createDirectory(folder.resolve("after"));
    Files.writeString(before.resolve("mesh.yaml"), MESH);
    Files.writeString(
        after.resolve("mesh.yaml"),
        MESH.replace("methods: [GET]", "methods: [GET, PUT]") + IPV6_ONLY);
    assertThat(run("diff", "-f", before.toString(), "-f", after.toString(), "-o", "json"))
        .as(err.toString())
        .isEqualTo(1);
    List<String> found = new ArrayList<>();
    for (JsonNode each : JSON.readTree(out.toString()).path("differences")) {
      // The same probe, answered by each folder's own placement.
      Path probes = folder.resolve("probes.json");
      if (!each.path("witness").has("port")) {
        continue;
      }
      Files.writeString(probes, "[" + each.path("witness") + "]");
      for (String side : List.of("before", "after")) {
        JsonNode answer =
            answer("decide", "-f", folder.resolve(side).toString(), "--probes", probes.toString());
        assertThat(answer.get(0)).isEqualTo(each.path(side));
      }
      found.add(
          each.path("change").asText()
              + " "
              + (each.path("witness").path("to").asText().contains(":") ? "IPv6" : "IPv4")
              + " "
              + each.path("protocol").asText()
              + " "
              + each.path("witness").path("port").asText()
              + " "
              + each.path("witness").path("request").path("method").asText("any"));
    }
    assertThat(found)
        // What is no part of 2001:db8::/32 is denied too.
        .containsExactlyInAnyOrder(
            "denies IPv4 TCP 80 GET",
            "denies IPv4 UDP 1 any",
            "denies IPv4 SCTP 1 any",
            "allows IPv6 TCP 80 PUT",
            "denies IPv6 TCP 80 GET",
            "denies IPv6 UDP 1 any",
            "denies IPv6 SCTP 1 any");
  }

  @Test
  void aDiffOfEqualManifestsIsEmptyAndARefusalIsNoDifference() throws IOException {
    assertThat(run("diff", "-f", SHOP.toString(), "-f", SHOP.toString()))
        .as(err.toString())
        .isZero();
    Files.writeString(folder.resolve("bad.yaml"), "kind: Nothing");
    assertThat(run("diff", "-f", SHOP.toString(), "-f", folder.toString())).isEqualTo(2);
    assertThat(run("diff", "-f", SHOP.toString())).isEqualTo(2);
  }
}
