package dev.weir.compiler.resolve;

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
 */
record Identities(ImmutableSortedSet<String> namespaces, ImmutableSortedSet<String> accounts) {
  static final String TRUST_DOMAIN = "cluster.local";

  static Identities of(Collection<Workload> workloads) {
    return new Identities(
        workloads.stream()
            .map(Workload::namespace)
            .collect(ImmutableSortedSet.toImmutableSortedSet(Comparator.naturalOrder())),
        workloads.stream()
            .map(each -> each.namespace() + "/" + each.serviceAccount())
            .collect(ImmutableSortedSet.toImmutableSortedSet(Comparator.naturalOrder())));
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
    for (String pattern : patterns) {
      StringMatch match = StringMatch.parse(pattern);
      if (match instanceof StringMatch.Exact exact) {
        account(exact.value()).ifPresent(found::add);
      } else {
        accounts.stream().filter(each -> match.matches(principal(each))).forEach(found::add);
      }
    }
    return found;
  }

  private TreeSet<String> namespaces(List<String> patterns) {
    TreeSet<String> found = new TreeSet<>();
    for (String pattern : patterns) {
      StringMatch match = StringMatch.parse(pattern);
      if (match instanceof StringMatch.Exact exact) {
        found.add(exact.value());
      } else {
        namespaces.stream().filter(match::matches).forEach(found::add);
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
  private static String principal(String account) {
    int slash = account.indexOf('/');
    return TRUST_DOMAIN
        + "/ns/"
        + account.substring(0, slash)
        + "/sa/"
        + account.substring(slash + 1);
  }

  private static Optional<String> account(String principal) {
    String start = TRUST_DOMAIN + "/ns/";
    int middle = principal.indexOf("/sa/");
    return principal.startsWith(start) && middle > start.length()
        ? Optional.of(
            principal.substring(start.length(), middle) + "/" + principal.substring(middle + 4))
        : Optional.empty();
  }
}
