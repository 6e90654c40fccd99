package dev.weir.softswitch.engine;

import dev.weir.softswitch.trace.PacketTrace;
import dev.weir.softswitch.trace.TraceEvent;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Collects what happens to a traced packet. Untraced packets have none. */
final class TraceRecorder {
  private final List<TraceEvent> events = new ArrayList<>();

  PacketTrace finish(int port, byte[] packet) {
    return new PacketTrace(port, HexFormat.of().formatHex(packet), events);
  }

  void pass(String pipeline, int port, int length, String kind) {
    events.add(new TraceEvent.Pass(pipeline, port, length, kind));
  }

  void parserState(String name) {
    events.add(new TraceEvent.ParserState(name));
  }

  void parserError(String name) {
    events.add(new TraceEvent.ParserError(name));
  }

  void checksum(String name, boolean right) {
    events.add(new TraceEvent.Checksum(name, right));
  }

  void condition(String name, @Nullable SourceInfo source, boolean holds) {
    events.add(new TraceEvent.Condition(name, holds, show(source)));
  }

  void table(Table table, @Nullable Entry entry, PacketState s) {
    List<TraceEvent.KeyValue> key =
        table.key().stream()
            .map(f -> new TraceEvent.KeyValue(f.name(), hex(table.keyValue(s, f))))
            .toList();
    events.add(
        new TraceEvent.TableLookup(
            table.name(),
            key,
            entry != null,
            entry == null ? null : show(table, entry.key()),
            entry == null ? 0 : entry.key().priority(),
            show(table.source())));
  }

  void action(BoundAction bound) {
    List<TraceEvent.KeyValue> parameters = new ArrayList<>();
    for (int i = 0; i < bound.values().size(); i++) {
      parameters.add(
          new TraceEvent.KeyValue(
              bound.action().parameters().get(i).name(), hex(bound.values().get(i))));
    }
    events.add(
        new TraceEvent.ActionRun(bound.action().name(), parameters, show(bound.action().source())));
  }

  void message(String text) {
    events.add(new TraceEvent.Message(text));
  }

  void copied(String kind, int port) {
    events.add(new TraceEvent.Copy(kind, port));
  }

  void digest(String name) {
    events.add(new TraceEvent.Digest(name));
  }

  void dropped(String cause) {
    events.add(new TraceEvent.Dropped(cause));
  }

  void output(int port, byte[] bytes, int length) {
    events.add(new TraceEvent.Output(port, HexFormat.of().formatHex(bytes, 0, length)));
  }

  private static @Nullable String show(@Nullable SourceInfo source) {
    return source == null ? null : source.toString();
  }

  private static String hex(BigInteger value) {
    return "0x" + value.toString(16);
  }

  /** An entry's matches, the fields it does not ask about left out. */
  static String show(Table table, EntryKey key) {
    StringBuilder text = new StringBuilder("[");
    for (int i = 0; i < key.matches().size(); i++) {
      FieldMatch match = key.matches().get(i);
      if (match == null) {
        continue;
      }
      if (text.length() > 1) {
        text.append(", ");
      }
      text.append(table.key().get(i).name()).append('=');
      switch (match) {
        case FieldMatch.Exact m -> text.append(hex(m.value()));
        case FieldMatch.Prefix m -> text.append(hex(m.value())).append('/').append(m.length());
        case FieldMatch.Masked m ->
            text.append(hex(m.value())).append(" &&& ").append(hex(m.mask()));
        case FieldMatch.Between m -> text.append(hex(m.low())).append("..").append(hex(m.high()));
      }
    }
    return text.append(']').toString();
  }
}
