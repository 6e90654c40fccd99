package dev.weir.compiler.envoy;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import com.google.protobuf.UInt32Value;
import dev.weir.compiler.net.Prefix;
import dev.weir.compiler.request.RequestExpr;
import dev.weir.compiler.request.RequestExpr.Attribute;
import dev.weir.compiler.request.RequestExpr.StringMatch;
import dev.weir.compiler.request.Templates;
import io.envoyproxy.envoy.config.core.v3.CidrRange;
import io.envoyproxy.envoy.config.rbac.v3.Permission;
import io.envoyproxy.envoy.config.rbac.v3.Policy;
import io.envoyproxy.envoy.config.rbac.v3.Principal;
import io.envoyproxy.envoy.config.rbac.v3.RBAC;
import io.envoyproxy.envoy.config.route.v3.HeaderMatcher;
import io.envoyproxy.envoy.type.matcher.v3.ListMatcher;
import io.envoyproxy.envoy.type.matcher.v3.MetadataMatcher;
import io.envoyproxy.envoy.type.matcher.v3.OrMatcher;
import io.envoyproxy.envoy.type.matcher.v3.PathMatcher;
import io.envoyproxy.envoy.type.matcher.v3.RegexMatcher;
import io.envoyproxy.envoy.type.matcher.v3.StringMatcher;
import io.envoyproxy.envoy.type.matcher.v3.ValueMatcher;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A request expression as Envoy's role-based access control (envoy.config.rbac.v3): one policy
 * whose one principal is the expression, for any permission. An expression that is never true gives
 * no policies, and ALLOW without policies refuses everything.
 *
 * <p>The server name that TLS asks for is a permission there, and all else a principal: an
 * expression that asks for server names gives a policy for each way to answer them.
 */
final class RequestRbac {
  /** The name of the policy that shadows give what an authorizer decides on. */
  static final String DELEGATED = "delegated";

  /** The HTTP filter that checks tokens (envoy.extensions.filters.http.jwt_authn.v3). */
  private static final String TOKENS = "envoy.filters.http.jwt_authn";

  /** Each doubles the policies. */
  private static final int MOST_SERVER_NAMES = 8;

  private static final Principal ANY = Principal.newBuilder().setAny(true).build();
  private static final Principal NONE = Principal.newBuilder().setNotId(ANY).build();

  private RequestRbac() {}

  /** Refuses what the expression does not take. */
  static RBAC rules(RequestExpr allow) {
    return rules(RBAC.Action.ALLOW, "allow", allow);
  }

  /** Takes note, as a shadow, of what the expression takes. */
  static RBAC shadow(RequestExpr when) {
    return rules(RBAC.Action.DENY, DELEGATED, when);
  }

  private static RBAC rules(RBAC.Action action, String name, RequestExpr expr) {
    RBAC.Builder rules = RBAC.newBuilder().setAction(action);
    ImmutableSet<StringMatch> names = serverNames(expr);
    if (names.size() > MOST_SERVER_NAMES) {
      throw new IllegalArgumentException(
          names.size() + " server names asked for at once; at most " + MOST_SERVER_NAMES);
    }
    for (int answers = 0; answers < 1 << names.size(); answers++) {
      Map<StringMatch, Boolean> assumed = new HashMap<>();
      List<Permission> permissions = new ArrayList<>();
      for (StringMatch match : names) {
        boolean holds = (answers >> assumed.size() & 1) != 0;
        assumed.put(match, holds);
        Permission asked = Permission.newBuilder().setRequestedServerName(string(match)).build();
        permissions.add(holds ? asked : Permission.newBuilder().setNotRule(asked).build());
      }
      RequestExpr rest = assuming(expr, assumed);
      if (!rest.equals(RequestExpr.FALSE)) {
        rules.putPolicies(
            names.isEmpty() ? name : name + " " + answers,
            Policy.newBuilder()
                .addPermissions(
                    names.isEmpty()
                        ? Permission.newBuilder().setAny(true).build()
                        : Permission.newBuilder()
                            .setAndRules(Permission.Set.newBuilder().addAllRules(permissions))
                            .build())
                .addPrincipals(principal(rest))
                .build());
      }
    }
    return rules.build();
  }

  private static ImmutableSet<StringMatch> serverNames(RequestExpr expr) {
    ImmutableSet.Builder<StringMatch> names = ImmutableSet.builder();
    boolean _ =
        expr.asks(
            term -> {
              if (term instanceof RequestExpr.Sent(var attribute, var match)
                  && attribute instanceof Attribute.ServerName) {
                names.add(match);
              }
              return false;
            });
    return names.build();
  }

  private static RequestExpr assuming(RequestExpr expr, Map<StringMatch, Boolean> serverNames) {
    return switch (expr) {
      case RequestExpr.Not n -> RequestExpr.not(assuming(n.term(), serverNames));
      case RequestExpr.And a ->
          RequestExpr.and(a.terms().stream().map(t -> assuming(t, serverNames)).toList());
      case RequestExpr.Or o ->
          RequestExpr.or(o.terms().stream().map(t -> assuming(t, serverNames)).toList());
      case RequestExpr.Sent s when s.attribute() instanceof Attribute.ServerName ->
          RequestExpr.of(Boolean.TRUE.equals(serverNames.get(s.match())));
      case RequestExpr.Constant _,
          RequestExpr.Method _,
          RequestExpr.Path _,
          RequestExpr.Sent _,
          RequestExpr.Forwarded _,
          RequestExpr.Source _ ->
          expr;
    };
  }

  private static Principal principal(RequestExpr expr) {
    return switch (expr) {
      case RequestExpr.Constant c -> c.value() ? ANY : NONE;
      case RequestExpr.Not n -> Principal.newBuilder().setNotId(principal(n.term())).build();
      // Envoy refuses empty sets, so the neutral elements are spelled out.
      case RequestExpr.And a -> a.terms().isEmpty() ? ANY : all(principals(a.terms()));
      case RequestExpr.Or o -> o.terms().isEmpty() ? NONE : any(principals(o.terms()));
      case RequestExpr.Method m -> header(":method", m.match());
      case RequestExpr.Sent s ->
          switch (s.attribute()) {
            case Attribute.Header h -> header(h.name(), s.match());
            case Attribute.Claim c -> claim(c, s.match());
            case Attribute.ServerName _ -> throw new IllegalStateException("a permission: " + s);
          };
      case RequestExpr.Forwarded f ->
          f.blocks().isEmpty()
              ? NONE
              : any(
                  f.blocks().stream()
                      .sorted()
                      .map(b -> Principal.newBuilder().setRemoteIp(cidr(b)).build())
                      .toList());
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

  private static Principal header(String name, StringMatch match) {
    HeaderMatcher.Builder header = HeaderMatcher.newBuilder().setName(name);
    return Principal.newBuilder()
        .setHeader(
            match instanceof StringMatch.Anything
                ? header.setPresentMatch(true)
                : header.setStringMatch(string(match)))
        .build();
  }

  /** What the filter that checks tokens leaves of their claims. */
  private static Principal claim(Attribute.Claim claim, StringMatch match) {
    MetadataMatcher.Builder metadata =
        MetadataMatcher.newBuilder().setFilter(TOKENS).addPath(segment("payload"));
    claim.names().forEach(name -> metadata.addPath(segment(name)));
    ValueMatcher text = ValueMatcher.newBuilder().setStringMatch(string(match)).build();
    metadata.setValue(
        claim.inLists()
            ? ValueMatcher.newBuilder()
                .setOrMatch(
                    OrMatcher.newBuilder()
                        .addValueMatchers(text)
                        .addValueMatchers(
                            ValueMatcher.newBuilder()
                                .setListMatch(ListMatcher.newBuilder().setOneOf(text))))
                .build()
            : text);
    return Principal.newBuilder().setMetadata(metadata).build();
  }

  private static MetadataMatcher.PathSegment segment(String key) {
    return MetadataMatcher.PathSegment.newBuilder().setKey(key).build();
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
  static StringMatcher string(StringMatch match) {
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
      case StringMatch.Anything _ -> regex(".*");
      case StringMatch.AnyCase a -> {
        StringMatcher exact = string(a.of());
        yield exact.hasSafeRegex() ? exact : exact.toBuilder().setIgnoreCase(true).build();
      }
      case StringMatch.Template t -> regex(Templates.regex(t.text()));
    };
  }

  private static StringMatcher regex(String pattern) {
    return StringMatcher.newBuilder()
        .setSafeRegex(RegexMatcher.newBuilder().setRegex(pattern))
        .build();
  }
}
