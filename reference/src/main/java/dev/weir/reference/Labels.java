package dev.weir.reference;

import java.util.Map;
import java.util.Set;

/** Label selectors, as metav1.LabelSelector documents them. */
final class Labels {
  private static final Set<String> SELECTOR = Set.of("matchLabels", "matchExpressions");
  private static final Set<String> EXPRESSION = Set.of("key", "operator", "values");
  private static final Set<String> OPERATORS = Set.of("In", "NotIn", "Exists", "DoesNotExist");

  private Labels() {}

  static void check(Field selector) {
    selector.only(SELECTOR);
    selector.get("matchLabels").textMap();
    for (Field expression : selector.get("matchExpressions").list()) {
      expression.only(EXPRESSION);
      expression.get("key").text();
      Field operator = expression.get("operator");
      operator.text();
      operator.oneOf(OPERATORS);
      // "If the operator is In or NotIn, the values array must be non-empty. If the operator is
      // Exists or DoesNotExist, the values array must be empty."
      boolean listed = expression.get("values").texts().isEmpty();
      if (operator.text().endsWith("In") == listed) {
        throw expression.get("values").error("does not fit the operator " + operator.text());
      }
    }
  }

  /**
   * "The result of matchLabels and matchExpressions are ANDed. An empty label selector matches all
   * objects."
   */
  static boolean match(Field selector, Map<String, String> labels) {
    for (Map.Entry<String, String> wanted : selector.get("matchLabels").textMap().entrySet()) {
      if (!wanted.getValue().equals(labels.get(wanted.getKey()))) {
        return false;
      }
    }
    return selector.get("matchExpressions").list().stream()
        .allMatch(expression -> matchExpression(expression, labels));
  }

  /** {@code NotIn} also takes what lacks the key, as Kubernetes' labels page says. */
  private static boolean matchExpression(Field expression, Map<String, String> labels) {
    String value = labels.get(expression.get("key").text());
    return switch (expression.get("operator").text()) {
      case "In" -> value != null && expression.get("values").texts().contains(value);
      case "NotIn" -> value == null || !expression.get("values").texts().contains(value);
      case "Exists" -> value != null;
      case "DoesNotExist" -> value == null;
      default -> throw expression.get("operator").error("no such operator");
    };
  }
}
