package dev.weir.compiler.resolve;

import dev.weir.compiler.request.RequestExpr.StringMatch;
import java.util.regex.Pattern;

/**
 * The verified identity of a peer that is no workload: from outside the cluster, or of another
 * trust domain. Its parts are read as Istio's proxies read them, in whatever order they come.
 *
 * @param spiffeId as in {@code spiffe://cluster.local/ns/shop/sa/cart}
 */
public record PeerIdentity(String spiffeId) {
  static final String SPIFFE = "spiffe://";

  /**
   * Reads a principal.
   *
   * @param principal with or without {@code spiffe://}
   */
  public static PeerIdentity of(String principal) {
    return new PeerIdentity(principal.startsWith(SPIFFE) ? principal : SPIFFE + principal);
  }

  boolean isPrincipal(String pattern) {
    return switch (StringMatch.parse(pattern)) {
      case StringMatch.Exact exact -> spiffeId.equals(SPIFFE + exact.value());
      case StringMatch.StartsWith start -> spiffeId.startsWith(SPIFFE + start.prefix());
      case StringMatch other -> other.matches(spiffeId);
    };
  }

  boolean isInNamespace(String pattern) {
    return matches(".*/ns/" + regex(pattern, ".*") + "/.*");
  }

  /**
   * Whether it is a service account's.
   *
   * @param account {@code namespace/name}
   */
  boolean isServiceAccount(String account) {
    int slash = account.indexOf('/');
    return matches(
        SPIFFE
            + ".+/ns/"
            + Pattern.quote(account.substring(0, slash))
            + "/(.+/)?sa/"
            + Pattern.quote(account.substring(slash + 1))
            + "(/.+)?");
  }

  boolean isInTrustDomain(String pattern) {
    return matches(SPIFFE + regex(pattern, "[^/]*") + "/.*");
  }

  private boolean matches(String regex) {
    return Pattern.compile(regex, Pattern.DOTALL).matcher(spiffeId).matches();
  }

  /** The pattern with its star, which stands at an end of it. */
  private static String regex(String pattern, String star) {
    return switch (StringMatch.parse(pattern)) {
      case StringMatch.StartsWith start -> Pattern.quote(start.prefix()) + star;
      case StringMatch.EndsWith end -> star + Pattern.quote(end.suffix());
      case StringMatch.Present _ -> star;
      case StringMatch _ -> Pattern.quote(pattern);
    };
  }
}
