package dev.weir.compiler.resource;

/**
 * Why something is refused.
 *
 * @param code stable, in docs/errors.md
 * @param document 0-based number of the document in what was read; -1 where there is none
 * @param resource whose problem it is, as in {@code Pod shop/cart}; empty where it has no name yet
 * @param path as in {@code spec.ingress[0].from[1].ipBlock.cidr}; empty for the whole resource
 * @param message what is wrong, with the value given
 * @param advice what to do
 */
public record Problem(
    String code, int document, String resource, String path, String message, String advice) {

  public Problem(String code, int document, String path, String message, String advice) {
    this(code, document, "", path, message, advice);
  }

  Problem(Code code, int document, String resource, String path, String message, String advice) {
    this(code.text(), document, resource, path, message, advice);
  }

  /** A problem of a resource that was not read from a document just now. */
  public static Problem of(
      Code code, ResourceKey resource, String path, String message, String advice) {
    return new Problem(code.text(), -1, resource.toString(), path, message, advice);
  }

  /**
   * The same of another document.
   *
   * @param number 0-based; -1 for none
   */
  public Problem at(int number) {
    return new Problem(code, number, resource, path, message, advice);
  }

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    if (document >= 0) {
      text.append("document ").append(document + 1).append(": ");
    }
    if (!resource.isEmpty()) {
      text.append(resource).append(": ");
    }
    if (!path.isEmpty()) {
      text.append(path).append(": ");
    }
    return text.append(message).append(" [").append(code).append("]; ").append(advice).toString();
  }
}
