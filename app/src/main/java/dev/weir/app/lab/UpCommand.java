package dev.weir.app.lab;

import com.fasterxml.jackson.databind.JsonNode;
import dev.weir.app.Failure;
import dev.weir.app.Home;
import dev.weir.app.client.MeshClient;
import dev.weir.app.print.Output;
import dev.weir.app.print.OutputFormat;
import dev.weir.app.resource.Changes;
import dev.weir.app.resource.Documents;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code up}: a running mesh. */
@Command(
    name = "up",
    mixinStandardHelpOptions = true,
    description = {
      "Sets a mesh up on this machine and shows what runs where.",
      "A mesh that runs already is taken down first. Without root there is no lab: the controller",
      "places the policies on a soft switch with in-process ports."
    })
public final class UpCommand implements Callable<Integer> {
  private static final Duration IN_FORCE_PATIENCE = Duration.ofSeconds(60);

  @Spec private CommandSpec spec;
  @Mixin private Output output = new Output();

  @Option(
      names = {"-f", "--filename"},
      paramLabel = "DIR",
      description = "the mesh's manifests (default: examples/shop)")
  private @Nullable Path manifests;

  @Option(
      names = "--switch",
      paramLabel = "soft|bmv2",
      defaultValue = "soft",
      description = "which switch (default: ${DEFAULT-VALUE})")
  private String switchKind = "soft";

  @Option(
      names = "--pipeline",
      paramLabel = "weir|weir_basic|weir_compact",
      defaultValue = "weir",
      description = "which pipeline it runs (default: ${DEFAULT-VALUE})")
  private String pipeline = "weir";

  @Option(names = "--no-traffic", description = "drive no traffic")
  private boolean noTraffic;

  @Option(names = "--no-lab", description = "do what is done without root")
  private boolean noLab;

  @Override
  public Integer call() {
    Home home = Home.find();
    Path folder = manifests == null ? home.root().resolve("examples/shop") : manifests;
    Documents documents = Documents.read(List.of(folder.toString()), System.in);
    documents.check();
    Mesh mesh = new Mesh(home);
    boolean root = System.getProperty("user.name", "").equals("root");
    boolean lab = root && !noLab;
    if (mesh.runs() || Files.exists(home.controllerFile())) {
      step("taking down the mesh that ran before");
    }
    mesh.stop();
    try {
      return start(mesh, folder, documents, lab, root);
    } catch (Failure failure) {
      mesh.stop();
      throw failure;
    }
  }

  private int start(Mesh mesh, Path folder, Documents documents, boolean lab, boolean root) {
    step("controller");
    MeshClient client = mesh.startController(lab ? List.of() : List.of("--embedded-switch"));
    step("policies and workloads of " + folder);
    Changes.send(client, "/weir/v1/apply?dryRun=false", documents);
    Optional<LabFile> running = Optional.empty();
    if (lab) {
      step("lab: namespaces, links, switch (" + switchKind + "), Envoys, servers");
      running = Optional.of(mesh.startLab(client, switchKind, pipeline));
    }
    if (lab) {
      step("waiting until the policies are in force");
      awaitInForce(client);
    } else {
      step("soft switch with in-process ports");
      mesh.attachToEmbeddedSwitch(client, pipeline);
      awaitSwitch(client);
    }
    Optional<JsonNode> traffic = Optional.empty();
    if (running.isPresent() && !noTraffic) {
      step("traffic between the workloads");
      traffic = Optional.of(new Traffic(Home.find()).drive(folder));
    }
    UpReport report = UpReport.of(client, traffic);
    PrintWriter out = spec.commandLine().getOut();
    output.print(report.json(), out, text -> report.print(text, lab, root));
    return report.agrees() ? 0 : 1;
  }

  /** Asks again after a refusal too: sidecars that are starting connect when they are ready. */
  private static void awaitInForce(MeshClient client) {
    JsonNode status = await(client, s -> s.path("inForce").asBoolean());
    if (!status.path("inForce").asBoolean()) {
      throw new Failure("the policies are not in force:" + lacking(status));
    }
  }

  /** Without a lab there are no sidecars to wait for. */
  private static void awaitSwitch(MeshClient client) {
    JsonNode status = await(client, UpCommand::isInForceOnSwitch);
    if (!isInForceOnSwitch(status)) {
      throw new Failure("the policies are not in force on the switch:" + lacking(status));
    }
  }

  private static boolean isInForceOnSwitch(JsonNode status) {
    for (JsonNode target : status.path("targets")) {
      if (target.path("kind").asText().equals("switch")) {
        return target.path("inForce").asBoolean();
      }
    }
    return false;
  }

  private static JsonNode await(MeshClient client, Predicate<JsonNode> state) {
    Instant deadline = Instant.now().plus(IN_FORCE_PATIENCE);
    while (true) {
      JsonNode status = client.get("/weir/v1/status?wait=10s");
      if (state.test(status) || Instant.now().isAfter(deadline)) {
        return status;
      }
      Mesh.pause();
    }
  }

  private static String lacking(JsonNode status) {
    StringBuilder text = new StringBuilder();
    for (JsonNode target : status.path("targets")) {
      if (!target.path("inForce").asBoolean()) {
        text.append("\n  ").append(target.path("target").asText()).append(": ");
        text.append(target.path("lacking").asText());
      }
    }
    return text.append("\n  ").append(status.path("problem").asText()).toString().stripTrailing();
  }

  /** Progress goes to where it is not mixed with results. */
  private void step(String what) {
    if (output.format() == OutputFormat.TEXT) {
      spec.commandLine().getOut().println("==> " + what);
      spec.commandLine().getOut().flush();
    } else {
      spec.commandLine().getErr().println("==> " + what);
      spec.commandLine().getErr().flush();
    }
  }
}
