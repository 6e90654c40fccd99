package dev.weir.lab;

import com.google.common.collect.ImmutableSet;

/** What the contracts ask of the class that runs them on one kind of switch. */
interface LabContract {
  Lab lab();

  /** The IP versions that the pipeline parses. */
  default ImmutableSet<Integer> versions() {
    return ImmutableSet.of(4, 6);
  }
}
