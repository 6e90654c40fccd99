package dev.weir.rest.kubernetes;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.collect.ImmutableList;
import dev.weir.rest.http.Reply;
import dev.weir.rest.http.Router.Route;
import java.util.Arrays;
import java.util.Set;
import java.util.TreeSet;

/**
 * The part of Kubernetes' OpenAPI v3 documents from which kubectl learns that the server checks
 * fields itself. It always does, strictly, whatever {@code fieldValidation} asks for.
 */
public final class FieldValidation {
  private FieldValidation() {}

  public static ImmutableList<Route> routes() {
    Set<String> groups = new TreeSet<>();
    Arrays.stream(ApiKind.values()).map(ApiKind::groupPath).forEach(groups::add);
    ImmutableList.Builder<Route> routes = ImmutableList.builder();
    ObjectNode index = object();
    ObjectNode paths = index.putObject("paths");
    for (String group : groups) {
      String document = "/openapi/v3" + group;
      paths.putObject(group.substring(1)).put("serverRelativeURL", document);
      ObjectNode body = document(group);
      routes.add(new Route("GET", document, call -> Reply.ok(body)));
    }
    return routes.add(new Route("GET", "/openapi/v3", call -> Reply.ok(index))).build();
  }

  private static ObjectNode document(String group) {
    ObjectNode node = object().put("openapi", "3.0.0");
    node.putObject("info").put("title", "Weir").put("version", "v1");
    ObjectNode paths = node.putObject("paths");
    for (ApiKind kind : ApiKind.values()) {
      if (!kind.groupPath().equals(group)) {
        continue;
      }
      String collection =
          kind.namespaced()
              ? group + "/namespaces/{namespace}/" + kind.plural()
              : group + "/" + kind.plural();
      ObjectNode patch = paths.putObject(collection + "/{name}").putObject("patch");
      patch
          .putArray("parameters")
          .addObject()
          .put("name", "fieldValidation")
          .put("in", "query")
          .putObject("schema")
          .put("type", "string");
      patch.putObject("responses").putObject("200").put("description", "the resource");
      patch
          .putObject("x-kubernetes-group-version-kind")
          .put("group", kind.group())
          .put("version", kind.version())
          .put("kind", kind.kind());
    }
    return node;
  }

  private static ObjectNode object() {
    return JsonNodeFactory.instance.objectNode();
  }
}
