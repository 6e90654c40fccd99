package dev.weir.app.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.weir.app.Failure;
import dev.weir.app.Home;
import dev.weir.app.client.Connection;
import dev.weir.app.client.MeshClient;
import dev.weir.app.lab.LabFile;
import dev.weir.app.print.Output;
import dev.weir.rest.kubernetes.ApiKind;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code bench offload}: what a connection gains that meets no proxy. */
@Command(
    name = "offload",
    mixinStandardHelpOptions = true,
    description = {
      "Compares the path that bypasses the sidecar with the steered one: same client, same server,",
      "same requests, in turns. For the steered turns a policy is applied that denies the HTTP method",
      "TRACE, which makes every request the sidecar's; it is deleted again."
    })
public final class OffloadCommand implements Callable<Integer> {
  private static final String POLICY = "weir-bench-offload";

  @Spec private CommandSpec spec;
  @Mixin private Connection connection = new Connection();
  @Mixin private Output output = new Output();

  @Option(
      names = "--from",
      defaultValue = "shop/frontend",
      description = "the client (default: ${DEFAULT-VALUE})")
  private String from = "";

  @Option(
      names = "--to",
      defaultValue = "shop/cart",
      description = "the server (default: ${DEFAULT-VALUE})")
  private String to = "";

  @Option(
      names = "--port",
      defaultValue = "8080",
      description = "its HTTP port (default: ${DEFAULT-VALUE})")
  private int port;

  @Option(
      names = "--path",
      defaultValue = "/",
      description = "what is asked for (default: ${DEFAULT-VALUE})")
  private String path = "/";

  @Option(
      names = "--rounds",
      defaultValue = "3",
      description = "turns of each path, 1 to 20 (default: ${DEFAULT-VALUE})")
  private int rounds;

  @Option(
      names = "--seconds",
      defaultValue = "4",
      description = "of each turn, 1 to 60 (default: ${DEFAULT-VALUE})")
  private int seconds;

  @Option(
      names = "--connections",
      defaultValue = "4",
      description = "at once, 1 to 64 (default: ${DEFAULT-VALUE})")
  private int connections;

  @Override
  public Integer call() {
    within("--rounds", rounds, 20);
    within("--seconds", seconds, 60);
    within("--connections", connections, 64);
    MeshClient client = connection.client();
    LabFile lab = LabFile.read(Home.find());
    String server = lab.fullName(to);
    ObjectNode policy = policy(client, server);
    List<OffloadReport.Turn> turns = new ArrayList<>();
    try {
      for (int round = 1; round <= rounds; round++) {
        turns.add(turn(client, lab, OffloadReport.Way.DIRECT));
        change(client, "/weir/v1/apply", policy);
        turns.add(turn(client, lab, OffloadReport.Way.STEERED));
        change(client, "/weir/v1/delete", policy);
      }
    } finally {
      client.send(
          "DELETE",
          ApiKind.AUTHORIZATION_POLICY.item(
              policy.path("metadata").path("namespace").asText(), POLICY),
          "application/json",
          new byte[0]);
    }
    OffloadReport report = new OffloadReport(lab.fullName(from), server, connections, turns);
    output.print(report.json(), spec.commandLine().getOut(), report::print);
    return report.errors() == 0 ? 0 : 1;
  }

  private void within(String option, int value, int most) {
    if (value < 1 || value > most) {
      throw new CommandLine.ParameterException(
          spec.commandLine(), option + " " + value + " is not in 1 to " + most);
    }
  }

  private OffloadReport.Turn turn(MeshClient client, LabFile lab, OffloadReport.Way way) {
    checkWay(client, lab, way);
    JsonNode json = lab.json();
    String server = lab.fullName(to);
    String address = json.path("workloads").path(server).path("addresses").path(0).asText();
    String host = address.contains(":") ? "[" + address + "]" : address;
    List<Long> processes = new ArrayList<>();
    processes.add(json.path("switch").path("pid").asLong());
    processes.add(json.path("workloads").path(server).path("serverPid").asLong());
    for (JsonNode sidecar : json.path("sidecars")) {
      processes.add(sidecar.path("envoyPid").asLong());
    }
    double before = CpuTime.micros(processes);
    Load load = Load.run(lab.pid(from), "http://" + host + ":" + port + path, connections, seconds);
    if (load.requests() == 0) {
      throw new Failure("no request was answered on the path " + way);
    }
    double cpu = (CpuTime.micros(processes) - before) / load.requests();
    spec.commandLine()
        .getErr()
        .println("==> " + way + ": " + Math.round(load.requestsPerSecond()) + " requests/s");
    spec.commandLine().getErr().flush();
    return new OffloadReport.Turn(way, load, cpu);
  }

  /** A turn that takes another way than it is meant to would compare nothing. */
  private void checkWay(MeshClient client, LabFile lab, OffloadReport.Way way) {
    ObjectNode probe = JsonNodeFactory.instance.objectNode();
    probe.put("from", lab.fullName(from)).put("to", lab.fullName(to));
    probe.put("protocol", "TCP").put("port", port);
    probe.putObject("request").put("method", "GET").put("path", path);
    JsonNode explanation = client.post("/weir/v1/explain", probe);
    String verdict = explanation.path("verdict").asText();
    String taken = explanation.path("way").asText();
    if (!verdict.equals("allow") || !taken.equals(way.text())) {
      throw new Failure(
          "the requests are to go "
              + way.text()
              + ", but the mesh says "
              + verdict
              + ", "
              + taken
              + " ("
              + explanation.path("reason").path("sentence").asText()
              + "); choose another --from, --to or --port");
    }
  }

  private static void change(MeshClient client, String operation, ObjectNode policy) {
    JsonNode report = client.post(operation + "?wait=60s", policy);
    if (!report.path("inForce").asBoolean()) {
      throw new Failure("the change is not in force everywhere: " + report.path("targets"));
    }
  }

  /** Selects the server by all of its labels. */
  private static ObjectNode policy(MeshClient client, String server) {
    String[] name = server.split("/", 2);
    JsonNode labels =
        client.get(ApiKind.POD.item(name[0], name[1])).path("metadata").path("labels");
    if (labels.isEmpty()) {
      throw new Failure("the pod " + server + " has no label that a policy could select it by");
    }
    ObjectNode policy = JsonNodeFactory.instance.objectNode();
    policy.put("apiVersion", ApiKind.AUTHORIZATION_POLICY.apiVersion());
    policy.put("kind", ApiKind.AUTHORIZATION_POLICY.kind());
    policy.putObject("metadata").put("name", POLICY).put("namespace", name[0]);
    ObjectNode specification = policy.putObject("spec").put("action", "DENY");
    specification.putObject("selector").set("matchLabels", labels);
    specification
        .putArray("rules")
        .addObject()
        .putArray("to")
        .addObject()
        .putObject("operation")
        .putArray("methods")
        .add("TRACE");
    return policy;
  }
}
