package dev.weir.softswitch.engine;

import org.jspecify.annotations.Nullable;

/** What a hit leads to: an action, or a member or group of an action profile. */
public sealed interface Outcome permits Outcome.Direct, ActionProfile.Member, ActionProfile.Group {

  /** The action to run for this packet; null when a group has no live member. */
  @Nullable BoundAction choose(PacketState s);

  /** An action of the entry's own. */
  record Direct(BoundAction action) implements Outcome {
    @Override
    public BoundAction choose(PacketState s) {
      return action;
    }
  }
}
