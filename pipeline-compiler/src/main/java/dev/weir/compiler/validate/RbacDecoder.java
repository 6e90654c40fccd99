package dev.weir.compiler.validate;

import com.google.common.collect.ImmutableList;
import dev.weir.compiler.net.IpAddress;
import dev.weir.compiler.net.Prefix;
import dev.weir.compiler.validate.Condition.Text;
import io.envoyproxy.envoy.config.core.v3.CidrRange;
import io.envoyproxy.envoy.config.rbac.v3.Permission;
import io.envoyproxy.envoy.config.rbac.v3.Policy;
import io.envoyproxy.envoy.config.rbac.v3.Principal;
import io.envoyproxy.envoy.config.rbac.v3.RBAC;
import io.envoyproxy.envoy.config.route.v3.HeaderMatcher;
import io.envoyproxy.envoy.type.matcher.v3.PathMatcher;
import io.envoyproxy.envoy.type.matcher.v3.StringMatcher;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * Reads Envoy's role-based access control (envoy.config.rbac.v3) as a condition under which it lets
 * pass.
 *
 * @param peerIsRemote whether the address that Envoy takes for the client's is the connection's
 */
record RbacDecoder(boolean peerIsRemote) {

  Condition passes(RBAC rules) {
    Condition some = any(rules.getPoliciesMap().values(), this::policy);
    return switch (rules.getAction()) {
      case ALLOW -> some;
      case DENY -> new Condition.Not(some);
      case LOG -> Condition.TRUE;
      case UNRECOGNIZED -> new Condition.Unknown("action");
    };
  }

  private Condition policy(Policy policy) {
    List<Condition> terms = new ArrayList<>();
    terms.add(any(policy.getPermissionsList(), this::permission));
    terms.add(any(policy.getPrincipalsList(), this::principal));
    List<String> more = Fields.beyond(policy, "permissions", "principals");
    if (!more.isEmpty()) {
      terms.add(new Condition.Unknown(more.toString()));
    }
    return new Condition.All(ImmutableList.copyOf(terms));
  }

  private Condition permission(Permission permission) {
    return switch (permission.getRuleCase()) {
      case ANY -> new Condition.Constant(permission.getAny());
      case AND_RULES -> all(permission.getAndRules().getRulesList(), this::permission);
      case OR_RULES -> any(permission.getOrRules().getRulesList(), this::permission);
      case NOT_RULE -> new Condition.Not(permission(permission.getNotRule()));
      case HEADER -> header(permission.getHeader());
      case URL_PATH -> path(permission.getUrlPath());
      case DESTINATION_IP,
          DESTINATION_PORT,
          DESTINATION_PORT_RANGE,
          METADATA,
          REQUESTED_SERVER_NAME,
          MATCHER,
          URI_TEMPLATE,
          SOURCED_METADATA,
          RULE_NOT_SET ->
          new Condition.Unknown(permission.getRuleCase().name());
    };
  }

  private Condition principal(Principal principal) {
    return switch (principal.getIdentifierCase()) {
      case ANY -> new Condition.Constant(principal.getAny());
      case AND_IDS -> all(principal.getAndIds().getIdsList(), this::principal);
      case OR_IDS -> any(principal.getOrIds().getIdsList(), this::principal);
      case NOT_ID -> new Condition.Not(principal(principal.getNotId()));
      case DIRECT_REMOTE_IP -> peer(principal.getDirectRemoteIp());
      case REMOTE_IP ->
          peerIsRemote ? peer(principal.getRemoteIp()) : new Condition.Unknown("remote_ip");
      case HEADER -> header(principal.getHeader());
      case URL_PATH -> path(principal.getUrlPath());
      case SOURCE_IP,
          AUTHENTICATED,
          METADATA,
          FILTER_STATE,
          SOURCED_METADATA,
          CUSTOM,
          IDENTIFIER_NOT_SET ->
          new Condition.Unknown(principal.getIdentifierCase().name());
    };
  }

  private static <T> Condition all(Iterable<T> terms, Function<T, Condition> each) {
    ImmutableList.Builder<Condition> conditions = ImmutableList.builder();
    terms.forEach(t -> conditions.add(each.apply(t)));
    return new Condition.All(conditions.build());
  }

  private static <T> Condition any(Iterable<T> terms, Function<T, Condition> each) {
    ImmutableList.Builder<Condition> conditions = ImmutableList.builder();
    terms.forEach(t -> conditions.add(each.apply(t)));
    return new Condition.Any(conditions.build());
  }

  private static Condition peer(CidrRange range) {
    return new Condition.Peer(block(range));
  }

  static Block block(CidrRange range) {
    return Block.of(
        Prefix.around(IpAddress.parse(range.getAddressPrefix()), range.getPrefixLen().getValue()));
  }

  private static Condition path(PathMatcher matcher) {
    return matcher.hasPath()
        ? string(matcher.getPath(), Condition.Path::new)
        : new Condition.Unknown("path");
  }

  /** Only the method is an attribute that policies ask of; no other header is modelled. */
  static Condition header(HeaderMatcher matcher) {
    Condition condition =
        matcher.getName().equals(":method")
            ? method(matcher)
            : new Condition.Unknown("header " + matcher.getName());
    return matcher.getInvertMatch() ? new Condition.Not(condition) : condition;
  }

  private static Condition method(HeaderMatcher matcher) {
    return switch (matcher.getHeaderMatchSpecifierCase()) {
      case STRING_MATCH -> string(matcher.getStringMatch(), Condition.Method::new);
      case PRESENT_MATCH -> new Condition.Constant(matcher.getPresentMatch());
      case EXACT_MATCH,
          SAFE_REGEX_MATCH,
          RANGE_MATCH,
          PREFIX_MATCH,
          SUFFIX_MATCH,
          CONTAINS_MATCH,
          HEADERMATCHSPECIFIER_NOT_SET ->
          new Condition.Unknown(matcher.getHeaderMatchSpecifierCase().name());
    };
  }

  private static Condition string(StringMatcher matcher, Function<Text, Condition> attribute) {
    if (matcher.getIgnoreCase()) {
      return new Condition.Unknown("ignore_case");
    }
    return switch (matcher.getMatchPatternCase()) {
      case EXACT -> attribute.apply(new Text.Exact(matcher.getExact()));
      case PREFIX -> attribute.apply(new Text.Prefix(matcher.getPrefix()));
      case SUFFIX -> attribute.apply(new Text.Suffix(matcher.getSuffix()));
      case SAFE_REGEX -> regex(matcher.getSafeRegex().getRegex(), attribute);
      case CONTAINS, CUSTOM, MATCHPATTERN_NOT_SET ->
          new Condition.Unknown(matcher.getMatchPatternCase().name());
    };
  }

  private static Condition regex(String pattern, Function<Text, Condition> attribute) {
    return switch (pattern) {
      case ".*" -> attribute.apply(new Text.Everything());
      case ".+" -> attribute.apply(new Text.NotEmpty());
      default -> new Condition.Unknown("regular expression " + pattern);
    };
  }
}
