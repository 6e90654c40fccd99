package dev.weir.p4runtime.info;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;

/** What a pipeline has beside tables and actions, by name. */
public record Externs(
    ImmutableMap<String, Counter> counters,
    ImmutableMap<String, DirectCounter> directCounters,
    ImmutableMap<String, Meter> meters,
    ImmutableMap<String, DirectMeter> directMeters,
    ImmutableMap<String, Register> registers,
    ImmutableMap<String, ActionProfile> actionProfiles,
    ImmutableMap<String, Digest> digests) {

  /** None of any kind. */
  public static final Externs NONE =
      new Externs(
          ImmutableMap.of(),
          ImmutableMap.of(),
          ImmutableMap.of(),
          ImmutableMap.of(),
          ImmutableMap.of(),
          ImmutableMap.of(),
          ImmutableMap.of());

  /** What a counter counts. */
  public enum CounterUnit {
    BYTES,
    PACKETS,
    BOTH
  }

  /** What a meter's rates and bursts are in. */
  public enum MeterUnit {
    BYTES,
    PACKETS
  }

  /** Which configurations a meter takes (RFC 2698, RFC 2697). */
  public enum MeterType {
    TWO_RATE_THREE_COLOR,
    SINGLE_RATE_THREE_COLOR,
    SINGLE_RATE_TWO_COLOR
  }

  /**
   * An array of counters.
   *
   * @param size places, 0 to {@code size - 1}
   */
  public record Counter(
      int id, String name, ImmutableSet<String> otherNames, CounterUnit unit, long size)
      implements Named {}

  /**
   * A counter in every entry of a table.
   *
   * @param table the table's name
   */
  public record DirectCounter(
      int id, String name, ImmutableSet<String> otherNames, CounterUnit unit, String table)
      implements Named {}

  /**
   * An array of meters.
   *
   * @param size places, 0 to {@code size - 1}
   */
  public record Meter(
      int id,
      String name,
      ImmutableSet<String> otherNames,
      MeterUnit unit,
      MeterType type,
      long size)
      implements Named {}

  /**
   * A meter in every entry of a table.
   *
   * @param table the table's name
   */
  public record DirectMeter(
      int id,
      String name,
      ImmutableSet<String> otherNames,
      MeterUnit unit,
      MeterType type,
      String table)
      implements Named {}

  /**
   * An array that the program reads and writes.
   *
   * @param type what each place holds
   * @param size places, 0 to {@code size - 1}
   */
  public record Register(
      int id, String name, ImmutableSet<String> otherNames, DataType type, int size)
      implements Named {}

  /**
   * Actions that several entries share.
   *
   * @param tables the names of the tables that use it
   * @param selector members form groups and one of a group is chosen per packet
   * @param size members or weights over all groups
   * @param maxGroupSize members or weights in one group; 0 without a selector
   */
  public record ActionProfile(
      int id,
      String name,
      ImmutableSet<String> otherNames,
      ImmutableSet<String> tables,
      boolean selector,
      long size,
      int maxGroupSize)
      implements Named {}

  /**
   * What the program sends to the controller.
   *
   * @param type of each message
   */
  public record Digest(int id, String name, ImmutableSet<String> otherNames, DataType type)
      implements Named {}
}
