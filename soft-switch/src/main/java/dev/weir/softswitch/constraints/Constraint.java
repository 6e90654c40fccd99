package dev.weir.softswitch.constraints;

import dev.weir.softswitch.engine.EntryKey;
import dev.weir.softswitch.engine.FieldMatch;
import java.math.BigInteger;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a program asks of a table's entries ({@code @entry_restriction}) or of an action's
 * parameters ({@code @action_restriction}): an expression that has to be true.
 */
public final class Constraint {
  private final String source;
  private final Expression expression;

  /** How a name matches, which decides what can be asked of it. */
  public enum Kind {
    EXACT,
    TERNARY,
    OPTIONAL,
    LPM,
    RANGE,
    /** An action's parameter: a plain number. */
    PARAMETER
  }

  /** A name that the expression may use. */
  public record Name(String name, Kind kind, int width) {}

  private Constraint(String source, Expression expression) {
    this.source = source;
    this.expression = expression;
  }

  /**
   * Reads a restriction.
   *
   * @param names in the order of the key's fields or the action's parameters
   * @throws ConstraintException when it is no expression of the language, or not of these names
   */
  public static Constraint read(String source, List<Name> names) {
    Map<String, Integer> byName = new LinkedHashMap<>();
    for (int i = 0; i < names.size(); i++) {
      byName.put(names.get(i).name(), i);
    }
    return new Constraint(source, new Parser(source, names, byName).constraint());
  }

  public String source() {
    return source;
  }

  /** Whether an entry with this key may be. */
  public boolean holds(EntryKey key) {
    return truth(new Subject(key.matches(), List.of(), key.priority()));
  }

  /** Whether the action may have these parameters. */
  public boolean holds(List<BigInteger> parameters) {
    return truth(new Subject(List.of(), parameters, 0));
  }

  private boolean truth(Subject subject) {
    return expression.eval().apply(subject).equals(true);
  }

  /** What is judged. */
  record Subject(List<@Nullable FieldMatch> matches, List<BigInteger> values, int priority) {}
}
