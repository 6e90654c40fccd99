package dev.weir.reference;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What AuthorizationPolicy asks of the peer's identity, a SPIFFE id as in {@code
 * spiffe://cluster.local/ns/shop/sa/cart}. A peer without one passes nothing.
 *
 * @param trustDomains the mesh's own, then its aliases
 */
record Principals(List<String> trustDomains) {
  private static final String SPIFFE = "spiffe://";

  /** A probe's {@code principal}, which people write with and without its scheme. */
  static String spiffeId(String principal) {
    return principal.startsWith(SPIFFE) ? principal : SPIFFE + principal;
  }

  /** {@code principals}: "in the format of <TRUST_DOMAIN>/ns/<NAMESPACE>/sa/<SERVICE_ACCOUNT>". */
  Truth isPrincipal(Optional<String> peer, String value) {
    return Truth.of(
        peer.isPresent()
            && withAliases(value).stream()
                .anyMatch(each -> Glob.of(SPIFFE, each).matches(peer.get())));
  }

  /**
   * MeshConfig's {@code trustDomainAliases}: "Any service with the identity td1/ns/foo/sa/a …,
   * td2/… or td3/… will be treated the same in the Istio mesh." {@code cluster.local} in a policy
   * points to the mesh's own domain, whatever its name.
   */
  private Set<String> withAliases(String principal) {
    String[] parts = principal.split("/", -1);
    if (parts.length != 5 || parts[0].equals("*")) {
      return Set.of(principal);
    }
    String domain = parts[0];
    boolean ours = domain.equals("cluster.local");
    for (String each : trustDomains) {
      ours |= Glob.of(domain).matches(each);
    }
    if (!ours) {
      return Set.of(principal);
    }
    String rest = principal.substring(domain.length());
    Set<String> all = new LinkedHashSet<>();
    for (String each : trustDomains) {
      // A pattern such as *-td stays as it is for the domains that it takes.
      all.add(Glob.of(domain).matches(each) ? principal : each + rest);
    }
    return all;
  }

  /** {@code namespaces}: "derived from the peer certificate". */
  static Truth isInNamespace(Optional<String> peer, String value) {
    Glob glob =
        new Glob.Builder()
            .anything()
            .literal("/ns/")
            .wildcards(value)
            .literal("/")
            .anything()
            .build(false);
    return Truth.of(peer.isPresent() && glob.matches(peer.get()));
  }

  /**
   * {@code serviceAccounts}: "the format <namespace>/<serviceaccount>. <serviceaccount> may also be
   * used to use the same namespace as the AuthorizationPolicy."
   */
  static Truth isServiceAccount(Optional<String> peer, String value, String policyNamespace) {
    String[] parts = (value.contains("/") ? value : policyNamespace + "/" + value).split("/", 2);
    String start = "/ns/" + parts[0] + "/";
    String account = "sa/" + parts[1];
    List<Glob> forms = new ArrayList<>();
    // Other pairs of key and value may stand between the namespace and the account, and after it.
    for (boolean between : new boolean[] {false, true}) {
      for (boolean behind : new boolean[] {false, true}) {
        Glob.Builder form = new Glob.Builder().literal(SPIFFE).something().literal(start);
        Glob.Builder _ = between ? form.something().literal("/") : form;
        form.literal(account);
        Glob.Builder _ = behind ? form.literal("/").something() : form;
        forms.add(form.build(false));
      }
    }
    return Truth.of(peer.isPresent() && forms.stream().anyMatch(form -> form.matches(peer.get())));
  }

  /** {@code trustDomains}: "can be exact, prefix, suffix and presence". */
  Truth isInTrustDomain(Optional<String> peer, String value) {
    if (peer.isEmpty() || !peer.get().startsWith(SPIFFE)) {
      return Truth.FALSE;
    }
    String domain = peer.get().substring(SPIFFE.length()).split("/", 2)[0];
    List<String> values = trustDomains.contains(value) ? trustDomains : List.of(value);
    return Truth.of(values.stream().anyMatch(each -> Glob.of(each).matches(domain)));
  }
}
