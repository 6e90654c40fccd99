package dev.weir.rest.http;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;

/**
 * A call that is not carried out, as a {@code metav1.Status} (Kubernetes API conventions, "Response
 * Status Kind").
 */
public final class Refusal extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final int status;
  private final String reason;
  private final transient ImmutableList<Cause> causes;
  private final transient ImmutableMap<String, String> headers;

  /**
   * Why, once.
   *
   * @param code stable
   * @param document counted from 1; 0 where the body is not several documents
   * @param resource as in {@code Pod shop/cart}; empty where it is plain which
   * @param path of the field; empty where there is none
   * @param message what is wrong
   * @param advice what to do; may be empty
   */
  public record Cause(
      String code, int document, String resource, String path, String message, String advice) {

    /** Where it is, and what. */
    public String sentence() {
      StringBuilder text = new StringBuilder();
      // Messages of broken documents begin with the document already.
      if (document > 0 && !message.startsWith("document ")) {
        text.append("document ").append(document).append(": ");
      }
      for (String part : new String[] {resource, path}) {
        text.append(part).append(part.isEmpty() ? "" : ": ");
      }
      return text.append(message).toString();
    }
  }

  public Refusal(
      int status,
      String reason,
      String message,
      ImmutableList<Cause> causes,
      ImmutableMap<String, String> headers) {
    super(message);
    this.status = status;
    this.reason = reason;
    this.causes = causes;
    this.headers = headers;
  }

  public Refusal(int status, String reason, String message, ImmutableList<Cause> causes) {
    this(status, reason, message, causes, ImmutableMap.of());
  }

  /** A refusal with one cause. */
  public static Refusal of(
      int status, String reason, String code, String path, String message, String advice) {
    return new Refusal(
        status, reason, message, ImmutableList.of(new Cause(code, 0, "", path, message, advice)));
  }

  public static Refusal badRequest(String code, String path, String message) {
    return of(400, "BadRequest", code, path, message, "");
  }

  public static Refusal notFound(String what) {
    return of(404, "NotFound", "not-found", "", what + " not found", "");
  }

  public int status() {
    return status;
  }

  public ImmutableList<Cause> causes() {
    return causes;
  }

  /** The Status. Its causes have {@code document}, {@code path} and {@code advice} in addition. */
  public Reply reply() {
    ObjectNode node = JsonNodeFactory.instance.objectNode();
    node.put("kind", "Status").put("apiVersion", "v1").putObject("metadata");
    node.put("status", "Failure").put("message", getMessage()).put("reason", reason);
    ArrayNode list = node.putObject("details").putArray("causes");
    for (Cause cause : causes) {
      ObjectNode item = list.addObject();
      item.put("reason", cause.code());
      item.put("field", field(cause));
      item.put(
          "message",
          cause.advice().isEmpty() ? cause.message() : cause.message() + "; " + cause.advice());
      if (cause.document() > 0) {
        item.put("document", cause.document());
      }
      if (!cause.resource().isEmpty()) {
        item.put("resource", cause.resource());
      }
      item.put("path", cause.path()).put("advice", cause.advice());
    }
    node.put("code", status);
    Reply reply = Reply.json(status, node);
    return new Reply(reply.status(), reply.contentType(), reply.body(), headers);
  }

  private static String field(Cause cause) {
    if (cause.document() == 0) {
      return cause.path();
    }
    return "document " + cause.document() + (cause.path().isEmpty() ? "" : ": " + cause.path());
  }
}
