package dev.weir.rest.kubernetes;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.collect.ImmutableList;
import dev.weir.rest.http.Reply;
import dev.weir.rest.http.Router.Route;
import java.util.Arrays;
import java.util.List;

/** What kubectl asks before anything else: which groups, versions and kinds there are. */
public final class Discovery {
  private static final List<String> VERBS =
      List.of("create", "delete", "get", "list", "patch", "update");
  private static final List<String> STATUS_VERBS = List.of("get", "patch", "update");

  private Discovery() {}

  public static ImmutableList<Route> routes() {
    ImmutableList.Builder<Route> routes = ImmutableList.builder();
    routes.add(document("/version", version()));
    routes.add(document("/api", coreVersions()));
    routes.add(document("/apis", groups()));
    routes.add(document("/api/v1", kinds("", "v1")));
    for (String group : namedGroups()) {
      routes.add(document("/apis/" + group, group(group)));
      String version = version(group);
      routes.add(document("/apis/" + group + "/" + version, kinds(group, version)));
    }
    return routes.build();
  }

  private static Route document(String path, JsonNode body) {
    return new Route("GET", path, call -> Reply.ok(body));
  }

  private static List<String> namedGroups() {
    return Arrays.stream(ApiKind.values())
        .map(ApiKind::group)
        .filter(group -> !group.isEmpty())
        .distinct()
        .toList();
  }

  /** Each group has one version. */
  private static String version(String group) {
    return Arrays.stream(ApiKind.values())
        .filter(kind -> kind.group().equals(group))
        .map(ApiKind::version)
        .findFirst()
        .orElseThrow();
  }

  /** The Kubernetes version whose paths these are. */
  private static JsonNode version() {
    return object()
        .put("major", "1")
        .put("minor", "32")
        .put("gitVersion", "v1.32.0+weir")
        .put("platform", "linux/amd64");
  }

  private static JsonNode coreVersions() {
    ObjectNode node = object().put("kind", "APIVersions");
    node.putArray("versions").add("v1");
    node.putArray("serverAddressByClientCIDRs");
    return node;
  }

  private static JsonNode groups() {
    ObjectNode node = object().put("kind", "APIGroupList").put("apiVersion", "v1");
    ArrayNode groups = node.putArray("groups");
    namedGroups().forEach(group -> groups.add(group(group)));
    return node;
  }

  private static ObjectNode group(String name) {
    ObjectNode node = object().put("kind", "APIGroup").put("apiVersion", "v1").put("name", name);
    node.putArray("versions").add(groupVersion(name));
    node.set("preferredVersion", groupVersion(name));
    return node;
  }

  private static ObjectNode groupVersion(String name) {
    String version = version(name);
    return object().put("groupVersion", name + "/" + version).put("version", version);
  }

  private static JsonNode kinds(String group, String version) {
    ObjectNode node =
        object()
            .put("kind", "APIResourceList")
            .put("apiVersion", "v1")
            .put("groupVersion", group.isEmpty() ? version : group + "/" + version);
    ArrayNode resources = node.putArray("resources");
    for (ApiKind kind : ApiKind.values()) {
      if (!kind.group().equals(group)) {
        continue;
      }
      ObjectNode resource = entry(kind, kind.plural(), VERBS);
      resource.put("singularName", kind.singular());
      resource.putArray("shortNames").add(kind.shortName());
      resources.add(resource);
      if (kind.hasStatus()) {
        resources.add(entry(kind, kind.plural() + "/status", STATUS_VERBS));
      }
    }
    return node;
  }

  private static ObjectNode entry(ApiKind kind, String name, List<String> verbs) {
    ObjectNode entry =
        object()
            .put("name", name)
            .put("singularName", "")
            .put("namespaced", kind.namespaced())
            .put("kind", kind.kind());
    ArrayNode list = entry.putArray("verbs");
    verbs.forEach(list::add);
    return entry;
  }

  private static ObjectNode object() {
    return JsonNodeFactory.instance.objectNode();
  }
}
