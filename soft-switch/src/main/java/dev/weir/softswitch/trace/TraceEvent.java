package dev.weir.softswitch.trace;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** One thing that happened to a packet. Numbers are in hexadecimal, sources are file:line. */
public sealed interface TraceEvent {

  /** A pass through ingress or egress begins. */
  record Pass(String pipeline, int port, int length, String kind) implements TraceEvent {}

  /** The parser enters a state. */
  record ParserState(String name) implements TraceEvent {}

  /** The parser stops with an error. */
  record ParserError(String name) implements TraceEvent {}

  /** A checksum was verified. */
  record Checksum(String name, boolean right) implements TraceEvent {}

  /** A branch was taken. */
  record Condition(String name, boolean holds, @Nullable String source) implements TraceEvent {}

  /**
   * A table was looked up.
   *
   * @param entry the entry hit, as text; null for a miss
   * @param priority of the entry; 0 where there is none
   */
  record TableLookup(
      String table,
      List<KeyValue> key,
      boolean hit,
      @Nullable String entry,
      int priority,
      @Nullable String source)
      implements TraceEvent {}

  /** A key field's value. */
  record KeyValue(String name, String value) {}

  /** An action runs. */
  record ActionRun(String action, List<KeyValue> parameters, @Nullable String source)
      implements TraceEvent {}

  /** The program's {@code log_msg}. */
  record Message(String text) implements TraceEvent {}

  /** A copy is made: clone, replica, resubmission, recirculation. */
  record Copy(String kind, int port) implements TraceEvent {}

  /** A digest goes to the controller. */
  record Digest(String name) implements TraceEvent {}

  /** The packet ends here. */
  record Dropped(String cause) implements TraceEvent {}

  /** A frame leaves. */
  record Output(int port, String bytes) implements TraceEvent {}
}
