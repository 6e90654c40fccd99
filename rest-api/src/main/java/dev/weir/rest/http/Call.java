package dev.weir.rest.http;

import com.google.common.collect.ImmutableListMultimap;
import com.google.common.collect.ImmutableMap;
import java.util.Optional;

/**
 * One request, read in full.
 *
 * @param method in upper case
 * @param path decoded, without the query
 * @param variables the route's, by name
 * @param query decoded
 * @param headers by name in lower case
 */
public record Call(
    String method,
    String path,
    ImmutableMap<String, String> variables,
    ImmutableListMultimap<String, String> query,
    ImmutableListMultimap<String, String> headers,
    byte[] body) {

  /** The route's variable of that name. */
  public String variable(String name) {
    String value = variables.get(name);
    if (value == null) {
      throw new IllegalArgumentException("the route has no variable " + name);
    }
    return value;
  }

  public Optional<String> queryValue(String name) {
    return query.get(name).stream().findFirst();
  }

  /**
   * A yes-or-no parameter: absent is no, empty and {@code true} are yes.
   *
   * @throws Refusal for anything else
   */
  public boolean flag(String name) {
    return switch (queryValue(name).orElse("false")) {
      case "false" -> false;
      case "true", "" -> true;
      default ->
          throw Refusal.badRequest(
              "bad-parameter",
              "?" + name,
              "'" + queryValue(name).orElse("") + "' is neither true nor false");
    };
  }

  /** The content type without its parameters, in lower case; empty where none is given. */
  public String contentType() {
    return headers.get("content-type").stream()
        .findFirst()
        .map(type -> type.split(";", 2)[0].strip().toLowerCase(java.util.Locale.ROOT))
        .orElse("");
  }

  Call withVariables(ImmutableMap<String, String> found) {
    return new Call(method, path, found, query, headers, body);
  }
}
