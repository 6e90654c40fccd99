package dev.weir.softswitch.engine;

import org.jspecify.annotations.Nullable;

/** A branch of the control flow. */
final class Conditional implements Node {
  private final String name;
  private final BoolExpr condition;
  private final @Nullable SourceInfo source;
  private @Nullable Node yes;
  private @Nullable Node no;

  Conditional(String name, BoolExpr condition, @Nullable SourceInfo source) {
    this.name = name;
    this.condition = condition;
    this.source = source;
  }

  void setNext(@Nullable Node ifTrue, @Nullable Node ifFalse) {
    yes = ifTrue;
    no = ifFalse;
  }

  @Override
  public @Nullable Node run(PacketState s) {
    boolean holds = condition.eval(s);
    if (s.trace != null) {
      s.trace.condition(name, source, holds);
    }
    return holds ? yes : no;
  }
}
