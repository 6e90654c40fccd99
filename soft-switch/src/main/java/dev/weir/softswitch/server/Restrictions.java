package dev.weir.softswitch.server;

import dev.weir.softswitch.constraints.Constraint;
import dev.weir.softswitch.constraints.ConstraintException;
import dev.weir.softswitch.engine.Table;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import p4.config.v1.P4InfoOuterClass;
import p4.config.v1.P4InfoOuterClass.MatchField;

/** Reads the restrictions of p4-constraints from P4Info's annotations. */
final class Restrictions {
  private static final String ENTRY = "entry_restriction";
  private static final String ACTION = "action_restriction";

  /** A string literal of P4. */
  private static final Pattern LITERAL = Pattern.compile("\"((?:[^\"\\\\]|\\\\.)*)\"");

  private Restrictions() {}

  /** What a table asks of its entries. */
  static @Nullable Constraint ofEntries(P4InfoOuterClass.Table info, Table table) {
    String source = source(info.getPreamble(), ENTRY, "table");
    if (source == null) {
      return null;
    }
    List<Constraint.Name> names = new ArrayList<>();
    for (int i = 0; i < info.getMatchFieldsCount(); i++) {
      MatchField field = info.getMatchFields(i);
      if (field.getBitwidth() > 0) {
        names.add(new Constraint.Name(field.getName(), kind(field), table.key().get(i).width()));
      } else {
        // Text has no order and no bits: a restriction that names such a field is refused.
        names.add(new Constraint.Name("", Constraint.Kind.EXACT, 1));
      }
    }
    return read(source, names, "@" + ENTRY + " of table " + info.getPreamble().getName());
  }

  /** What an action asks of its parameters. */
  static @Nullable Constraint ofParameters(P4InfoOuterClass.Action info) {
    String source = source(info.getPreamble(), ACTION, "action");
    if (source == null) {
      return null;
    }
    List<Constraint.Name> names =
        info.getParamsList().stream()
            .map(
                p ->
                    p.getBitwidth() > 0
                        ? new Constraint.Name(
                            p.getName(), Constraint.Kind.PARAMETER, p.getBitwidth())
                        : new Constraint.Name("", Constraint.Kind.PARAMETER, 1))
            .toList();
    return read(source, names, "@" + ACTION + " of action " + info.getPreamble().getName());
  }

  private static Constraint read(String source, List<Constraint.Name> names, String what) {
    try {
      return Constraint.read(source, names);
    } catch (ConstraintException e) {
      throw Refused.invalid("preamble.annotations", what + ", " + e.getMessage());
    }
  }

  private static Constraint.Kind kind(MatchField field) {
    return switch (field.getMatchType()) {
      case EXACT -> Constraint.Kind.EXACT;
      case LPM -> Constraint.Kind.LPM;
      case TERNARY -> Constraint.Kind.TERNARY;
      case RANGE -> Constraint.Kind.RANGE;
      case OPTIONAL -> Constraint.Kind.OPTIONAL;
      case UNSPECIFIED, UNRECOGNIZED ->
          throw Refused.invalid("", "match field " + field.getName() + " has no known match type");
    };
  }

  /** The restriction's text; null: there is none. */
  private static @Nullable String source(
      P4InfoOuterClass.Preamble preamble, String name, String owner) {
    if (preamble.getStructuredAnnotationsList().stream().anyMatch(a -> a.getName().equals(name))) {
      throw Refused.unimplemented(
          "preamble.structured_annotations",
          owner
              + " "
              + preamble.getName()
              + ": @"
              + name
              + " in brackets; write it in parentheses");
    }
    String found = null;
    for (String annotation : preamble.getAnnotationsList()) {
      if (annotation.startsWith("@" + name + "(")) {
        if (found != null) {
          throw Refused.invalid(
              "preamble.annotations",
              owner + " " + preamble.getName() + " has @" + name + " twice");
        }
        found = text(annotation.substring(name.length() + 1));
      }
    }
    return found;
  }

  private static String text(String literals) {
    StringBuilder text = new StringBuilder();
    Matcher matcher = LITERAL.matcher(literals);
    while (matcher.find()) {
      text.append(matcher.group(1).replace("\\\"", "\"").replace("\\n", "\n"));
    }
    return text.toString();
  }
}
