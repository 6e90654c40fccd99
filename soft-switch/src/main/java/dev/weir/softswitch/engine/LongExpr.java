package dev.weir.softswitch.engine;

/** An expression whose value, as far as it is needed, fits one word. */
@FunctionalInterface
interface LongExpr {
  long eval(PacketState s);
}
