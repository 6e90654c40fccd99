package dev.weir.compiler.simulation;

import dev.weir.compiler.net.IpAddress;
import dev.weir.compiler.request.RequestExpr;
import java.util.List;

/** A request of the tests; a connection without HTTP has none. */
public record Request(String method, String path) {
  public static final List<Request> SAMPLES =
      List.of(
          new Request("GET", "/a"),
          new Request("POST", "/a"),
          new Request("GET", "/b/c"),
          new Request("PUT", "/b/c"));

  boolean satisfies(RequestExpr expr, IpAddress source) {
    return switch (expr) {
      case RequestExpr.Constant c -> c.value();
      case RequestExpr.Not n -> !satisfies(n.term(), source);
      case RequestExpr.And a -> a.terms().stream().allMatch(t -> satisfies(t, source));
      case RequestExpr.Or o -> o.terms().stream().anyMatch(t -> satisfies(t, source));
      case RequestExpr.Method m -> m.match().matches(method);
      case RequestExpr.Path p -> p.match().matches(path);
      case RequestExpr.Sent _, RequestExpr.Forwarded _ ->
          throw new IllegalArgumentException("not asked here: " + expr);
      case RequestExpr.Source s -> s.blocks().stream().anyMatch(b -> b.contains(source));
    };
  }
}
