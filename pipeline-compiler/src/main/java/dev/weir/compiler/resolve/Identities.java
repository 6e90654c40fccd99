package dev.weir.compiler.resolve;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.ImmutableSortedSet;
import com.google.common.collect.Maps;
import dev.weir.compiler.intent.Key;
import dev.weir.compiler.intent.Workload;
import dev.weir.compiler.net.IpAddress;
import dev.weir.compiler.net.Prefix;
import dev.weir.compiler.request.RequestExpr.StringMatch;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;

/**
 * Who there is, for patterns of names: what holds one is resolved anew when names come or go, so
 * that a pattern stands for the names that the workloads of now have.
 *
 * @param namespaces of workloads
 * @param accounts {@code namespace/serviceAccount} of workloads
 * @param trustDomains the mesh's own, which workloads have, then its aliases
 * @param peers identities of addresses that are no workload's
 */
record Identities(
    ImmutableSortedSet<String> namespaces,
    ImmutableSortedSet<String> accounts,
    ImmutableList<String> trustDomains,
    ImmutableMap<IpAddress, PeerIdentity> peers) {

  /** The part of an identity that is asked for. */
  enum Part {
    PRINCIPAL,
    NAMESPACE,
    SERVICE_ACCOUNT,
    TRUST_DOMAIN
  }

  /** One of the values where there are some, and none of the others, as who has no identity has. */
  record Asked(Part part, List<String> values, List<String> notValues) {}

  /** In policies it points to the mesh's own domain, whatever its name. */
  private static final String OWN_DOMAIN = "cluster.local";

  private static final String SPIFFE = PeerIdentity.SPIFFE;

  static Identities of(
      Collection<Workload> workloads,
      ImmutableList<String> trustDomains,
      ImmutableMap<IpAddress, PeerIdentity> peers) {
    Set<IpAddress> owned = new HashSet<>();
    workloads.forEach(each -> owned.addAll(each.addresses()));
    return new Identities(
        workloads.stream()
            .map(Workload::namespace)
            .collect(ImmutableSortedSet.toImmutableSortedSet(Comparator.naturalOrder())),
        workloads.stream()
            .map(each -> each.namespace() + "/" + each.serviceAccount())
            .collect(ImmutableSortedSet.toImmutableSortedSet(Comparator.naturalOrder())),
        trustDomains,
        ImmutableMap.copyOf(Maps.filterKeys(peers, address -> !owned.contains(address))));
  }

  /**
   * Adds what is asked of workloads.
   *
   * @param namespace the policy's, for service accounts without one
   */
  void add(Asked asked, String namespace, Conditions conditions) {
    switch (asked.part()) {
      case PRINCIPAL -> principals(asked.values(), asked.notValues(), conditions);
      case NAMESPACE -> namespaces(asked.values(), asked.notValues(), conditions);
      case SERVICE_ACCOUNT ->
          serviceAccounts(asked.values(), asked.notValues(), namespace, conditions);
      case TRUST_DOMAIN -> trustDomains(asked.values(), asked.notValues(), conditions);
    }
  }

  /** The peers without a workload, as blocks. */
  ImmutableSet<Prefix> peerBlocks() {
    return blocks(peers.keySet());
  }

  /** Those of them that pass everything asked. */
  ImmutableSet<Prefix> passing(List<Asked> asked, String namespace) {
    return blocks(
        Maps.filterValues(
                peers, peer -> asked.stream().allMatch(each -> passes(peer, each, namespace)))
            .keySet());
  }

  private static ImmutableSet<Prefix> blocks(Set<IpAddress> addresses) {
    return addresses.stream().map(Prefix::of).collect(ImmutableSet.toImmutableSet());
  }

  private boolean passes(PeerIdentity peer, Asked asked, String namespace) {
    Predicate<String> is =
        switch (asked.part()) {
          case PRINCIPAL -> value -> withAliases(value).stream().anyMatch(peer::isPrincipal);
          case NAMESPACE -> peer::isInNamespace;
          case SERVICE_ACCOUNT -> value -> peer.isServiceAccount(qualified(value, namespace));
          case TRUST_DOMAIN ->
              value ->
                  trustDomains.contains(value)
                      ? trustDomains.stream().anyMatch(peer::isInTrustDomain)
                      : peer.isInTrustDomain(value);
        };
    return (asked.values().isEmpty() || asked.values().stream().anyMatch(is))
        && asked.notValues().stream().noneMatch(is);
  }

  /** Adds what Istio's {@code trustDomains} ask: every workload is in the mesh's own. */
  private void trustDomains(List<String> values, List<String> notValues, Conditions conditions) {
    Key key = new Key.Namespace();
    if (!values.isEmpty()) {
      Conditions _ =
          inOwnDomain(values) ? conditions.exists(key) : conditions.in(key, new TreeSet<>());
    }
    if (!notValues.isEmpty() && inOwnDomain(notValues)) {
      conditions.absent(key);
    }
  }

  private boolean inOwnDomain(List<String> values) {
    return values.stream()
        .anyMatch(
            value ->
                trustDomains.contains(value)
                    || StringMatch.parse(value).matches(trustDomains.getFirst()));
  }

  /** Adds what Istio's {@code principals} and {@code notPrincipals} ask. */
  private void principals(List<String> values, List<String> notValues, Conditions conditions) {
    Key key = new Key.ServiceAccount();
    add(key, accountsByPrincipal(values), values, false, conditions);
    add(key, accountsByPrincipal(notValues), notValues, true, conditions);
  }

  private void namespaces(List<String> values, List<String> notValues, Conditions conditions) {
    Key key = new Key.Namespace();
    add(key, namespaces(values), values, false, conditions);
    add(key, namespaces(notValues), notValues, true, conditions);
  }

  /**
   * Adds what Istio's {@code serviceAccounts} ask.
   *
   * @param namespace the policy's, for names without one
   */
  private void serviceAccounts(
      List<String> values, List<String> notValues, String namespace, Conditions conditions) {
    Key key = new Key.ServiceAccount();
    add(key, qualified(values, namespace), values, false, conditions);
    add(key, qualified(notValues, namespace), notValues, true, conditions);
  }

  private static void add(
      Key key, TreeSet<String> names, List<String> given, boolean negated, Conditions conditions) {
    if (given.isEmpty()) {
      return;
    }
    if (given.contains("*")) {
      Conditions _ = negated ? conditions.absent(key) : conditions.exists(key);
    } else {
      Conditions _ = negated ? conditions.notIn(key, names) : conditions.in(key, names);
    }
  }

  private TreeSet<String> accountsByPrincipal(List<String> patterns) {
    TreeSet<String> found = new TreeSet<>();
    for (String given : patterns) {
      for (String pattern : withAliases(given)) {
        switch (StringMatch.parse(pattern)) {
          case StringMatch.Exact exact -> account(exact.value()).ifPresent(found::add);
          case StringMatch.StartsWith s ->
              matching(new StringMatch.StartsWith(SPIFFE + s.prefix()), found);
          case StringMatch other -> matching(other, found);
        }
      }
    }
    return found;
  }

  private void matching(StringMatch match, TreeSet<String> found) {
    accounts.stream().filter(each -> match.matches(SPIFFE + principal(each))).forEach(found::add);
  }

  /** A principal of one of the mesh's domains is one of all of them. */
  private List<String> withAliases(String principal) {
    String domain = principal.substring(0, Math.max(0, principal.indexOf('/')));
    boolean whole = principal.chars().filter(c -> c == '/').count() == 4;
    if (!whole || domain.equals("*")) {
      return List.of(principal);
    }
    StringMatch match = StringMatch.parse(domain);
    if (!domain.equals(OWN_DOMAIN) && trustDomains.stream().noneMatch(match::matches)) {
      return List.of(principal);
    }
    String rest = principal.substring(domain.length());
    // A pattern such as *-td stays as it is for the domains that it takes.
    return trustDomains.stream()
        .map(each -> match.matches(each) ? principal : each + rest)
        .distinct()
        .toList();
  }

  private TreeSet<String> namespaces(List<String> patterns) {
    TreeSet<String> found = new TreeSet<>();
    for (String pattern : patterns) {
      StringMatch match = StringMatch.parse(pattern);
      if (match instanceof StringMatch.Exact exact) {
        found.add(exact.value());
      } else {
        // Istio looks for the pattern between "/ns/" and any later slash.
        namespaces.stream()
            .filter(each -> match.matches(each) || match.matches(each + "/sa"))
            .forEach(found::add);
      }
    }
    return found;
  }

  private static TreeSet<String> qualified(List<String> values, String namespace) {
    TreeSet<String> found = new TreeSet<>();
    values.forEach(value -> found.add(qualified(value, namespace)));
    return found;
  }

  private static String qualified(String account, String namespace) {
    return account.contains("/") ? account : namespace + "/" + account;
  }

  /** As in {@code cluster.local/ns/shop/sa/cart}. */
  private String principal(String account) {
    int slash = account.indexOf('/');
    return trustDomains.getFirst()
        + "/ns/"
        + account.substring(0, slash)
        + "/sa/"
        + account.substring(slash + 1);
  }

  private Optional<String> account(String principal) {
    String start = trustDomains.getFirst() + "/ns/";
    int middle = principal.indexOf("/sa/");
    return principal.startsWith(start) && middle > start.length()
        ? Optional.of(
            principal.substring(start.length(), middle) + "/" + principal.substring(middle + 4))
        : Optional.empty();
  }
}
