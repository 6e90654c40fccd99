package dev.weir.compiler.explain;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.Streams;
import dev.weir.compiler.intent.PathNormalization;
import dev.weir.compiler.net.IpAddress;
import dev.weir.compiler.request.RequestExpr;
import dev.weir.compiler.request.RequestExpr.Attribute;
import java.util.stream.Collectors;

/** Request expressions, evaluated and put into words. */
final class RequestCheck {
  private RequestCheck() {}

  /** Whether {@code expr} holds; what the request lacks matches nothing. */
  static boolean satisfies(
      RequestExpr expr, Probe.Request request, IpAddress source, PathNormalization paths) {
    return switch (expr) {
      case RequestExpr.Constant c -> c.value();
      case RequestExpr.Not n -> !satisfies(n.term(), request, source, paths);
      case RequestExpr.And a ->
          a.terms().stream().allMatch(t -> satisfies(t, request, source, paths));
      case RequestExpr.Or o ->
          o.terms().stream().anyMatch(t -> satisfies(t, request, source, paths));
      case RequestExpr.Method m -> {
        String method = request.method();
        yield method != null && m.match().matches(method);
      }
      case RequestExpr.Path p -> {
        String path = request.path();
        yield path != null && p.match().matches(RequestPath.normalised(path, paths));
      }
      case RequestExpr.Sent s -> sent(s, request);
      case RequestExpr.Forwarded f -> {
        IpAddress client = request.client() == null ? source : request.client();
        yield f.blocks().stream().anyMatch(b -> b.contains(client));
      }
      case RequestExpr.Source s -> s.blocks().stream().anyMatch(b -> b.contains(source));
    };
  }

  private static boolean sent(RequestExpr.Sent asked, Probe.Request request) {
    return switch (asked.attribute()) {
      case Attribute.Header h -> {
        String value = request.headers().get(h.equals(Attribute.Header.HOST) ? "host" : h.name());
        yield value != null && asked.match().matches(value);
      }
      case Attribute.Claim c -> claim(request.token(), c, asked.match());
      // TLS has no empty server name.
      case Attribute.ServerName _ -> {
        String name = request.serverName();
        yield name != null && !name.isEmpty() && asked.match().matches(name);
      }
    };
  }

  /** Texts and lists of texts; two claims are lists separated by spaces. */
  private static boolean claim(
      JsonNode token, Attribute.Claim claim, RequestExpr.StringMatch match) {
    JsonNode value = token;
    for (String name : claim.names()) {
      value = value.isObject() ? value.path(name) : MissingNode.getInstance();
    }
    if (value.isTextual()) {
      String text = value.textValue();
      boolean spaced =
          (claim.names().equals(ImmutableList.of("scope"))
                  || claim.names().equals(ImmutableList.of("permission")))
              && text.contains(" ");
      return spaced
          ? claim.inLists()
              && Splitter.on(' ').omitEmptyStrings().splitToStream(text).anyMatch(match::matches)
          : match.matches(text);
    }
    return claim.inLists()
        && value.isArray()
        && Streams.stream(value)
            .anyMatch(item -> item.isTextual() && match.matches(item.textValue()));
  }

  static String text(RequestExpr expr) {
    return switch (expr) {
      case RequestExpr.Constant c -> c.value() ? "anything" : "nothing";
      case RequestExpr.Not n -> "not (" + text(n.term()) + ")";
      case RequestExpr.And a ->
          a.terms().stream().map(RequestCheck::grouped).collect(Collectors.joining(" and "));
      case RequestExpr.Or o ->
          o.terms().stream().map(RequestCheck::grouped).collect(Collectors.joining(" or "));
      case RequestExpr.Method m -> "method " + text(m.match());
      case RequestExpr.Path p -> "path " + text(p.match());
      case RequestExpr.Sent s ->
          switch (s.attribute()) {
                case Attribute.Header h ->
                    h.equals(Attribute.Header.HOST) ? "host" : "header " + h.name();
                case Attribute.Claim c -> "claim " + String.join(".", c.names());
                case Attribute.ServerName _ -> "server name";
              }
              + " "
              + text(s.match());
      case RequestExpr.Forwarded f ->
          "forwarded client in "
              + f.blocks().stream().map(Object::toString).collect(Collectors.joining(", "));
      case RequestExpr.Source s ->
          "client in "
              + s.blocks().stream().map(Object::toString).collect(Collectors.joining(", "));
    };
  }

  private static String grouped(RequestExpr expr) {
    return switch (expr) {
      case RequestExpr.And _, RequestExpr.Or _ -> "(" + text(expr) + ")";
      case RequestExpr.Constant _,
          RequestExpr.Not _,
          RequestExpr.Method _,
          RequestExpr.Path _,
          RequestExpr.Sent _,
          RequestExpr.Forwarded _,
          RequestExpr.Source _ ->
          text(expr);
    };
  }

  private static String text(RequestExpr.StringMatch match) {
    return switch (match) {
      case RequestExpr.StringMatch.Exact e -> "is " + e.value();
      case RequestExpr.StringMatch.StartsWith s -> "starts with " + s.prefix();
      case RequestExpr.StringMatch.EndsWith e -> "ends with " + e.suffix();
      case RequestExpr.StringMatch.Present _ -> "is not empty";
      case RequestExpr.StringMatch.Anything _ -> "is there";
      case RequestExpr.StringMatch.AnyCase a -> text(a.of()) + " in any case";
      case RequestExpr.StringMatch.Template t -> "is of the form " + t.text();
    };
  }
}
