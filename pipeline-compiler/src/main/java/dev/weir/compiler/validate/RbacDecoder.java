package dev.weir.compiler.validate;

import com.google.common.collect.ImmutableList;
import dev.weir.compiler.net.IpAddress;
import dev.weir.compiler.net.Prefix;
import io.envoyproxy.envoy.config.core.v3.CidrRange;
import io.envoyproxy.envoy.config.rbac.v3.Permission;
import io.envoyproxy.envoy.config.rbac.v3.Policy;
import io.envoyproxy.envoy.config.rbac.v3.Principal;
import io.envoyproxy.envoy.config.rbac.v3.RBAC;
import io.envoyproxy.envoy.config.route.v3.HeaderMatcher;
import io.envoyproxy.envoy.type.matcher.v3.MetadataMatcher;
import io.envoyproxy.envoy.type.matcher.v3.PathMatcher;
import io.envoyproxy.envoy.type.matcher.v3.StringMatcher;
import io.envoyproxy.envoy.type.matcher.v3.ValueMatcher;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;

/**
 * Reads Envoy's role-based access control (envoy.config.rbac.v3) as a condition under which it lets
 * pass.
 *
 * @param client whose address is believed to be the client's
 * @param view what matchers see of paths
 */
record RbacDecoder(Client client, PathView view) {
  /** The filter that checks tokens, and where it leaves their claims. */
  private static final String TOKENS = "envoy.filters.http.jwt_authn";

  /** Whose address is believed to be the client's. */
  enum Client {
    PEER,
    /** The last that X-Forwarded-For names, else the peer's. */
    FORWARDED,
    UNKNOWN
  }

  /** Under which some policy takes a request, whose name begins with {@code prefix}. */
  Condition takes(RBAC rules, String prefix) {
    return any(
        rules.getPoliciesMap().entrySet().stream()
            .filter(each -> each.getKey().startsWith(prefix))
            .map(Map.Entry::getValue)
            .toList(),
        this::policy);
  }

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
      case REQUESTED_SERVER_NAME ->
          string(
              permission.getRequestedServerName(),
              text -> new Condition.Asks(Attribute.SERVER_NAME, text));
      case METADATA -> metadata(permission.getMetadata());
      case DESTINATION_IP,
          DESTINATION_PORT,
          DESTINATION_PORT_RANGE,
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
          switch (client) {
            case PEER -> peer(principal.getRemoteIp());
            case FORWARDED -> new Condition.Remote(block(principal.getRemoteIp()));
            case UNKNOWN -> new Condition.Unknown("remote_ip");
          };
      case HEADER -> header(principal.getHeader());
      case URL_PATH -> path(principal.getUrlPath());
      case METADATA -> metadata(principal.getMetadata());
      case SOURCE_IP, AUTHENTICATED, FILTER_STATE, SOURCED_METADATA, CUSTOM, IDENTIFIER_NOT_SET ->
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

  private Condition path(PathMatcher matcher) {
    return matcher.hasPath()
        ? string(matcher.getPath(), text -> new Condition.Asks(Attribute.PATH, text, false, view))
        : new Condition.Unknown("path");
  }

  static Condition header(HeaderMatcher matcher) {
    List<String> more =
        Fields.beyond(matcher, "name", "string_match", "present_match", "invert_match");
    String name = matcher.getName().toLowerCase(Locale.ROOT);
    Condition condition =
        !more.isEmpty() || name.equals(":path") || name.equals(":scheme")
            ? new Condition.Unknown("header " + name + " " + more)
            : header(
                matcher,
                switch (name) {
                  case ":method" -> Attribute.METHOD;
                  // Envoy keeps the one under the name of the other.
                  case "host", ":authority" -> Attribute.HOST;
                  default -> new Attribute.Header(name);
                });
    return matcher.getInvertMatch() ? new Condition.Not(condition) : condition;
  }

  private static Condition header(HeaderMatcher matcher, Attribute attribute) {
    return switch (matcher.getHeaderMatchSpecifierCase()) {
      case STRING_MATCH ->
          string(matcher.getStringMatch(), text -> new Condition.Asks(attribute, text));
      case PRESENT_MATCH -> {
        Condition there = new Condition.Asks(attribute, Text.everything());
        yield matcher.getPresentMatch() ? there : new Condition.Not(there);
      }
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

  /**
   * A claim that the filter for tokens has left: a text, a list of which one item is, or either.
   */
  private static Condition metadata(MetadataMatcher matcher) {
    List<String> path = matcher.getPathList().stream().map(s -> s.getKey()).toList();
    if (!matcher.getFilter().equals(TOKENS)
        || path.size() < 2
        || !path.getFirst().equals("payload")
        || !Fields.beyond(matcher, "filter", "path", "value", "invert").isEmpty()) {
      return new Condition.Unknown("metadata of " + matcher.getFilter() + " " + path);
    }
    Condition condition =
        claim(
            new Attribute.Claim(ImmutableList.copyOf(path.subList(1, path.size()))),
            matcher.getValue());
    return matcher.getInvert() ? new Condition.Not(condition) : condition;
  }

  private static Condition claim(Attribute.Claim claim, ValueMatcher matcher) {
    switch (matcher.getMatchPatternCase()) {
      case STRING_MATCH -> {
        return string(matcher.getStringMatch(), text -> new Condition.Asks(claim, text));
      }
      case OR_MATCH -> {
        List<ValueMatcher> some = matcher.getOrMatch().getValueMatchersList();
        // The same of a text and of one item of a list.
        if (some.size() == 2
            && some.get(0).hasStringMatch()
            && some.get(1).getListMatch().getOneOf().equals(some.get(0))) {
          return string(
              some.get(0).getStringMatch(),
              text -> new Condition.Asks(claim, text, true, PathView.POLICY));
        }
      }
      case NULL_MATCH,
          DOUBLE_MATCH,
          BOOL_MATCH,
          PRESENT_MATCH,
          LIST_MATCH,
          MATCHPATTERN_NOT_SET -> {}
    }
    return new Condition.Unknown("value " + matcher.getMatchPatternCase());
  }

  private static Condition string(StringMatcher matcher, Function<Text, Condition> attribute) {
    Function<Text, Condition> cased =
        matcher.getIgnoreCase() ? text -> attribute.apply(text.inAnyCase()) : attribute;
    return switch (matcher.getMatchPatternCase()) {
      case EXACT -> cased.apply(Text.exact(matcher.getExact()));
      case PREFIX -> cased.apply(Text.prefix(matcher.getPrefix()));
      case SUFFIX -> cased.apply(Text.suffix(matcher.getSuffix()));
      // The case of a regular expression is its own.
      case SAFE_REGEX -> regex(matcher.getSafeRegex().getRegex(), attribute);
      case CONTAINS, CUSTOM, MATCHPATTERN_NOT_SET ->
          new Condition.Unknown(matcher.getMatchPatternCase().name());
    };
  }

  private static Condition regex(String pattern, Function<Text, Condition> attribute) {
    return Text.regex(pattern)
        .map(attribute)
        .orElseGet(() -> new Condition.Unknown("regular expression " + pattern));
  }
}
