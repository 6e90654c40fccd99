package dev.weir.softswitch.engine;

/** A condition. */
@FunctionalInterface
interface BoolExpr {
  boolean eval(PacketState s);
}
