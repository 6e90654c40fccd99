package dev.weir.p4runtime.wire;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.Maps;
import dev.weir.p4runtime.RefusalCode;
import dev.weir.p4runtime.RefusedException;
import dev.weir.p4runtime.entry.Action;
import dev.weir.p4runtime.entry.Entry;
import dev.weir.p4runtime.entry.Match;
import dev.weir.p4runtime.info.Pipeline;
import dev.weir.p4runtime.wire.MatchCodec.Reading;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import p4.v1.P4RuntimeOuterClass.CounterData;
import p4.v1.P4RuntimeOuterClass.Entity;
import p4.v1.P4RuntimeOuterClass.FieldMatch;
import p4.v1.P4RuntimeOuterClass.TableEntry;
import p4.v1.P4RuntimeOuterClass.Update;

/**
 * Translates entries by names to P4Runtime's table entries by ids and back, for one pipeline
 * (P4Runtime 1.5 §9.1). Immutable; safe for use by many threads.
 *
 * <p>What it writes is canonical: equal entries are equal messages, byte for byte. What it reads
 * becomes equal entries when it means the same. Whatever the pipeline cannot hold is refused with a
 * {@link RefusedException}.
 */
public final class EntryCodec {
  private final Pipeline pipeline;
  private final ImmutableMap<Integer, Pipeline.Table> tables;
  private final ImmutableMap<String, ActionCodec> actions;

  public EntryCodec(Pipeline pipeline) {
    this.pipeline = pipeline;
    tables = Maps.uniqueIndex(pipeline.tables().values(), Pipeline.Table::id);
    actions =
        pipeline.tables().values().stream()
            .collect(ImmutableMap.toImmutableMap(Pipeline.Table::name, ActionCodec::new));
  }

  public Pipeline pipeline() {
    return pipeline;
  }

  /** The same entry by the pipeline's own names, checked. Entries that are the same are equal. */
  public Entry canonical(Entry entry) {
    Entry.Key key = canonical(entry.key());
    return new Entry(key, action(key.table()).resolve(entry.action(), key.isDefault()));
  }

  /** The same key by the pipeline's own names, checked. */
  public Entry.Key canonical(Entry.Key key) {
    Pipeline.Table table;
    try {
      table = pipeline.table(key.table());
    } catch (RefusedException e) {
      throw e.under("table");
    }
    key.matches()
        .forEach(
            (name, match) -> {
              Pipeline.Field field;
              try {
                field = table.field(name);
              } catch (RefusedException e) {
                throw e.under("matches");
              }
              MatchCodec.check(field, match, "matches." + name);
            });
    if (!key.isDefault()) {
      requireKey(table, key.matches(), "matches");
      requirePriority(table, key.priority());
    }
    return new Entry.Key(table.name(), key.matches(), key.priority(), key.isDefault());
  }

  /** The message of {@code entry}, checked. */
  public TableEntry toProto(Entry entry) {
    Entry canonical = canonical(entry);
    return keyBuilder(canonical.key())
        .setAction(action(canonical.table()).toProto(canonical.action()))
        .build();
  }

  /** The message of an entry by its key alone, as a deletion or a direct counter names it. */
  public TableEntry toProto(Entry.Key key) {
    return keyBuilder(canonical(key)).build();
  }

  private TableEntry.Builder keyBuilder(Entry.Key key) {
    Pipeline.Table table = pipeline.table(key.table());
    TableEntry.Builder proto =
        TableEntry.newBuilder()
            .setTableId(table.id())
            .setPriority(key.priority())
            .setIsDefaultAction(key.isDefault());
    // In the order of declaration, so that equal keys are equal messages.
    table
        .fields()
        .forEach(
            (name, field) -> {
              Match match = key.matches().get(name);
              if (match != null) {
                proto.addMatch(MatchCodec.toProto(field, match));
              }
            });
    return proto;
  }

  /**
   * The update that inserts {@code entry}.
   *
   * @throws RefusedException also {@code constant}, {@code keyless-table}, and {@code
   *     default-entry}: a default is there from the start
   */
  public Update insert(Entry entry) {
    if (entry.key().isDefault()) {
      throw new RefusedException(
          RefusalCode.DEFAULT_ENTRY,
          "",
          "the default of table %s is always there".formatted(entry.table()),
          "modify it");
    }
    requireEntriesWritable(entry.key());
    return update(Update.Type.INSERT, toProto(entry));
  }

  /**
   * The update that gives an entry, or a table's default, the action of {@code entry}.
   *
   * @throws RefusedException also {@code constant}
   */
  public Update modify(Entry entry) {
    if (entry.key().isDefault()) {
      requireDefaultWritable(canonical(entry.key()).table());
    } else {
      requireEntriesWritable(entry.key());
    }
    return update(Update.Type.MODIFY, toProto(entry));
  }

  /**
   * The update that deletes the entry at {@code key}.
   *
   * @throws RefusedException also {@code constant}, and {@code default-entry}: a default is reset
   */
  public Update delete(Entry.Key key) {
    if (key.isDefault()) {
      throw new RefusedException(
          RefusalCode.DEFAULT_ENTRY,
          "",
          "the default of table %s cannot go".formatted(key.table()),
          "reset it");
    }
    requireEntriesWritable(key);
    return update(Update.Type.DELETE, toProto(key));
  }

  /** The update that gives a table the default action that its program gave it. */
  public Update resetDefault(String table) {
    requireDefaultWritable(table);
    return update(
        Update.Type.MODIFY,
        TableEntry.newBuilder()
            .setTableId(pipeline.table(table).id())
            .setIsDefaultAction(true)
            .build());
  }

  /** What to read for all entries of a table, its default not among them. */
  public Entity readEntries(String table, boolean withCounters) {
    TableEntry.Builder proto = TableEntry.newBuilder().setTableId(pipeline.table(table).id());
    return read(table, proto, withCounters);
  }

  /** What to read for a table's default action. */
  public Entity readDefault(String table, boolean withCounters) {
    TableEntry.Builder proto =
        TableEntry.newBuilder().setTableId(pipeline.table(table).id()).setIsDefaultAction(true);
    return read(table, proto, withCounters);
  }

  private Entity read(String table, TableEntry.Builder proto, boolean withCounters) {
    if (withCounters && pipeline.table(table).hasDirectCounter()) {
      proto.setCounterData(CounterData.getDefaultInstance());
    }
    return Entity.newBuilder().setTableEntry(proto).build();
  }

  /**
   * The entry in a device's answer. Longer byte strings than needed, matches of anything that are
   * written out, and value bits that no mask or prefix covers are read as what they mean.
   */
  public Entry fromProto(TableEntry proto) {
    return read(proto, Reading.LENIENT);
  }

  /**
   * The entry in a client's request, as a server has to judge it: what P4Runtime 1.5 §9.1.1 forbids
   * is refused, byte strings longer than needed are not.
   */
  public Entry fromRequest(TableEntry proto) {
    return read(proto, Reading.STRICT);
  }

  /** The key in a client's request; whatever else the message says is left aside (§9.1). */
  public Entry.Key keyFromRequest(TableEntry proto) {
    return key(proto, Reading.STRICT);
  }

  /** The key in a device's answer, {@link #fromProto} but for the action. */
  public Entry.Key keyFromProto(TableEntry proto) {
    return key(proto, Reading.LENIENT);
  }

  private Entry read(TableEntry proto, Reading reading) {
    Entry.Key key = key(proto, reading);
    Action action = action(key.table()).fromProto(proto.getAction(), key.isDefault());
    return new Entry(key, action);
  }

  private Entry.Key key(TableEntry proto, Reading reading) {
    Pipeline.Table table = tables.get(proto.getTableId());
    if (table == null) {
      throw new RefusedException(
          RefusalCode.UNKNOWN_NAME,
          "table_id",
          "pipeline %s has no table with id %s"
              .formatted(pipeline.name(), Integer.toUnsignedString(proto.getTableId())),
          "compare the P4Info of both ends");
    }
    if (proto.getIsDefaultAction()) {
      if (proto.getMatchCount() > 0 || proto.getPriority() != 0) {
        throw new RefusedException(
            RefusalCode.DEFAULT_ENTRY,
            "is_default_action",
            "a default action has neither matches nor a priority",
            "leave both out");
      }
      return new Entry.Key(table.name(), ImmutableSortedMap.of(), 0, true);
    }
    Map<Integer, Pipeline.Field> fields =
        Maps.uniqueIndex(table.fields().values(), Pipeline.Field::id);
    Map<Integer, Boolean> seen = new TreeMap<>();
    Map<String, Match> matches = new TreeMap<>();
    for (int i = 0; i < proto.getMatchCount(); i++) {
      FieldMatch given = proto.getMatch(i);
      String path = "match[" + i + "]";
      Pipeline.Field field = fields.get(given.getFieldId());
      if (field == null) {
        throw new RefusedException(
            RefusalCode.UNKNOWN_NAME,
            path + ".field_id",
            "table %s has no field with id %s"
                .formatted(table.name(), Integer.toUnsignedString(given.getFieldId())),
            "compare the P4Info of both ends");
      }
      if (seen.put(field.id(), true) != null) {
        throw new RefusedException(
            RefusalCode.DUPLICATE,
            path + ".field_id",
            "field '%s' is matched twice".formatted(field.name()),
            "match it once");
      }
      Optional<Match> match = MatchCodec.fromProto(field, given, reading, path);
      match.ifPresent(m -> matches.put(field.name(), m));
    }
    requireKey(table, matches, "match");
    requirePriority(table, proto.getPriority());
    return new Entry.Key(
        table.name(), ImmutableSortedMap.copyOf(matches), proto.getPriority(), false);
  }

  private static void requireKey(Pipeline.Table table, Map<String, Match> matches, String path) {
    if (table.fields().isEmpty()) {
      throw new RefusedException(
          RefusalCode.KEYLESS_TABLE,
          "",
          "table %s has no key".formatted(table.name()),
          "set its default action");
    }
    for (Pipeline.Field field : table.fields().values()) {
      if (field.kind() == Pipeline.MatchKind.EXACT && !matches.containsKey(field.name())) {
        throw new RefusedException(
            RefusalCode.MISSING,
            path,
            "table %s matches '%s' exactly, and it is left out"
                .formatted(table.name(), field.name()),
            "give its value");
      }
    }
  }

  private static void requirePriority(Pipeline.Table table, int priority) {
    if (table.prioritised() && priority <= 0) {
      throw new RefusedException(
          RefusalCode.PRIORITY,
          "priority",
          "priority %d in table %s, whose entries can overlap".formatted(priority, table.name()),
          "give at least 1; the larger wins");
    }
    if (!table.prioritised() && priority != 0) {
      throw new RefusedException(
          RefusalCode.PRIORITY,
          "priority",
          "priority %d in table %s, whose entries have none".formatted(priority, table.name()),
          "give 0");
    }
  }

  private void requireEntriesWritable(Entry.Key key) {
    Pipeline.Table table = pipeline.table(canonical(key).table());
    if (table.constant()) {
      throw new RefusedException(
          RefusalCode.CONSTANT,
          "table",
          "the entries of table %s are the program's".formatted(table.name()),
          "change the program");
    }
  }

  private void requireDefaultWritable(String name) {
    Pipeline.Table table = pipeline.table(name);
    table
        .constantDefault()
        .ifPresent(
            action -> {
              throw new RefusedException(
                  RefusalCode.CONSTANT,
                  "table",
                  "the default of table %s is always %s".formatted(table.name(), action),
                  "change the program");
            });
  }

  private ActionCodec action(String table) {
    ActionCodec codec = actions.get(table);
    if (codec == null) {
      throw new IllegalStateException("table " + table + " was resolved and has no actions");
    }
    return codec;
  }

  private static Update update(Update.Type type, TableEntry entry) {
    return Update.newBuilder()
        .setType(type)
        .setEntity(Entity.newBuilder().setTableEntry(entry))
        .build();
  }
}
