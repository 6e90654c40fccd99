package dev.weir.p4runtime.wire;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Maps;
import dev.weir.p4runtime.RefusalCode;
import dev.weir.p4runtime.RefusedException;
import dev.weir.p4runtime.entry.Action;
import dev.weir.p4runtime.entry.Bits;
import dev.weir.p4runtime.info.Pipeline;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import p4.v1.P4RuntimeOuterClass;
import p4.v1.P4RuntimeOuterClass.TableAction;

/** What a hit or a miss in one table does, between names and message (P4Runtime 1.5 §9.1.2). */
final class ActionCodec {
  private final Pipeline.Table table;
  private final ImmutableMap<Integer, Pipeline.ActionInfo> byId;

  ActionCodec(Pipeline.Table table) {
    this.table = table;
    byId =
        ImmutableMap.<Integer, Pipeline.ActionInfo>builder()
            .putAll(Maps.uniqueIndex(table.actions().values(), Pipeline.ActionInfo::id))
            .putAll(Maps.uniqueIndex(table.defaultOnly().values(), Pipeline.ActionInfo::id))
            .buildOrThrow();
  }

  /** The same action by the table's own names, checked. */
  Action resolve(Action action, boolean isDefault) {
    requireDirect();
    Pipeline.ActionInfo info;
    try {
      info = table.action(action.name());
    } catch (RefusedException e) {
      throw e.under("action");
    }
    requireScope(info, isDefault, "action");
    action
        .params()
        .forEach(
            (name, value) -> {
              Pipeline.Param param;
              try {
                param = info.param(name);
              } catch (RefusedException e) {
                throw e.under("action.params");
              }
              CanonicalBytes.requireWidth(value, param.width(), "action.params." + name);
            });
    requireAll(info, action.params(), "action.params");
    return new Action(info.name(), action.params());
  }

  /** The message of an action that {@link #resolve} has given. */
  TableAction toProto(Action action) {
    Pipeline.ActionInfo info = table.action(action.name());
    P4RuntimeOuterClass.Action.Builder proto =
        P4RuntimeOuterClass.Action.newBuilder().setActionId(info.id());
    // In the order of declaration, so that equal actions are equal messages.
    info.params()
        .forEach(
            (name, param) ->
                proto.addParams(
                    P4RuntimeOuterClass.Action.Param.newBuilder()
                        .setParamId(param.id())
                        .setValue(CanonicalBytes.of(value(action, name)))));
    return TableAction.newBuilder().setAction(proto).build();
  }

  private static Bits value(Action action, String param) {
    Bits value = action.params().get(param);
    if (value == null) {
      throw new IllegalStateException("parameter " + param + " was checked to be there");
    }
    return value;
  }

  /** The action in {@code proto}. */
  Action fromProto(TableAction proto, boolean isDefault) {
    return switch (proto.getTypeCase()) {
      case ACTION -> {
        requireDirect();
        yield direct(proto.getAction(), isDefault);
      }
      case TYPE_NOT_SET ->
          throw new RefusedException(
              RefusalCode.MISSING,
              "action",
              "there is no action",
              "give one of " + String.join(", ", table.actions().keySet()));
      case ACTION_PROFILE_MEMBER_ID, ACTION_PROFILE_GROUP_ID, ACTION_PROFILE_ACTION_SET ->
          throw new RefusedException(
              RefusalCode.NOT_EXPRESSIBLE,
              "action",
              "the action is a member or a group of an action profile",
              "read it from the message");
    };
  }

  private Action direct(P4RuntimeOuterClass.Action proto, boolean isDefault) {
    Pipeline.ActionInfo info = byId.get(proto.getActionId());
    if (info == null) {
      throw new RefusedException(
          RefusalCode.UNKNOWN_NAME,
          "action.action.action_id",
          "table %s has no action with id %s"
              .formatted(table.name(), Integer.toUnsignedString(proto.getActionId())),
          "give one of " + ids());
    }
    requireScope(info, isDefault, "action.action.action_id");
    Map<String, Bits> params = new TreeMap<>();
    for (int i = 0; i < proto.getParamsCount(); i++) {
      P4RuntimeOuterClass.Action.Param given = proto.getParams(i);
      String path = "action.action.params[" + i + "]";
      Pipeline.Param param =
          info.params().values().stream()
              .filter(p -> p.id() == given.getParamId())
              .findFirst()
              .orElseThrow(
                  () ->
                      new RefusedException(
                          RefusalCode.UNKNOWN_NAME,
                          path + ".param_id",
                          "action %s has no parameter with id %s"
                              .formatted(info.name(), Integer.toUnsignedString(given.getParamId())),
                          "give just the parameters that P4Info lists"));
      Bits value = CanonicalBytes.read(given.getValue(), param.width(), path + ".value");
      if (params.put(param.name(), value) != null) {
        throw new RefusedException(
            RefusalCode.DUPLICATE,
            path + ".param_id",
            "parameter '%s' is given twice".formatted(param.name()),
            "give it once");
      }
    }
    requireAll(info, params, "action.action.params");
    return Action.of(info.name(), params);
  }

  private void requireAll(Pipeline.ActionInfo info, Map<String, Bits> params, String path) {
    for (String name : info.params().keySet()) {
      if (!params.containsKey(name)) {
        throw new RefusedException(
            RefusalCode.MISSING,
            path,
            "action %s lacks its parameter '%s'".formatted(info.name(), name),
            "give a value for each of " + String.join(", ", info.params().keySet()));
      }
    }
  }

  private void requireScope(Pipeline.ActionInfo info, boolean isDefault, String path) {
    boolean allowed =
        isDefault
            ? !table.tableOnly().contains(info.name())
            : table.actions().containsKey(info.name());
    if (!allowed) {
      throw new RefusedException(
          RefusalCode.ACTION_SCOPE,
          path,
          "action %s of table %s is for %s only"
              .formatted(info.name(), table.name(), isDefault ? "entries" : "the default"),
          "give another action");
    }
  }

  private void requireDirect() {
    table
        .actionProfile()
        .ifPresent(
            profile -> {
              throw new RefusedException(
                  RefusalCode.NOT_EXPRESSIBLE,
                  "action",
                  "the actions of table %s are members of the action profile %s"
                      .formatted(table.name(), profile),
                  "write members and groups as messages");
            });
  }

  private String ids() {
    return byId.entrySet().stream()
        .map(e -> Integer.toUnsignedString(e.getKey()) + " (" + e.getValue().name() + ")")
        .collect(Collectors.joining(", "));
  }
}
