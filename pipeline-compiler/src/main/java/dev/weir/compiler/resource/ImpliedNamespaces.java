package dev.weir.compiler.resource;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.collect.ImmutableList;
import java.util.Collection;
import java.util.TreeSet;

/** Namespaces that resources lie in and nobody wrote down: without labels of their own. */
public final class ImpliedNamespaces {
  private ImpliedNamespaces() {}

  /** The resources, and the namespaces that are missing among them. */
  public static ImmutableList<Resource> added(Collection<Resource> resources) {
    TreeSet<String> missing = new TreeSet<>();
    resources.forEach(resource -> missing.add(resource.key().namespace()));
    missing.remove("");
    for (Resource resource : resources) {
      if (resource.key().kind().equals(Kind.NAMESPACE.text())) {
        missing.remove(resource.key().name());
      }
    }
    ImmutableList.Builder<Resource> all = ImmutableList.builder();
    all.addAll(resources);
    for (String name : missing) {
      ObjectNode json = JsonNodeFactory.instance.objectNode();
      json.put("apiVersion", Kind.NAMESPACE.apiVersion()).put("kind", Kind.NAMESPACE.text());
      json.putObject("metadata").put("name", name);
      all.addAll(Manifest.read(json).resources());
    }
    return all.build();
  }
}
