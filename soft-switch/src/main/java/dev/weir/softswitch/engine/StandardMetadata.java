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

  /** Bits of what the switch itself writes. */
  private static final String[][] NEEDED_BITS = {
    {"standard_metadata", "instance_type", "3"},
    {"standard_metadata", "packet_length", "32"},
    {"standard_metadata", "parser_error", "32"},
    {"standard_metadata", "checksum_error", "1"},
    {"intrinsic_metadata", "ingress_global_timestamp", "48"},
    {"intrinsic_metadata", "egress_global_timestamp", "48"},
    {"intrinsic_metadata", "mcast_grp", "1"},
    {"intrinsic_metadata", "egress_rid", "16"},
    {"queueing_metadata", "enq_timestamp", "32"},
    {"queueing_metadata", "enq_qdepth", "1"},
    {"queueing_metadata", "deq_timedelta", "32"},
    {"queueing_metadata", "deq_qdepth", "1"},
    {"intrinsic_metadata", "priority", "1"},
  };

  static StandardMetadata of(JsonAt root, Symbols symbols, int dropPort) {
    Symbols.FieldAt spec = symbols.wellKnown("standard_metadata", "egress_spec");
    if (spec == null) {
      throw root.problem("the program has no field standard_metadata.egress_spec");
    }
    for (String[] field : NEEDED_BITS) {
      Symbols.FieldAt at = symbols.wellKnown(field[0], field[1]);
      int bits = Integer.parseInt(field[2]);
      if (at != null && (at.field().width() < bits || at.field().hidden())) {
        throw root.problem(
            "field " + field[0] + "." + field[1] + " has to have " + bits + " bits or more");
      }
    }
    int portBits = spec.field().width();
    if (portBits > 32 || dropPort >>> portBits != 0) {
      throw root.problem(
          "standard_metadata.egress_spec has "
              + portBits
              + " bits; from those that hold the drop port, "
              + dropPort
              + ", to 32 are supported");
    }
    for (String port : new String[] {"ingress_port", "egress_port"}) {
      Symbols.FieldAt at = symbols.wellKnown("standard_metadata", port);
      if (at != null && at.field().width() != portBits) {
        throw root.problem(
            "standard_metadata." + port + " and egress_spec have different numbers of bits");
      }
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
