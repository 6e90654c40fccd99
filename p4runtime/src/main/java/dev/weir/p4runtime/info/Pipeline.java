package dev.weir.p4runtime.info;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import dev.weir.p4runtime.entry.Action;
import java.util.Optional;

/**
 * A pipeline's control-plane view by name, as read from its P4Info. Names are without the control's
 * prefix ({@code ingress_policy}, not {@code WeirIngress.ingress_policy}) where that is unique; the
 * lookups that take a name understand the one in full and P4Info's alias too.
 *
 * @param name the program's name ({@code PkgInfo.name}, else as given by the reader)
 * @param tables in P4Info's order, by name
 * @param actions in P4Info's order, by name
 * @param externs counters, meters, registers, action profiles and digests
 */
public record Pipeline(
    String name,
    ImmutableMap<String, Table> tables,
    ImmutableMap<String, ActionInfo> actions,
    Externs externs) {

  /** A pipeline of tables and actions only. */
  public Pipeline(
      String name, ImmutableMap<String, Table> tables, ImmutableMap<String, ActionInfo> actions) {
    this(name, tables, actions, Externs.NONE);
  }

  /** How a table matches a field. */
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
   * @param id unique within its table
   * @param width bits
   */
  public record Field(int id, String name, int width, MatchKind kind) {}

  /**
   * One action.
   *
   * @param name within a table, unique among that table's actions
   * @param params in declaration order, by name
   */
  public record ActionInfo(
      int id, String name, ImmutableSet<String> otherNames, ImmutableMap<String, Param> params)
      implements Named {

    public ActionInfo(int id, String name, ImmutableMap<String, Param> params) {
      this(id, name, ImmutableSet.of(), params);
    }

    /**
     * The parameter called {@code name}.
     *
     * @throws dev.weir.p4runtime.RefusedException {@code unknown-name}, with the candidates
     */
    public Param param(String param) {
      return Optional.ofNullable(params.get(param))
          .orElseThrow(
              () -> Names.unknown("parameter", param, "in action " + name, params.keySet()));
    }
  }

  /**
   * One action parameter.
   *
   * @param id unique within its action
   * @param width bits
   */
  public record Param(int id, String name, int width) {}

  /**
   * One table.
   *
   * @param fields the key, in declaration order, by name
   * @param actions by name, those an entry may have
   * @param defaultOnly actions that only the default entry may have
   * @param tableOnly names among {@code actions} that the default entry may not have
   * @param size entries the pipeline asks for
   * @param constant the program brings the entries and nobody may change them
   * @param constantDefault the default action's name, where nobody may change it
   * @param initialDefault what a miss does until somebody changes it, where P4Info says so
   * @param actionProfile the profile or selector that holds the table's actions, if one does
   * @param hasDirectCounter whether entries carry a direct counter
   * @param hasDirectMeter whether entries carry a direct meter
   * @param idleTimeouts whether entries may have an idle timeout
   */
  public record Table(
      int id,
      String name,
      ImmutableSet<String> otherNames,
      ImmutableMap<String, Field> fields,
      ImmutableMap<String, ActionInfo> actions,
      ImmutableMap<String, ActionInfo> defaultOnly,
      ImmutableSet<String> tableOnly,
      long size,
      boolean constant,
      Optional<String> constantDefault,
      Optional<Action> initialDefault,
      Optional<String> actionProfile,
      boolean hasDirectCounter,
      boolean hasDirectMeter,
      boolean idleTimeouts)
      implements Named {

    /** A table whose default action is free and that has no action profile, meter or timeouts. */
    public Table(
        int id,
        String name,
        ImmutableMap<String, Field> fields,
        ImmutableMap<String, ActionInfo> actions,
        ImmutableMap<String, ActionInfo> defaultOnly,
        long size,
        boolean constant,
        boolean hasDirectCounter) {
      this(
          id,
          name,
          ImmutableSet.of(),
          fields,
          actions,
          defaultOnly,
          ImmutableSet.of(),
          size,
          constant,
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          hasDirectCounter,
          false,
          false);
    }

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

    /**
     * The key field called {@code name}.
     *
     * @throws dev.weir.p4runtime.RefusedException {@code unknown-name}, with the candidates
     */
    public Field field(String field) {
      return Optional.ofNullable(fields.get(field))
          .orElseThrow(() -> Names.unknown("field", field, "in table " + name, fields.keySet()));
    }

    /** The action called {@code name}, of entries or of the default, where the table has it. */
    public Optional<ActionInfo> findAction(String action) {
      return Names.find(actions, action).or(() -> Names.find(defaultOnly, action));
    }

    /**
     * The action called {@code name}, of entries or of the default.
     *
     * @throws dev.weir.p4runtime.RefusedException {@code unknown-name}, with the candidates
     */
    public ActionInfo action(String action) {
      return findAction(action)
          .orElseThrow(
              () ->
                  Names.unknown(
                      "action",
                      action,
                      "in table " + name,
                      ImmutableSet.<String>builder()
                          .addAll(actions.keySet())
                          .addAll(defaultOnly.keySet())
                          .build()));
    }
  }

  /** The table called {@code name}, where the pipeline has it. */
  public Optional<Table> findTable(String table) {
    return Names.find(tables, table);
  }

  /**
   * The table called {@code name}.
   *
   * @throws dev.weir.p4runtime.RefusedException {@code unknown-name}, with the candidates
   */
  public Table table(String table) {
    return require("table", tables, table);
  }

  /**
   * The indexed counter called {@code name}.
   *
   * @throws dev.weir.p4runtime.RefusedException {@code unknown-name}, with the candidates
   */
  public Externs.Counter counter(String counter) {
    return require("counter", externs.counters(), counter);
  }

  /**
   * The indexed meter called {@code name}.
   *
   * @throws dev.weir.p4runtime.RefusedException {@code unknown-name}, with the candidates
   */
  public Externs.Meter meter(String meter) {
    return require("meter", externs.meters(), meter);
  }

  /**
   * The register called {@code name}.
   *
   * @throws dev.weir.p4runtime.RefusedException {@code unknown-name}, with the candidates
   */
  public Externs.Register register(String register) {
    return require("register", externs.registers(), register);
  }

  /**
   * The action profile or selector called {@code name}.
   *
   * @throws dev.weir.p4runtime.RefusedException {@code unknown-name}, with the candidates
   */
  public Externs.ActionProfile actionProfile(String profile) {
    return require("action profile", externs.actionProfiles(), profile);
  }

  /**
   * The digest called {@code name}.
   *
   * @throws dev.weir.p4runtime.RefusedException {@code unknown-name}, with the candidates
   */
  public Externs.Digest digest(String digest) {
    return require("digest", externs.digests(), digest);
  }

  private <T extends Named> T require(String kind, ImmutableMap<String, T> objects, String wanted) {
    return Names.find(objects, wanted)
        .orElseThrow(() -> Names.unknown(kind, wanted, "in pipeline " + name, objects.keySet()));
  }
}
