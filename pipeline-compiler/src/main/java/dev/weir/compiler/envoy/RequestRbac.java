package dev.weir.compiler.envoy;

import com.google.common.collect.ImmutableList;
import com.google.protobuf.UInt32Value;
import dev.weir.compiler.net.Prefix;
import dev.weir.compiler.request.RequestExpr;
import dev.weir.compiler.request.RequestExpr.StringMatch;
import io.envoyproxy.envoy.config.core.v3.CidrRange;
import io.envoyproxy.envoy.config.rbac.v3.Permission;
import io.envoyproxy.envoy.config.rbac.v3.Policy;
import io.envoyproxy.envoy.config.rbac.v3.Principal;
import io.envoyproxy.envoy.config.rbac.v3.RBAC;
import io.envoyproxy.envoy.config.route.v3.HeaderMatcher;
import io.envoyproxy.envoy.type.matcher.v3.PathMatcher;
import io.envoyproxy.envoy.type.matcher.v3.RegexMatcher;
import io.envoyproxy.envoy.type.matcher.v3.StringMatcher;

/**
 * A request expression as Envoy's role-based access control (envoy.config.rbac.v3): one ALLOW
 * policy whose one principal is the expression, for any permission. An expression that is never
 * true gives ALLOW without policies, which Envoy refuses everything by.
 */
final class RequestRbac {
  private static final Principal ANY = Principal.newBuilder().setAny(true).build();
  private static final Principal NONE = Principal.newBuilder().setNotId(ANY).build();

  private RequestRbac() {}

  static RBAC rules(RequestExpr allow) {
    RBAC.Builder rules = RBAC.newBuilder().setAction(RBAC.Action.ALLOW);
    if (!allow.equals(RequestExpr.FALSE)) {
      rules.putPolicies(
          "allow",
          Policy.newBuilder()
              .addPermissions(Permission.newBuilder().setAny(true))
              .addPrincipals(principal(allow))
              .build());
    }
    return rules.build();
  }

  private static Principal principal(RequestExpr expr) {
    return switch (expr) {
      case RequestExpr.Constant c -> c.value() ? ANY : NONE;
      case RequestExpr.Not n -> Principal.newBuilder().setNotId(principal(n.term())).build();
      // Envoy refuses empty sets, so the neutral elements are spelled out.
      case RequestExpr.And a -> a.terms().isEmpty() ? ANY : all(principals(a.terms()));
      case RequestExpr.Or o -> o.terms().isEmpty() ? NONE : any(principals(o.terms()));
      case RequestExpr.Method m -> method(m.match());
      case RequestExpr.Path p ->
          Principal.newBuilder()
              .setUrlPath(PathMatcher.newBuilder().setPath(string(p.match())))
              .build();
      case RequestExpr.Source s ->
          s.blocks().isEmpty()
              ? NONE
              : any(s.blocks().stream().sorted().map(RequestRbac::source).toList());
    };
  }

  private static ImmutableList<Principal> principals(ImmutableList<RequestExpr> terms) {
    return terms.stream().map(RequestRbac::principal).collect(ImmutableList.toImmutableList());
  }

  private static Principal all(Iterable<Principal> terms) {
    return Principal.newBuilder().setAndIds(Principal.Set.newBuilder().addAllIds(terms)).build();
  }

  private static Principal any(Iterable<Principal> terms) {
    return Principal.newBuilder().setOrIds(Principal.Set.newBuilder().addAllIds(terms)).build();
  }

  private static Principal method(StringMatch match) {
    return Principal.newBuilder()
        .setHeader(HeaderMatcher.newBuilder().setName(":method").setStringMatch(string(match)))
        .build();
  }

  private static Principal source(Prefix block) {
    return Principal.newBuilder().setDirectRemoteIp(cidr(block)).build();
  }

  static CidrRange cidr(Prefix block) {
    return CidrRange.newBuilder()
        .setAddressPrefix(block.address().toString())
        .setPrefixLen(UInt32Value.of(block.length()))
        .build();
  }

  /** Envoy refuses empty prefixes and suffixes; those match every string. */
  private static StringMatcher string(StringMatch match) {
    return switch (match) {
      case StringMatch.Exact e -> StringMatcher.newBuilder().setExact(e.value()).build();
      case StringMatch.StartsWith s ->
          s.prefix().isEmpty()
              ? regex(".*")
              : StringMatcher.newBuilder().setPrefix(s.prefix()).build();
      case StringMatch.EndsWith e ->
          e.suffix().isEmpty()
              ? regex(".*")
              : StringMatcher.newBuilder().setSuffix(e.suffix()).build();
      case StringMatch.Present _ -> regex(".+");
    };
  }

  private static StringMatcher regex(String pattern) {
    return StringMatcher.newBuilder()
        .setSafeRegex(RegexMatcher.newBuilder().setRegex(pattern))
        .build();
  }
}
