package dev.weir.compiler.resolve;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedSet;
import dev.weir.compiler.intent.Key;
import dev.weir.compiler.intent.Workload;
import dev.weir.compiler.request.RequestExpr.StringMatch;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;

/**
 * Who there is, for patterns of names: intent is resolved anew at every change, so that a pattern
 * stands for the names that the workloads of now have.
 *
 * @param namespaces of workloads
 * @param accounts {@code namespace/serviceAccount} of workloads
 * @param trustDomains the mesh's own, which workloads have, then its aliases
 */
record Identities(
    ImmutableSortedSet<String> namespaces,
    ImmutableSortedSet<String> accounts,
    ImmutableList<String> trustDomains) {

  /** In policies it points to the mesh's own domain, whatever its name. */
  private static final String OWN_DOMAIN = "cluster.local";

  private static final String SPIFFE = "spiffe://";

  static Identities of(Collection<Workload> workloads, ImmutableList<String> trustDomains) {
    return new Identities(
        workloads.stream()
            .map(Workload::namespace)
            .collect(ImmutableSortedSet.toImmutableSortedSet(Comparator.naturalOrder())),
        workloads.stream()
            .map(each -> each.namespace() + "/" + each.serviceAccount())
            .collect(ImmutableSortedSet.toImmutableSortedSet(Comparator.naturalOrder())),
        trustDomains);
  }

  /** Adds what Istio's {@code trustDomains} ask: every workload is in the mesh's own. */
  void trustDomains(List<String> values, List<String> notValues, Conditions conditions) {
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
  void principals(List<String> values, List<String> notValues, Conditions conditions) {
    Key key = new Key.ServiceAccount();
    add(key, accountsByPrincipal(values), values, false, conditions);
    add(key, accountsByPrincipal(notValues), notValues, true, conditions);
  }

  void namespaces(List<String> values, List<String> notValues, Conditions conditions) {
    Key key = new Key.Namespace();
    add(key, namespaces(values), values, false, conditions);
    add(key, namespaces(notValues), notValues, true, conditions);
  }

  /**
   * Adds what Istio's {@code serviceAccounts} ask.
   *
   * @param namespace the policy's, for names without one
   */
  void serviceAccounts(
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
    for (String value : values) {
      found.add(value.contains("/") ? value : namespace + "/" + value);
    }
    return found;
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
