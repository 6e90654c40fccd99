package dev.weir.controller;

import com.google.common.collect.ImmutableList;
import dev.weir.compiler.resource.Problem;
import dev.weir.compiler.resource.ResourceKey;

/** What became of a set of changes: all or nothing. */
public sealed interface ChangeOutcome {
  /**
   * All are stored, or would be in a dry run.
   *
   * @param revision the store's revision that holds them, to be awaited; in a dry run and where
   *     nothing differs, the revision as it stood
   */
  record Accepted(long revision) implements ChangeOutcome {}

  /**
   * None is stored.
   *
   * @param problems at least one; {@link Problem#document()} is the change's index, or -1 where the
   *     changes together are at fault
   */
  record Rejected(ImmutableList<Problem> problems) implements ChangeOutcome {}

  /**
   * None is stored, because {@link Change.Put#ifVersion()} does not hold.
   *
   * @param change the index of the change
   * @param stored the version that is stored, 0 for none
   */
  record Conflict(int change, ResourceKey key, long stored) implements ChangeOutcome {}
}
