package dev.weir.controller.xds;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import dev.weir.compiler.net.IpAddress;
import dev.weir.compiler.net.Prefix;
import dev.weir.compiler.request.RequestExpr;
import dev.weir.compiler.request.RequestExpr.StringMatch;
import java.util.List;
import java.util.Random;

/** Request expressions whose atoms meet a handful of methods, paths and sources. */
final class RandomExpressions {
  private static final List<String> METHODS = List.of("GET", "P*", "*ST", "*", "PUT");
  private static final List<String> PATHS = List.of("/a", "/a/*", "*/b", "*", "/a*", "/c");
  private static final List<String> BLOCKS =
      List.of("127.0.0.2/32", "127.0.0.3/32", "127.0.0.2/31", "0.0.0.0/0", "::/0");

  private final Random random;

  RandomExpressions(long seed) {
    random = new Random(seed);
  }

  RequestExpr next(int depth) {
    if (depth == 0) {
      return switch (random.nextInt(3)) {
        case 0 -> new RequestExpr.Method(StringMatch.parse(one(METHODS)));
        case 1 -> new RequestExpr.Path(StringMatch.parse(one(PATHS)));
        default -> new RequestExpr.Source(ImmutableSet.of(Prefix.parse(one(BLOCKS))));
      };
    }
    return switch (random.nextInt(4)) {
      case 0 -> new RequestExpr.Not(next(depth - 1));
      case 1 -> new RequestExpr.And(some(depth));
      case 2 -> new RequestExpr.Or(some(depth));
      default -> next(depth - 1);
    };
  }

  private ImmutableList<RequestExpr> some(int depth) {
    ImmutableList.Builder<RequestExpr> terms = ImmutableList.builder();
    for (int i = random.nextInt(4); i > 0; i--) {
      terms.add(next(depth - 1));
    }
    return terms.build();
  }

  private String one(List<String> values) {
    return values.get(random.nextInt(values.size()));
  }

  /** What the expression says of a request, by its definition. */
  static boolean holds(RequestExpr expr, String method, String path, String from) {
    return switch (expr) {
      case RequestExpr.Constant c -> c.value();
      case RequestExpr.Not n -> !holds(n.term(), method, path, from);
      case RequestExpr.And a -> a.terms().stream().allMatch(t -> holds(t, method, path, from));
      case RequestExpr.Or o -> o.terms().stream().anyMatch(t -> holds(t, method, path, from));
      case RequestExpr.Sent _, RequestExpr.Forwarded _ ->
          throw new IllegalArgumentException("not asked here: " + expr);
      case RequestExpr.Method m -> m.match().matches(method);
      case RequestExpr.Path p -> p.match().matches(path);
      case RequestExpr.Source s ->
          s.blocks().stream().anyMatch(b -> b.contains(IpAddress.parse(from)));
    };
  }
}
