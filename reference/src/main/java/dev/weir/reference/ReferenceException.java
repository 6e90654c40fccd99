package dev.weir.reference;

/** Something that the reference cannot read or does not know. The message begins with its path. */
public final class ReferenceException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String path;

  ReferenceException(String path, String message) {
    super(path + ": " + message);
    this.path = path;
  }

  /** As in {@code NetworkPolicy shop/cart spec.ingress[0].from}. */
  public String path() {
    return path;
  }
}
