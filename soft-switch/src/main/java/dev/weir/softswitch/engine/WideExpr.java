package dev.weir.softswitch.engine;

/** An expression of several words: evaluates and returns where in the packet's words they lie. */
@FunctionalInterface
interface WideExpr {
  int eval(PacketState s);
}
