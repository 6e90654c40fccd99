package dev.weir.compiler.resource;

/**
 * What names a resource.
 *
 * @param kind as in {@code NetworkPolicy}
 * @param namespace empty for kinds without one
 */
public record ResourceKey(String kind, String namespace, String name)
    implements Comparable<ResourceKey> {

  @Override
  public int compareTo(ResourceKey other) {
    int byKind = kind.compareTo(other.kind);
    if (byKind != 0) {
      return byKind;
    }
    int byNamespace = namespace.compareTo(other.namespace);
    return byNamespace != 0 ? byNamespace : name.compareTo(other.name);
  }

  /** As in {@code NetworkPolicy shop/cart} or {@code Namespace shop}. */
  @Override
  public String toString() {
    return kind + " " + (namespace.isEmpty() ? name : namespace + "/" + name);
  }
}
