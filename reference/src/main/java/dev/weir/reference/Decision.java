package dev.weir.reference;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Locale;

/**
 * What the standards answer to a probe.
 *
 * @param rule what gave the verdict, as in {@code NetworkPolicy shop/cart spec.ingress[0]}; for
 *     {@code depends} the first rule that the request decides; empty where no policy applies
 */
public record Decision(Verdict verdict, String rule) {

  /** The possible outcomes. */
  public enum Verdict {
    ALLOW,
    DENY,
    /** An external authorizer decides. */
    CUSTOM,
    /** The probe has no request, and the outcome depends on it. */
    DEPENDS;

    /** As in {@code allow}. */
    public String text() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  static Decision allow(String rule) {
    return new Decision(Verdict.ALLOW, rule);
  }

  static Decision deny(String rule) {
    return new Decision(Verdict.DENY, rule);
  }

  /** {@code {"verdict": …, "rule": …}}. */
  public ObjectNode toJson() {
    return JsonNodeFactory.instance.objectNode().put("verdict", verdict.text()).put("rule", rule);
  }
}
