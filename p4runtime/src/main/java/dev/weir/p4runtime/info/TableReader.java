package dev.weir.p4runtime.info;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import dev.weir.p4runtime.entry.Action;
import dev.weir.p4runtime.entry.Bits;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import p4.config.v1.P4InfoOuterClass;
import p4.config.v1.P4InfoOuterClass.ActionRef;
import p4.config.v1.P4InfoOuterClass.MatchField;
import p4.config.v1.P4InfoOuterClass.P4Info;
import p4.config.v1.P4InfoOuterClass.Preamble;
import p4.config.v1.P4InfoOuterClass.TableActionCall;

/** The tables and actions of a P4Info whose references hold. */
final class TableReader {
  private final P4Info info;
  private final ShortNames actionNames;
  private final Map<Integer, P4InfoOuterClass.Action> actionsById = new LinkedHashMap<>();
  private final Map<Integer, ImmutableMap<String, Pipeline.Param>> params = new LinkedHashMap<>();
  private final ImmutableMap<Integer, String> profileNames;
  private final Set<Integer> directCounters;
  private final Set<Integer> directMeters;

  TableReader(P4Info info) {
    this.info = info;
    actionNames = new ShortNames(info.getActionsList().stream().map(a -> a.getPreamble()).toList());
    for (int i = 0; i < info.getActionsCount(); i++) {
      P4InfoOuterClass.Action action = info.getActions(i);
      actionsById.put(action.getPreamble().getId(), action);
      params.put(action.getPreamble().getId(), params("actions[" + i + "]", action));
    }
    profileNames =
        ShortNames.byId(info.getActionProfilesList().stream().map(p -> p.getPreamble()).toList());
    directCounters =
        info.getDirectCountersList().stream()
            .map(c -> c.getPreamble().getId())
            .collect(Collectors.toSet());
    directMeters =
        info.getDirectMetersList().stream()
            .map(m -> m.getPreamble().getId())
            .collect(Collectors.toSet());
  }

  ImmutableMap<String, Pipeline.ActionInfo> actions() {
    return P4InfoReader.byName(
        "actions",
        actionsById.values().stream().map(a -> action(a.getPreamble(), actionNames)).toList());
  }

  ImmutableMap<String, Pipeline.Table> tables() {
    ShortNames names =
        new ShortNames(info.getTablesList().stream().map(t -> t.getPreamble()).toList());
    List<Pipeline.Table> tables = new ArrayList<>();
    for (int i = 0; i < info.getTablesCount(); i++) {
      tables.add(table("tables[" + i + "]", info.getTables(i), names));
    }
    return P4InfoReader.byName("tables", tables);
  }

  private Pipeline.Table table(String path, P4InfoOuterClass.Table table, ShortNames names) {
    List<Pipeline.ActionInfo> entryActions = new ArrayList<>();
    List<Pipeline.ActionInfo> defaultOnly = new ArrayList<>();
    ImmutableSet.Builder<String> tableOnly = ImmutableSet.builder();
    // Two controls may each have their own action "deny": within one table the short name is alone
    // far more often than within the program.
    ShortNames local =
        new ShortNames(table.getActionRefsList().stream().map(r -> preamble(r.getId())).toList());
    for (int i = 0; i < table.getActionRefsCount(); i++) {
      ActionRef ref = table.getActionRefs(i);
      Pipeline.ActionInfo action = action(preamble(ref.getId()), local);
      switch (ref.getScope()) {
        case TABLE_AND_DEFAULT -> entryActions.add(action);
        case TABLE_ONLY -> {
          entryActions.add(action);
          tableOnly.add(action.name());
        }
        case DEFAULT_ONLY -> defaultOnly.add(action);
        case UNRECOGNIZED ->
            throw P4InfoReader.invalid(
                path + ".action_refs[" + i + "].scope",
                "scope " + ref.getScopeValue() + " is not known",
                "compile with a p4c for P4Runtime 1.5");
      }
    }
    int constantDefault = table.getConstDefaultActionId();
    return new Pipeline.Table(
        table.getPreamble().getId(),
        names.of(table.getPreamble()),
        names.others(table.getPreamble()),
        fields(path, table),
        P4InfoReader.byName(path + ".action_refs", entryActions),
        P4InfoReader.byName(path + ".action_refs", defaultOnly),
        tableOnly.build(),
        table.getSize(),
        table.getIsConstTable(),
        constantDefault == 0 ? Optional.empty() : Optional.of(local.of(preamble(constantDefault))),
        table.hasInitialDefaultAction()
            ? Optional.of(
                call(path + ".initial_default_action", table.getInitialDefaultAction(), local))
            : Optional.empty(),
        table.getImplementationId() == 0
            ? Optional.empty()
            : Optional.ofNullable(profileNames.get(table.getImplementationId())),
        table.getDirectResourceIdsList().stream().anyMatch(directCounters::contains),
        table.getDirectResourceIdsList().stream().anyMatch(directMeters::contains),
        table.getIdleTimeoutBehavior()
            == P4InfoOuterClass.Table.IdleTimeoutBehavior.NOTIFY_CONTROL);
  }

  private Action call(String path, TableActionCall call, ShortNames local) {
    ImmutableMap<String, Pipeline.Param> known =
        params.getOrDefault(call.getActionId(), ImmutableMap.of());
    Map<String, Bits> values = new TreeMap<>();
    for (int i = 0; i < call.getArgumentsCount(); i++) {
      TableActionCall.Argument argument = call.getArguments(i);
      Bits value = Bits.ofBytes(argument.getValue().toByteArray());
      Pipeline.Param param =
          known.values().stream()
              .filter(p -> p.id() == argument.getParamId() && value.fits(p.width()))
              .findFirst()
              .orElseThrow(
                  () ->
                      P4InfoReader.invalid(
                          path + ".arguments",
                          "no parameter %d that %s fits".formatted(argument.getParamId(), value),
                          "give P4Info as the compiler wrote it"));
      values.put(param.name(), value);
    }
    return Action.of(local.of(preamble(call.getActionId())), values);
  }

  private ImmutableMap<String, Pipeline.Field> fields(String path, P4InfoOuterClass.Table table) {
    Map<String, Pipeline.Field> fields = new LinkedHashMap<>();
    Map<Integer, String> ids = new LinkedHashMap<>();
    for (int i = 0; i < table.getMatchFieldsCount(); i++) {
      MatchField field = table.getMatchFields(i);
      String at = path + ".match_fields[" + i + "]";
      Pipeline.Field read =
          new Pipeline.Field(
              id(at, field.getId(), field.getName(), ids),
              field.getName(),
              width(at, field.getName(), field.getBitwidth()),
              kind(at, field));
      if (fields.putIfAbsent(read.name(), read) != null) {
        throw twice(at, read.name());
      }
    }
    return ImmutableMap.copyOf(fields);
  }

  private static Pipeline.MatchKind kind(String path, MatchField field) {
    return switch (field.getMatchType()) {
      case EXACT -> Pipeline.MatchKind.EXACT;
      case LPM -> Pipeline.MatchKind.LPM;
      case TERNARY -> Pipeline.MatchKind.TERNARY;
      case RANGE -> Pipeline.MatchKind.RANGE;
      case OPTIONAL -> Pipeline.MatchKind.OPTIONAL;
      case UNSPECIFIED, UNRECOGNIZED ->
          throw P4InfoReader.invalid(
              path,
              "field '%s' is matched by '%s'".formatted(field.getName(), field.getOtherMatchType()),
              "use exact, lpm, ternary, range or optional");
    };
  }

  private static ImmutableMap<String, Pipeline.Param> params(
      String path, P4InfoOuterClass.Action action) {
    Map<String, Pipeline.Param> params = new LinkedHashMap<>();
    Map<Integer, String> ids = new LinkedHashMap<>();
    for (int i = 0; i < action.getParamsCount(); i++) {
      P4InfoOuterClass.Action.Param param = action.getParams(i);
      String at = path + ".params[" + i + "]";
      Pipeline.Param read =
          new Pipeline.Param(
              id(at, param.getId(), param.getName(), ids),
              param.getName(),
              width(at, param.getName(), param.getBitwidth()));
      if (params.putIfAbsent(read.name(), read) != null) {
        throw twice(at, read.name());
      }
    }
    return ImmutableMap.copyOf(params);
  }

  private static int id(String path, int id, String name, Map<Integer, String> ids) {
    String other = ids.putIfAbsent(id, name);
    if (id == 0 || other != null) {
      throw P4InfoReader.invalid(
          path + ".id",
          id == 0 ? "the id is 0, which is no id" : "'" + other + "' has id " + id + " too",
          "give P4Info as the compiler wrote it");
    }
    return id;
  }

  private static int width(String path, String name, int width) {
    if (width <= 0) {
      throw P4InfoReader.invalid(
          path + ".bitwidth",
          "'%s' has no width in bits".formatted(name),
          "use bit<W> in keys and parameters, not text");
    }
    return width;
  }

  private static RuntimeException twice(String path, String name) {
    return P4InfoReader.invalid(
        path + ".name", "'" + name + "' is there twice", "give each its own @name");
  }

  private Pipeline.ActionInfo action(Preamble preamble, ShortNames names) {
    return new Pipeline.ActionInfo(
        preamble.getId(),
        names.of(preamble),
        names.others(preamble),
        params.getOrDefault(preamble.getId(), ImmutableMap.of()));
  }

  private Preamble preamble(int actionId) {
    P4InfoOuterClass.Action action = actionsById.get(actionId);
    if (action == null) {
      throw new IllegalStateException(
          "references were checked, and action " + actionId + " is not there");
    }
    return action.getPreamble();
  }
}
