package dev.weir.softswitch.engine;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** An action that the control flow calls without a table. */
final class ActionCall implements Node {
  private final BoundAction action;
  private @Nullable Node next;

  ActionCall(ActionProgram action) {
    this.action = new BoundAction(action, List.of());
  }

  void setNext(@Nullable Node to) {
    next = to;
  }

  @Override
  public @Nullable Node run(PacketState s) {
    if (s.trace != null) {
      s.trace.action(action);
    }
    action.action().run(s, action.data);
    return next;
  }
}
