package dev.weir.compiler.validate;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import dev.weir.compiler.intent.Rule;
import dev.weir.compiler.net.IpAddress;
import dev.weir.compiler.request.RequestExpr;
import dev.weir.compiler.request.RequestExpr.StringMatch;
import java.util.List;
import java.util.Optional;

/**
 * What a rule asks of a request.
 *
 * @param withoutHttp what it amounts to without HTTP
 */
record Ask(Condition request, Condition withoutHttp) {

  static Ask of(Rule rule, PathView view) {
    return new Ask(condition(rule.request(), view), condition(rule.withoutHttp(), view));
  }

  /** What it asks, of a connection with HTTP or without. */
  Condition of(boolean http) {
    return http ? request : withoutHttp;
  }

  boolean holds(Sample sample, IpAddress source) {
    return of(sample.http()).evaluate(sample, source.mapped()) == Condition.Truth.TRUE;
  }

  /** What an expression of the intent means. */
  static Condition condition(RequestExpr expr, PathView view) {
    return switch (expr) {
      case RequestExpr.Constant c -> new Condition.Constant(c.value());
      case RequestExpr.Not n -> new Condition.Not(condition(n.term(), view));
      case RequestExpr.And a -> new Condition.All(conditions(a.terms(), view));
      case RequestExpr.Or o -> new Condition.Any(conditions(o.terms(), view));
      case RequestExpr.Method m -> new Condition.Asks(Attribute.METHOD, text(m.match()));
      case RequestExpr.Path p -> new Condition.Asks(Attribute.PATH, text(p.match()), false, view);
      case RequestExpr.Sent s -> {
        boolean inLists =
            s.attribute() instanceof RequestExpr.Attribute.Claim claim && claim.inLists();
        yield new Condition.Asks(attribute(s.attribute()), text(s.match()), inLists, view);
      }
      case RequestExpr.Forwarded f ->
          new Condition.Any(
              f.blocks().stream()
                  .map(b -> new Condition.Remote(Block.of(b)))
                  .collect(ImmutableList.toImmutableList()));
      case RequestExpr.Source s ->
          new Condition.Any(
              s.blocks().stream()
                  .map(b -> new Condition.Peer(Block.of(b)))
                  .collect(ImmutableList.toImmutableList()));
    };
  }

  private static ImmutableList<Condition> conditions(
      ImmutableList<RequestExpr> terms, PathView view) {
    return terms.stream().map(t -> condition(t, view)).collect(ImmutableList.toImmutableList());
  }

  private static Attribute attribute(RequestExpr.Attribute attribute) {
    return switch (attribute) {
      case RequestExpr.Attribute.Header h -> new Attribute.Header(h.name());
      case RequestExpr.Attribute.Claim c -> new Attribute.Claim(c.names());
      case RequestExpr.Attribute.ServerName _ -> Attribute.SERVER_NAME;
    };
  }

  private static Text text(StringMatch match) {
    return switch (match) {
      case StringMatch.Exact e -> Text.exact(e.value());
      case StringMatch.StartsWith s -> Text.prefix(s.prefix());
      case StringMatch.EndsWith e -> Text.suffix(e.suffix());
      case StringMatch.Present _ -> Text.notEmpty();
      case StringMatch.Anything _ -> Text.everything();
      case StringMatch.AnyCase a -> text(a.of()).inAnyCase();
      case StringMatch.Template t -> Text.template(t.text());
    };
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

    /** Whether the policy lets pass, but for an authorizer's word. */
    boolean holds(Sample sample, IpAddress source) {
      return clauses.stream()
          .filter(c -> c.kind != Clause.Kind.ASKS)
          .allMatch(c -> c.some(sample, source) == (c.kind == Clause.Kind.ALLOWS));
    }

    /** The authorizer that decides, of those that let pass otherwise. */
    Optional<String> authorizer(Sample sample, IpAddress source) {
      return clauses.stream()
          .filter(c -> c.kind == Clause.Kind.ASKS && c.some(sample, source))
          .map(Clause::authorizer)
          .findFirst();
    }

    /** Everything that it asks, of connections with HTTP or without. */
    List<Condition> conditions(boolean http) {
      return clauses.stream()
          .flatMap(c -> c.asks.stream())
          .map(a -> a.of(http))
          .distinct()
          .toList();
    }
  }

  /**
   * Some ask holds, or none does.
   *
   * @param kind what an ask that holds does
   * @param authorizer whom ASKS asks
   */
  record Clause(Kind kind, String authorizer, ImmutableSet<Ask> asks) {
    enum Kind {
      DENIES,
      ALLOWS,
      ASKS
    }

    boolean some(Sample sample, IpAddress source) {
      return asks.stream().anyMatch(a -> a.holds(sample, source));
    }
  }
}
