package dev.weir.softswitch.engine;

import org.jspecify.annotations.Nullable;

/** A step of a pipeline's control flow: runs, and says which comes next; null: the end. */
interface Node {
  @Nullable Node run(PacketState s);
}
