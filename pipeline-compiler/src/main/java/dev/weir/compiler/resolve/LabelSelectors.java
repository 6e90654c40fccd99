package dev.weir.compiler.resolve;

import com.google.common.collect.ImmutableSet;
import dev.weir.compiler.intent.Key;
import io.fabric8.kubernetes.api.model.LabelSelector;
import io.fabric8.kubernetes.api.model.LabelSelectorRequirement;
import java.util.Map;
import java.util.function.Function;

/** Kubernetes' label selectors as conditions. */
final class LabelSelectors {
  /** The label that every namespace has, with its name as value. */
  static final String NAMESPACE_NAME = "kubernetes.io/metadata.name";

  private LabelSelectors() {}

  static void pods(LabelSelector selector, Conditions conditions) {
    add(selector, Key.PodLabel::new, conditions);
  }

  static void namespaces(LabelSelector selector, Conditions conditions) {
    add(selector, LabelSelectors::namespaceKey, conditions);
  }

  /** The namespace's name has a key of its own, which other selectors share. */
  static Key namespaceKey(String label) {
    return label.equals(NAMESPACE_NAME) ? new Key.Namespace() : new Key.NamespaceLabel(label);
  }

  /** Whether labels that are known now are taken. */
  static boolean matches(LabelSelector selector, Map<String, String> labels) {
    Map<String, String> wanted = selector.getMatchLabels();
    if (wanted != null && !labels.entrySet().containsAll(wanted.entrySet())) {
      return false;
    }
    for (LabelSelectorRequirement each : selector.getMatchExpressions()) {
      boolean present = labels.containsKey(each.getKey());
      boolean named = present && each.getValues().contains(labels.get(each.getKey()));
      boolean holds =
          switch (each.getOperator()) {
            case "In" -> named;
            case "NotIn" -> !named;
            case "Exists" -> present;
            case "DoesNotExist" -> !present;
            default -> throw new IllegalArgumentException("operator " + each.getOperator());
          };
      if (!holds) {
        return false;
      }
    }
    return true;
  }

  private static void add(
      LabelSelector selector, Function<String, Key> key, Conditions conditions) {
    Map<String, String> labels = selector.getMatchLabels();
    if (labels != null) {
      labels.forEach((name, value) -> conditions.in(key.apply(name), ImmutableSet.of(value)));
    }
    for (LabelSelectorRequirement each : selector.getMatchExpressions()) {
      Key of = key.apply(each.getKey());
      ImmutableSet<String> values = ImmutableSet.copyOf(each.getValues());
      switch (each.getOperator()) {
        case "In" -> conditions.in(of, values);
        case "NotIn" -> conditions.notIn(of, values);
        case "Exists" -> conditions.exists(of);
        case "DoesNotExist" -> conditions.absent(of);
        default -> throw new IllegalArgumentException("operator " + each.getOperator());
      }
    }
  }
}
