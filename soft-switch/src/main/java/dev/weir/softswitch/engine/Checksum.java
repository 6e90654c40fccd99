package dev.weir.softswitch.engine;

import org.jspecify.annotations.Nullable;

/** A field that holds a checksum: verified after parsing, updated before deparsing. */
record Checksum(
    String name, Symbols.FieldAt target, Calculation calculation, @Nullable BoolExpr condition) {

  boolean verify(PacketState s) {
    if (!target.header().isValid(s.words) || (condition != null && !condition.eval(s))) {
      return true;
    }
    boolean right = calculation.output(s) == s.words[target.at()];
    if (s.trace != null) {
      s.trace.checksum(name, right);
    }
    return right;
  }

  void update(PacketState s) {
    if (condition == null || condition.eval(s)) {
      s.words[target.at()] = calculation.output(s) & Words.ones(target.field().width());
    }
  }
}
