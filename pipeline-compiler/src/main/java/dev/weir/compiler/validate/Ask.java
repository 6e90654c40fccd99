package dev.weir.compiler.validate;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import dev.weir.compiler.net.IpAddress;
import dev.weir.compiler.request.RequestExpr;
import dev.weir.compiler.request.RequestExpr.StringMatch;
import dev.weir.compiler.validate.Condition.Text;
import java.util.Optional;
import java.util.Set;

/**
 * What a rule asks of a request.
 *
 * @param withoutHttp what it amounts to without HTTP
 */
record Ask(RequestExpr request, boolean withoutHttp) {

  boolean holds(Optional<RequestClasses.Sample> sample, IpAddress source) {
    return sample.map(s -> holds(request, s, source)).orElse(withoutHttp);
  }

  private static boolean holds(RequestExpr expr, RequestClasses.Sample sample, IpAddress source) {
    return switch (expr) {
      case RequestExpr.Constant c -> c.value();
      case RequestExpr.Not n -> !holds(n.term(), sample, source);
      case RequestExpr.And a -> a.terms().stream().allMatch(t -> holds(t, sample, source));
      case RequestExpr.Or o -> o.terms().stream().anyMatch(t -> holds(t, sample, source));
      case RequestExpr.Method m -> text(m.match()).matches(sample.method());
      case RequestExpr.Path p ->
          text(p.match()).matches(PathView.POLICY.of(sample.path()).orElseThrow());
      case RequestExpr.Source s ->
          s.blocks().stream().anyMatch(b -> Block.of(b).holds(source.mapped()));
    };
  }

  private static Text text(StringMatch match) {
    return switch (match) {
      case StringMatch.Exact e -> new Text.Exact(e.value());
      case StringMatch.StartsWith s -> new Text.Prefix(s.prefix());
      case StringMatch.EndsWith e -> new Text.Suffix(e.suffix());
      case StringMatch.Present _ -> new Text.NotEmpty();
    };
  }

  void collect(Set<Text> methods, Set<Text> paths, Set<Block> sources) {
    collect(request, methods, paths, sources);
  }

  static void collect(RequestExpr expr, Set<Text> methods, Set<Text> paths, Set<Block> sources) {
    switch (expr) {
      case RequestExpr.Constant _ -> {}
      case RequestExpr.Not n -> collect(n.term(), methods, paths, sources);
      case RequestExpr.And a -> a.terms().forEach(t -> collect(t, methods, paths, sources));
      case RequestExpr.Or o -> o.terms().forEach(t -> collect(t, methods, paths, sources));
      case RequestExpr.Method m -> methods.add(text(m.match()));
      case RequestExpr.Path p -> paths.add(text(p.match()));
      case RequestExpr.Source s -> s.blocks().forEach(b -> sources.add(Block.of(b)));
    }
  }

  /**
   * What of a policy is left where the header is fixed and passes: all clauses hold.
   *
   * @param clauses none where the policy allows whatever the request says
   */
  record Residual(ImmutableList<Clause> clauses) {
    static final Residual ALLOW = new Residual(ImmutableList.of());

    Residual and(Clause clause) {
      return new Residual(ImmutableList.<Clause>builder().addAll(clauses).add(clause).build());
    }

    boolean holds(Optional<RequestClasses.Sample> sample, IpAddress source) {
      return clauses.stream()
          .allMatch(c -> c.asks.stream().anyMatch(a -> a.holds(sample, source)) != c.denies);
    }
  }

  /**
   * Some ask holds, or none does.
   *
   * @param denies whether an ask that holds denies
   */
  record Clause(boolean denies, ImmutableSet<Ask> asks) {}
}
