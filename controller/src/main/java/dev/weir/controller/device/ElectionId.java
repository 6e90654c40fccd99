package dev.weir.controller.device;

import java.time.Instant;
import p4.v1.P4RuntimeOuterClass.Uint128;

/**
 * An election id (P4Runtime 1.5 §5): of the controllers of a device the one with the highest
 * writes.
 *
 * @param high the upper 64 bits, unsigned
 * @param low the lower 64 bits, unsigned
 */
public record ElectionId(long high, long low) implements Comparable<ElectionId> {

  /** One that a later start of the same controller exceeds. */
  public static ElectionId at(Instant start) {
    return new ElectionId(0, start.toEpochMilli());
  }

  static ElectionId of(Uint128 proto) {
    return new ElectionId(proto.getHigh(), proto.getLow());
  }

  Uint128 toProto() {
    return Uint128.newBuilder().setHigh(high).setLow(low).build();
  }

  /** The next higher one. */
  ElectionId next() {
    return low == -1 ? new ElectionId(high + 1, 0) : new ElectionId(high, low + 1);
  }

  @Override
  public int compareTo(ElectionId other) {
    int byHigh = Long.compareUnsigned(high, other.high);
    return byHigh != 0 ? byHigh : Long.compareUnsigned(low, other.low);
  }

  @Override
  public String toString() {
    return high == 0
        ? Long.toUnsignedString(low)
        : Long.toUnsignedString(high) + ":" + Long.toUnsignedString(low);
  }
}
