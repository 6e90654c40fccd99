package dev.weir.softswitch.engine;

import org.jspecify.annotations.Nullable;

/**
 * Where the fields lie through which simple_switch and a program talk, as positions in a packet's
 * words; -1 for what the program does not have.
 */
record StandardMetadata(
    int ingressPort,
    int egressSpec,
    int egressPort,
    int instanceType,
    int packetLength,
    int parserError,
    int checksumError,
    int ingressTimestamp,
    int egressTimestamp,
    int multicastGroup,
    int egressRid,
    int enqueueTimestamp,
    int enqueueDepth,
    int dequeueDelta,
    int dequeueDepth,
    int priority,
    int dropPort,
    long portMask) {

  static final int NORMAL = 0;
  static final int INGRESS_CLONE = 1;
  static final int EGRESS_CLONE = 2;
  static final int RECIRCULATED = 4;
  static final int REPLICATION = 5;
  static final int RESUBMITTED = 6;

  static StandardMetadata of(JsonAt root, Symbols symbols, int dropPort) {
    Symbols.FieldAt spec = symbols.wellKnown("standard_metadata", "egress_spec");
    if (spec == null) {
      throw root.problem("the program has no field standard_metadata.egress_spec");
    }
    return new StandardMetadata(
        required(root, symbols, "ingress_port"),
        spec.at(),
        required(root, symbols, "egress_port"),
        required(root, symbols, "instance_type"),
        required(root, symbols, "packet_length"),
        at(symbols.wellKnown("standard_metadata", "parser_error")),
        at(symbols.wellKnown("standard_metadata", "checksum_error")),
        at(symbols.wellKnown("intrinsic_metadata", "ingress_global_timestamp")),
        at(symbols.wellKnown("intrinsic_metadata", "egress_global_timestamp")),
        at(symbols.wellKnown("intrinsic_metadata", "mcast_grp")),
        at(symbols.wellKnown("intrinsic_metadata", "egress_rid")),
        at(symbols.wellKnown("queueing_metadata", "enq_timestamp")),
        at(symbols.wellKnown("queueing_metadata", "enq_qdepth")),
        at(symbols.wellKnown("queueing_metadata", "deq_timedelta")),
        at(symbols.wellKnown("queueing_metadata", "deq_qdepth")),
        at(symbols.wellKnown("intrinsic_metadata", "priority")),
        dropPort,
        Words.ones(spec.field().width()));
  }

  private static int required(JsonAt root, Symbols symbols, String field) {
    Symbols.FieldAt at = symbols.wellKnown("standard_metadata", field);
    if (at == null) {
      throw root.problem("the program has no field standard_metadata." + field);
    }
    return at.at();
  }

  private static int at(Symbols.@Nullable FieldAt field) {
    return field == null ? -1 : field.at();
  }
}
