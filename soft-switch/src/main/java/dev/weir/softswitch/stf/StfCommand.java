package dev.weir.softswitch.stf;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One statement of a script. */
public sealed interface StfCommand {

  /** Adds a table entry; {@code priority} larger wins. Values are text, {@code *} allowed. */
  record Add(
      String table,
      @Nullable Integer priority,
      List<Map.Entry<String, String>> matches,
      String action,
      Map<String, String> arguments,
      @Nullable String id)
      implements StfCommand {}

  /** Sets a table's default action. */
  record SetDefault(String table, String action, Map<String, String> arguments)
      implements StfCommand {}

  /** Removes all entries the script has added. */
  record RemoveAll() implements StfCommand {}

  /** A packet comes in. */
  record Packet(int port, byte[] bytes) implements StfCommand {}

  /**
   * A packet goes out.
   *
   * @param pattern hexadecimal digits, {@code *} for any; null: any number of any packets
   * @param exact the packet is no longer than the pattern
   */
  record Expect(int port, @Nullable String pattern, boolean exact) implements StfCommand {}

  /** Nothing goes out that is not expected: checked at the end in any case. */
  record NoPacket() implements StfCommand {}

  /** Everything has happened before the next statement: so it has, here. */
  record Wait() implements StfCommand {}

  /**
   * A counter has a value.
   *
   * @param entry index of a cell, or the id of an entry as {@code $name}
   * @param type packets or bytes; null: the counter only has to exist
   */
  record CheckCounter(
      String counter, String entry, @Nullable String type, String relation, long value)
      implements StfCommand {}

  /** A command of simple_switch's command line, with its words. */
  record Direct(String command, List<String> words) implements StfCommand {}
}
