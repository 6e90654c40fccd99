package dev.weir.p4runtime.info;

import com.google.common.collect.ImmutableMap;
import java.util.Optional;

/**
 * A pipeline's control-plane view by name, as read from its P4Info. Names are without the control's
 * prefix ({@code ingress_policy}, not {@code WeirIngress.ingress_policy}) where that is unique.
 *
 * @param name the program's name ({@code PkgInfo.name}, else as given by the reader)
 */
public record Pipeline(
    String name, ImmutableMap<String, Table> tables, ImmutableMap<String, ActionInfo> actions) {

  public enum MatchKind {
    EXACT,
    LPM,
    TERNARY,
    RANGE,
    OPTIONAL
  }

  /**
   * One key field.
   *
   * @param width bits
   */
  public record Field(int id, String name, int width, MatchKind kind) {}

  /**
   * One action.
   *
   * @param params in declaration order, by name
   */
  public record ActionInfo(int id, String name, ImmutableMap<String, Param> params) {}

  /**
   * One action parameter.
   *
   * @param width bits
   */
  public record Param(int id, String name, int width) {}

  /**
   * One table.
   *
   * @param size entries the pipeline asks for
   * @param actions by name, those an entry may have
   * @param defaultOnly actions that only the default entry may have
   * @param hasDirectCounter whether entries carry a direct counter
   */
  public record Table(
      int id,
      String name,
      ImmutableMap<String, Field> fields,
      ImmutableMap<String, ActionInfo> actions,
      ImmutableMap<String, ActionInfo> defaultOnly,
      long size,
      boolean constant,
      boolean hasDirectCounter) {

    /** Entries have a priority: some field is ternary, range or optional. */
    public boolean prioritised() {
      return fields.values().stream()
          .anyMatch(
              f ->
                  switch (f.kind()) {
                    case TERNARY, RANGE, OPTIONAL -> true;
                    case EXACT, LPM -> false;
                  });
    }
  }

  /** The table called {@code name}, where the pipeline has it. */
  public Optional<Table> findTable(String name) {
    return Optional.ofNullable(tables.get(name));
  }
}
