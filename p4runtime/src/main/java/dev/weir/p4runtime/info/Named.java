package dev.weir.p4runtime.info;

import com.google.common.collect.ImmutableSet;

/** An object of P4Info that has a name of its own. */
public sealed interface Named
    permits Pipeline.Table,
        Pipeline.ActionInfo,
        Externs.Counter,
        Externs.DirectCounter,
        Externs.Meter,
        Externs.DirectMeter,
        Externs.Register,
        Externs.ActionProfile,
        Externs.Digest {

  /** P4Info's id; unique over all kinds. */
  int id();

  /** The name that Weir uses: the part after the last dot where that is unique. */
  String name();

  /** Other names that are understood: the one in full, and P4Info's alias. */
  ImmutableSet<String> otherNames();
}
