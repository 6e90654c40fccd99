package dev.weir.softswitch.engine;

/** Resolves to the headers of one element: one header, or all members of a union. */
@FunctionalInterface
interface HeaderExpr {
  Header[] eval(PacketState s);
}
