package dev.weir.controller;

import com.google.common.collect.ImmutableList;

/**
 * How far every target has come with one revision.
 *
 * @param targets the switch first, then sidecars by name
 */
public record TargetStatuses(long revision, ImmutableList<TargetStatus> targets) {
  /** Whether every target enforces the revision. */
  public boolean inForce() {
    return targets.stream().allMatch(TargetStatus::inForce);
  }
}
