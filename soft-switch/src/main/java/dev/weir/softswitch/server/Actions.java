package dev.weir.softswitch.server;

import dev.weir.softswitch.constraints.Constraint;
import dev.weir.softswitch.engine.BoundAction;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import p4.config.v1.P4InfoOuterClass;
import p4.v1.P4RuntimeOuterClass.Action;

/** Actions with their parameters, from the wire (P4Runtime 1.5 §9.1.2) and back. */
final class Actions {
  private Actions() {}

  /** Where an action is used. */
  enum Use {
    ENTRY,
    DEFAULT
  }

  /** {@code owner}: what may have the actions, in words. */
  static BoundAction bind(
      String owner, Map<Integer, TableView.TableAction> allowed, Action action, Use use) {
    TableView.TableAction found = allowed.get(action.getActionId());
    if (found == null) {
      throw Refused.invalid("action_id", owner + " has no action " + action.getActionId());
    }
    P4InfoOuterClass.ActionRef.Scope forbidden =
        use == Use.ENTRY
            ? P4InfoOuterClass.ActionRef.Scope.DEFAULT_ONLY
            : P4InfoOuterClass.ActionRef.Scope.TABLE_ONLY;
    if (found.scope() == forbidden) {
      throw Refused.denied(
          "action_id",
          "action "
              + name(found)
              + " of "
              + owner
              + (use == Use.ENTRY ? " is for the default entry only" : " is for entries only"));
    }
    @Nullable BigInteger[] values = new BigInteger[found.info().getParamsCount()];
    for (int i = 0; i < action.getParamsCount(); i++) {
      try {
        parameter(found, action.getParams(i), values);
      } catch (Refused e) {
        throw e.of("action " + name(found)).below("params[" + i + "]");
      }
    }
    List<BigInteger> bound = new ArrayList<>(values.length);
    for (int i = 0; i < values.length; i++) {
      BigInteger value = values[i];
      if (value == null) {
        throw Refused.invalid(
            "params",
            "parameter "
                + found.info().getParams(i).getName()
                + " of action "
                + name(found)
                + " is missing");
      }
      bound.add(value);
    }
    Constraint restriction = found.restriction();
    if (restriction != null && !restriction.holds(bound)) {
      throw Refused.invalid(
          "params",
          "action " + name(found) + " takes only parameters with: " + restriction.source().strip());
    }
    return new BoundAction(found.program(), bound);
  }

  private static String name(TableView.TableAction action) {
    return action.info().getPreamble().getName();
  }

  private static void parameter(
      TableView.TableAction action, Action.Param param, @Nullable BigInteger[] values) {
    int index = index(action.info(), param.getParamId());
    if (index < 0) {
      throw Refused.invalid("param_id", "there is no parameter " + param.getParamId());
    }
    if (values[index] != null) {
      throw Refused.invalid("param_id", "parameter " + param.getParamId() + " is there twice");
    }
    int width =
        Math.min(
            action.info().getParams(index).getBitwidth(),
            action.program().parameters().get(index).width());
    Translation translation = action.translations().get(index);
    try {
      values[index] =
          translation == null
              ? Numbers.read(param.getValue(), width, "value")
              : translation.give(param.getValue(), "value");
    } catch (Refused e) {
      throw e.of("parameter " + action.info().getParams(index).getName());
    }
  }

  private static int index(P4InfoOuterClass.Action info, int paramId) {
    for (int i = 0; i < info.getParamsCount(); i++) {
      if (info.getParams(i).getId() == paramId) {
        return i;
      }
    }
    return -1;
  }

  static Action onWire(Map<Integer, TableView.TableAction> actions, BoundAction bound) {
    for (Map.Entry<Integer, TableView.TableAction> action : actions.entrySet()) {
      if (action.getValue().program() == bound.action()) {
        Action.Builder to = Action.newBuilder().setActionId(action.getKey());
        for (int i = 0; i < bound.values().size(); i++) {
          Translation translation = action.getValue().translations().get(i);
          BigInteger value = bound.values().get(i);
          to.addParamsBuilder()
              .setParamId(action.getValue().info().getParams(i).getId())
              .setValue(translation == null ? Numbers.write(value) : translation.text(value));
        }
        return to.build();
      }
    }
    throw new IllegalStateException("action " + bound.action().name() + " is not in P4Info");
  }

  /** Whether {@link #onWire} can write it: p4c's hidden actions are not in P4Info. */
  static boolean known(Map<Integer, TableView.TableAction> actions, BoundAction bound) {
    return actions.values().stream().anyMatch(a -> a.program() == bound.action());
  }
}
