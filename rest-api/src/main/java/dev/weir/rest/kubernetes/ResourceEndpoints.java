package dev.weir.rest.kubernetes;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.collect.ImmutableList;
import dev.weir.compiler.resource.Resource;
import dev.weir.compiler.resource.ResourceKey;
import dev.weir.controller.Change;
import dev.weir.controller.ChangeOutcome;
import dev.weir.controller.MeshController;
import dev.weir.controller.StoredResource;
import dev.weir.rest.http.Call;
import dev.weir.rest.http.Refusal;
import dev.weir.rest.http.Refusal.Cause;
import dev.weir.rest.http.Reply;
import dev.weir.rest.http.Router.Route;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * One kind's paths and verbs, as Kubernetes has them (API concepts, "Standard API terminology").
 */
public final class ResourceEndpoints {
  /** How often a change without a version is tried again when others write in between. */
  private static final int ATTEMPTS = 10;

  private final ApiKind kind;
  private final MeshController mesh;

  public ResourceEndpoints(ApiKind kind, MeshController mesh) {
    this.kind = kind;
    this.mesh = mesh;
  }

  public ImmutableList<Route> routes() {
    ImmutableList.Builder<Route> routes = ImmutableList.builder();
    String everywhere = kind.groupPath() + "/" + kind.plural();
    String collection =
        kind.namespaced()
            ? kind.groupPath() + "/namespaces/{namespace}/" + kind.plural()
            : everywhere;
    routes.add(new Route("GET", collection, this::list));
    if (kind.namespaced()) {
      routes.add(new Route("GET", everywhere, this::list));
    }
    routes.add(new Route("POST", collection, this::create));
    String item = collection + "/{name}";
    routes.add(new Route("GET", item, this::get));
    routes.add(new Route("PUT", item, call -> replace(call, Part.ALL_BUT_STATUS)));
    routes.add(new Route("PATCH", item, call -> patch(call, Part.ALL_BUT_STATUS)));
    routes.add(new Route("DELETE", item, this::delete));
    if (kind.hasStatus()) {
      routes.add(new Route("GET", item + "/status", this::get));
      routes.add(new Route("PUT", item + "/status", call -> replace(call, Part.STATUS)));
      routes.add(new Route("PATCH", item + "/status", call -> patch(call, Part.STATUS)));
    }
    return routes.build();
  }

  /** What a write replaces: the status has a path of its own where there is one. */
  private enum Part {
    ALL_BUT_STATUS,
    STATUS
  }

  private Reply list(Call call) {
    if (call.flag("watch")) {
      throw Refusal.of(
          405, "MethodNotAllowed", "no-watch", "?watch", "watching is not supported", "ask again");
    }
    Predicate<JsonNode> selection = Selection.of(call);
    ObjectNode list = JsonNodeFactory.instance.objectNode();
    list.put("kind", kind.kind() + "List").put("apiVersion", kind.apiVersion());
    list.putObject("metadata").put("resourceVersion", Long.toString(mesh.snapshot().revision()));
    ArrayNode items = list.putArray("items");
    Optional<String> namespace = Optional.ofNullable(call.variables().get("namespace"));
    for (StoredResource stored : mesh.list(kind.kind(), namespace)) {
      ObjectNode item = served(stored);
      if (selection.test(item)) {
        items.add(item);
      }
    }
    return Reply.ok(list);
  }

  private Reply get(Call call) {
    return Reply.ok(served(stored(call)));
  }

  private Reply create(Call call) {
    boolean dryRun = isDryRun(call);
    Resource resource = Bodies.resource(call, kind);
    return switch (put(resource, OptionalLong.of(0), dryRun)) {
      case ChangeOutcome.Accepted accepted -> written(resource, dryRun, 201);
      case ChangeOutcome.Rejected rejected ->
          throw Problems.refusal(rejected.problems(), Problems.NO_DOCUMENTS);
      case ChangeOutcome.Conflict conflict ->
          throw conflict("AlreadyExists", "already-exists", describe(resource.key()) + " exists");
    };
  }

  private Reply replace(Call call, Part part) {
    Resource resource = Bodies.resource(call, kind);
    return update(
        call, Bodies.basedOn(call), before -> combined(before.resource(), resource, part));
  }

  private Reply patch(Call call, Part part) {
    boolean strategic =
        switch (call.contentType()) {
          case "application/merge-patch+json" -> false;
          // Kubernetes has no merge keys for kinds that are not built in.
          case "application/strategic-merge-patch+json" -> {
            if (kind == ApiKind.AUTHORIZATION_POLICY) {
              throw Bodies.unsupported(call.contentType(), "send application/merge-patch+json");
            }
            yield true;
          }
          case "application/apply-patch+yaml", "application/apply-patch+cbor" ->
              throw Bodies.unsupported(
                  call.contentType(),
                  "server-side apply is not supported; apply without --server-side");
          default ->
              throw Bodies.unsupported(
                  call.contentType(),
                  "send application/merge-patch+json or application/strategic-merge-patch+json");
        };
    ObjectNode patch = Bodies.patch(call);
    return update(
        call,
        patch.path("metadata").path("resourceVersion").asText(),
        before -> {
          ObjectNode base = before.resource().json();
          ObjectNode patched =
              strategic ? Patch.strategic(base, patch) : (ObjectNode) Patch.merge(base, patch);
          return combined(before.resource(), Bodies.resource(patched, call, kind), part);
        });
  }

  /**
   * Replaces what is stored by what {@code change} makes of it.
   *
   * @param basedOn the version that it must have; empty for any
   */
  private Reply update(Call call, String basedOn, Function<StoredResource, Resource> change) {
    boolean dryRun = isDryRun(call);
    for (int attempt = 0; attempt < ATTEMPTS; attempt++) {
      StoredResource before = stored(call);
      if (!basedOn.isEmpty() && !basedOn.equals(Long.toString(before.resourceVersion()))) {
        throw conflict(
            "Conflict",
            "conflict",
            describe(before.resource().key())
                + " is at version "
                + before.resourceVersion()
                + ", the change is based on "
                + basedOn);
      }
      Resource resource = change.apply(before);
      switch (put(resource, OptionalLong.of(before.resourceVersion()), dryRun)) {
        case ChangeOutcome.Accepted accepted -> {
          return written(resource, dryRun, 200);
        }
        case ChangeOutcome.Rejected rejected ->
            throw Problems.refusal(rejected.problems(), Problems.NO_DOCUMENTS);
        case ChangeOutcome.Conflict lost -> {
          // Somebody else wrote in between: once more, on what is stored now.
        }
      }
    }
    throw conflict("Conflict", "conflict", "others change it all the time; try again");
  }

  private ChangeOutcome put(Resource resource, OptionalLong ifVersion, boolean dryRun) {
    return mesh.change(ImmutableList.of(new Change.Put(resource, ifVersion)), dryRun);
  }

  private Reply delete(Call call) {
    StoredResource before = stored(call);
    ResourceKey key = before.resource().key();
    switch (mesh.change(Deletion.of(mesh, key), isDryRun(call))) {
      case ChangeOutcome.Accepted accepted -> {}
      case ChangeOutcome.Rejected rejected ->
          throw Problems.refusal(rejected.problems(), Problems.NO_DOCUMENTS);
      case ChangeOutcome.Conflict conflict ->
          throw new IllegalStateException("a deletion has no version: " + conflict);
    }
    ObjectNode status = JsonNodeFactory.instance.objectNode();
    status.put("kind", "Status").put("apiVersion", "v1").putObject("metadata");
    status.put("status", "Success");
    status
        .putObject("details")
        .put("name", key.name())
        .put("group", kind.group())
        .put("kind", kind.plural())
        .put("uid", before.uid());
    return Reply.ok(status);
  }

  private Reply written(Resource resource, boolean dryRun, int status) {
    ObjectNode answer =
        dryRun
            ? resource.json()
            : served(
                mesh.get(resource.key())
                    .orElseThrow(() -> Refusal.notFound(describe(resource.key()))));
    return Reply.json(status, answer);
  }

  private Resource combined(Resource before, Resource sent, Part part) {
    if (!kind.hasStatus()) {
      return sent;
    }
    ObjectNode json = part == Part.STATUS ? before.json().deepCopy() : sent.json().deepCopy();
    JsonNode status = (part == Part.STATUS ? sent : before).json().path("status");
    if (status.isMissingNode()) {
      json.remove("status");
    } else {
      json.set("status", status);
    }
    return new Resource(sent.key(), sent.apiVersion(), json);
  }

  private StoredResource stored(Call call) {
    ResourceKey key =
        new ResourceKey(
            kind.kind(), call.variables().getOrDefault("namespace", ""), call.variable("name"));
    return mesh.get(key).orElseThrow(() -> Refusal.notFound(describe(key)));
  }

  /** A resource with what the server knows of it. */
  private static ObjectNode served(StoredResource stored) {
    ObjectNode json = stored.resource().json().deepCopy();
    ObjectNode metadata =
        json.path("metadata") instanceof ObjectNode given ? given : json.putObject("metadata");
    metadata.put("name", stored.resource().key().name());
    if (!stored.resource().key().namespace().isEmpty()) {
      metadata.put("namespace", stored.resource().key().namespace());
    }
    metadata.put("uid", stored.uid());
    metadata.put("resourceVersion", String.valueOf(stored.resourceVersion()));
    metadata.put("creationTimestamp", stored.creationTimestamp().toString());
    return json;
  }

  private static Refusal conflict(String reason, String code, String message) {
    return new Refusal(
        409, reason, message, ImmutableList.of(new Cause(code, 0, "", "", message, "")));
  }

  private boolean isDryRun(Call call) {
    return switch (call.queryValue("dryRun").orElse("")) {
      case "" -> false;
      case "All" -> true;
      default -> throw Refusal.badRequest("bad-parameter", "?dryRun", "dryRun is not 'All'");
    };
  }

  private static String describe(ResourceKey key) {
    return key.kind()
        + " \""
        + (key.namespace().isEmpty() ? "" : key.namespace() + "/")
        + key.name()
        + "\"";
  }
}
