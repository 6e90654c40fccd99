package dev.weir.softswitch.engine;

import java.math.BigInteger;
import java.util.List;

/** An action with a value for each of its parameters. */
public final class BoundAction {
  private final ActionProgram action;
  private final List<BigInteger> values;
  final long[] data;

  /**
   * @throws IllegalArgumentException when the values do not fit the parameters
   */
  public BoundAction(ActionProgram action, List<BigInteger> values) {
    if (values.size() != action.parameters().size()) {
      throw new IllegalArgumentException(
          "action "
              + action.name()
              + " has "
              + action.parameters().size()
              + " parameters, not "
              + values.size());
    }
    for (int i = 0; i < values.size(); i++) {
      ActionProgram.Parameter p = action.parameters().get(i);
      if (values.get(i).signum() < 0 || values.get(i).bitLength() > p.width()) {
        throw new IllegalArgumentException(
            "parameter " + p.name() + " of " + action.name() + " has " + p.width() + " bits");
      }
    }
    this.action = action;
    this.values = List.copyOf(values);
    this.data = action.data(this.values);
  }

  public ActionProgram action() {
    return action;
  }

  /** In the order of the action's parameters. */
  public List<BigInteger> values() {
    return values;
  }

  @Override
  public String toString() {
    return action.name() + values;
  }
}
