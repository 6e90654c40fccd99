package dev.weir.rest.weir;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.collect.ImmutableList;
import com.google.common.io.Resources;
import dev.weir.compiler.explain.Explainer;
import dev.weir.compiler.explain.Probe;
import dev.weir.compiler.resource.Problem;
import dev.weir.compiler.resource.Resource;
import dev.weir.compiler.resource.ResourceKey;
import dev.weir.controller.Change;
import dev.weir.controller.ChangeOutcome;
import dev.weir.controller.MeshController;
import dev.weir.controller.MeshSnapshot;
import dev.weir.controller.StoredResource;
import dev.weir.controller.TargetStatuses;
import dev.weir.controller.fabric.FabricSpec;
import dev.weir.rest.http.Call;
import dev.weir.rest.http.Refusal;
import dev.weir.rest.http.Reply;
import dev.weir.rest.http.Router.Route;
import dev.weir.rest.kubernetes.Bodies;
import dev.weir.rest.kubernetes.Deletion;
import dev.weir.rest.kubernetes.Problems;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.function.IntUnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Weir's own operations, as {@code /weir/v1/openapi} describes them. */
public final class WeirOperations {
  private static final Pattern SECONDS = Pattern.compile("([0-9]{1,3})s?");

  private final MeshController mesh;

  public WeirOperations(MeshController mesh) {
    this.mesh = mesh;
  }

  public ImmutableList<Route> routes() {
    return ImmutableList.of(
        new Route("POST", "/weir/v1/apply", this::apply),
        new Route("POST", "/weir/v1/delete", this::delete),
        new Route("POST", "/weir/v1/explain", this::explain),
        new Route(
            "GET", "/weir/v1/placement", call -> Reply.ok(MeshForm.placement(mesh.snapshot()))),
        new Route("GET", "/weir/v1/status", this::status),
        new Route("GET", "/weir/v1/counters", call -> Reply.ok(MeshForm.counters(mesh.snapshot()))),
        new Route("PUT", "/weir/v1/fabric", this::fabric),
        new Route("GET", "/weir/v1/openapi", call -> openapi()));
  }

  private Reply apply(Call call) {
    Documents documents = Documents.of(call);
    ArrayNode report = JsonNodeFactory.instance.arrayNode();
    ImmutableList.Builder<Change> changes = ImmutableList.builder();
    for (int i = 0; i < documents.resources().size(); i++) {
      Resource resource = withStatusKept(documents.resources().get(i));
      changes.add(new Change.Put(resource));
      line(report, documents.number(i), resource.key(), applied(resource));
    }
    return changed(call, changes.build(), report, documents::number);
  }

  private String applied(Resource resource) {
    return mesh.get(resource.key())
        .map(
            before -> before.resource().json().equals(resource.json()) ? "unchanged" : "configured")
        .orElse("created");
  }

  /** A pod's manifest says nothing of its status, which the lab has written. */
  private Resource withStatusKept(Resource resource) {
    Optional<StoredResource> before = mesh.get(resource.key());
    if (resource.json().has("status") || before.isEmpty()) {
      return resource;
    }
    JsonNode status = before.get().resource().json().path("status");
    if (status.isMissingNode()) {
      return resource;
    }
    ObjectNode json = resource.json().deepCopy();
    json.set("status", status);
    return new Resource(resource.key(), resource.apiVersion(), json);
  }

  private Reply delete(Call call) {
    Documents documents = Documents.of(call);
    ArrayNode report = JsonNodeFactory.instance.arrayNode();
    LinkedHashSet<Change> changes = new LinkedHashSet<>();
    for (int i = 0; i < documents.resources().size(); i++) {
      ResourceKey key = documents.resources().get(i).key();
      boolean there = mesh.get(key).isPresent();
      if (there) {
        changes.addAll(Deletion.of(mesh, key));
      }
      line(report, documents.number(i), key, there ? "deleted" : "absent");
    }
    return changed(call, ImmutableList.copyOf(changes), report, index -> 0);
  }

  private static void line(ArrayNode report, int number, ResourceKey key, String result) {
    ObjectNode line = report.addObject();
    if (number > 0) {
      line.put("document", number);
    }
    line.put("kind", key.kind())
        .put("namespace", key.namespace())
        .put("name", key.name())
        .put("result", result);
  }

  private Reply changed(
      Call call, ImmutableList<Change> changes, ArrayNode report, IntUnaryOperator document) {
    boolean dryRun = call.flag("dryRun");
    Optional<Duration> wait = wait(call);
    long revision =
        switch (mesh.change(changes, dryRun)) {
          case ChangeOutcome.Accepted accepted -> accepted.revision();
          case ChangeOutcome.Rejected rejected ->
              throw Problems.refusal(rejected.problems(), document);
          case ChangeOutcome.Conflict conflict ->
              throw new IllegalStateException("no version was asked for: " + conflict);
        };
    ObjectNode answer = JsonNodeFactory.instance.objectNode();
    answer.put("revision", revision).put("dryRun", dryRun);
    answer.set("documents", report);
    if (!dryRun && wait.isPresent()) {
      MeshForm.targets(answer, inForce(revision, wait.get()));
    }
    return Reply.ok(answer);
  }

  private TargetStatuses inForce(long revision, Duration wait) {
    try {
      return mesh.awaitInForce(revision, wait);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw Refusal.of(
          503, "ServiceUnavailable", "stopping", "", "the server is stopping", "ask again");
    }
  }

  private Reply status(Call call) {
    wait(call).ifPresent(wait -> inForce(mesh.snapshot().revision(), wait));
    return Reply.ok(MeshForm.status(mesh.snapshot()));
  }

  private static Optional<Duration> wait(Call call) {
    return call.queryValue("wait")
        .map(
            text -> {
              Matcher seconds = SECONDS.matcher(text);
              if (!seconds.matches()) {
                throw Refusal.badRequest(
                    "bad-parameter",
                    "?wait",
                    "'" + text + "' is no number of seconds, as in 30s, up to 999s");
              }
              return Duration.ofSeconds(Integer.parseInt(seconds.group(1)));
            });
  }

  private Reply explain(Call call) {
    MeshSnapshot snapshot = mesh.snapshot();
    if (snapshot.fabric().isEmpty() || snapshot.placement().isEmpty()) {
      String why = snapshot.problem().orElse("no fabric is known yet");
      throw Refusal.of(409, "Conflict", "no-placement", "", why, "see /weir/v1/status");
    }
    try {
      Probe probe = Probe.fromJson(Bodies.object(call));
      return Reply.ok(
          Explainer.explain(
                  snapshot.intent(), snapshot.fabric().get(), snapshot.placement().get(), probe)
              .toJson());
    } catch (IllegalArgumentException e) {
      // Its message begins with the field.
      String message = String.valueOf(e.getMessage());
      int colon = message.indexOf(": ");
      throw Refusal.of(
          422,
          "Invalid",
          "bad-probe",
          colon < 0 ? "" : message.substring(0, colon),
          colon < 0 ? message : message.substring(colon + 2),
          "");
    }
  }

  private Reply fabric(Call call) {
    FabricSpec.Read read = FabricSpec.read(Bodies.object(call));
    ImmutableList<Problem> problems = read.spec().map(mesh::setFabric).orElse(read.problems());
    if (!problems.isEmpty()) {
      throw Problems.refusal(problems, Problems.NO_DOCUMENTS);
    }
    return Reply.ok(MeshForm.status(mesh.snapshot()));
  }

  private static Reply openapi() {
    try {
      return Reply.text(
          200,
          "application/yaml",
          Resources.toString(
              Resources.getResource("dev/weir/rest/openapi.yaml"), StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
