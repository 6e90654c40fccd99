package dev.weir.rest.kubernetes;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableList;
import dev.weir.rest.http.Call;
import dev.weir.rest.http.Refusal;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The {@code fieldSelector} and {@code labelSelector} of a list (Kubernetes API concepts): what is
 * not understood is refused, for a list that ignores a condition misleads.
 */
final class Selection {
  private static final Pattern EQUALITY =
      Pattern.compile("\\s*([A-Za-z0-9._/-]+)\\s*(==|=|!=)\\s*([A-Za-z0-9._-]*)\\s*");
  private static final Pattern EXISTENCE = Pattern.compile("\\s*(!?)([A-Za-z0-9._/-]+)\\s*");

  private Selection() {}

  static Predicate<JsonNode> of(Call call) {
    Predicate<JsonNode> all = item -> true;
    for (String term : terms(call, "fieldSelector")) {
      all = all.and(field(term));
    }
    for (String term : terms(call, "labelSelector")) {
      all = all.and(label(term));
    }
    return all;
  }

  private static ImmutableList<String> terms(Call call, String parameter) {
    String text = call.queryValue(parameter).orElse("");
    if (text.contains("(")) {
      throw unsupported(parameter, text);
    }
    return ImmutableList.copyOf(Splitter.on(',').omitEmptyStrings().trimResults().split(text));
  }

  private static Predicate<JsonNode> field(String term) {
    Matcher equality = EQUALITY.matcher(term);
    if (!equality.matches()) {
      throw unsupported("fieldSelector", term);
    }
    String name =
        switch (equality.group(1)) {
          case "metadata.name" -> "name";
          case "metadata.namespace" -> "namespace";
          default -> throw unsupported("fieldSelector", term);
        };
    boolean equal = !equality.group(2).equals("!=");
    String value = equality.group(3);
    return item -> item.path("metadata").path(name).asText().equals(value) == equal;
  }

  private static Predicate<JsonNode> label(String term) {
    Matcher equality = EQUALITY.matcher(term);
    if (equality.matches()) {
      String key = equality.group(1);
      boolean equal = !equality.group(2).equals("!=");
      String value = equality.group(3);
      // A resource without the label satisfies "!=".
      return item -> {
        JsonNode label = item.path("metadata").path("labels").path(key);
        return (label.isTextual() && label.asText().equals(value)) == equal;
      };
    }
    Matcher existence = EXISTENCE.matcher(term);
    if (!existence.matches()) {
      throw unsupported("labelSelector", term);
    }
    boolean exists = existence.group(1).isEmpty();
    String key = existence.group(2);
    return item -> item.path("metadata").path("labels").has(key) == exists;
  }

  private static Refusal unsupported(String parameter, String text) {
    return Refusal.of(
        400,
        "BadRequest",
        "unsupported-selector",
        "?" + parameter,
        "the selector '" + text + "' is not supported",
        parameter.equals("fieldSelector")
            ? "select by metadata.name or metadata.namespace"
            : "use key=value, key!=value, key or !key");
  }
}
