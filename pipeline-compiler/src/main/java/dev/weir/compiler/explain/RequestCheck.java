package dev.weir.compiler.explain;

import dev.weir.compiler.net.IpAddress;
import dev.weir.compiler.request.RequestExpr;
import java.util.stream.Collectors;

/** Request expressions, evaluated and put into words. */
final class RequestCheck {
  private RequestCheck() {}

  /** Whether {@code expr} holds; what the request lacks matches nothing. */
  static boolean satisfies(RequestExpr expr, Probe.Request request, IpAddress source) {
    return switch (expr) {
      case RequestExpr.Constant c -> c.value();
      case RequestExpr.Not n -> !satisfies(n.term(), request, source);
      case RequestExpr.And a -> a.terms().stream().allMatch(t -> satisfies(t, request, source));
      case RequestExpr.Or o -> o.terms().stream().anyMatch(t -> satisfies(t, request, source));
      case RequestExpr.Method m -> {
        String method = request.method();
        yield method != null && m.match().matches(method);
      }
      case RequestExpr.Path p -> {
        String path = request.path();
        yield path != null && p.match().matches(RequestPath.normalised(path));
      }
      case RequestExpr.Source s -> s.blocks().stream().anyMatch(b -> b.contains(source));
    };
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
    };
  }
}
