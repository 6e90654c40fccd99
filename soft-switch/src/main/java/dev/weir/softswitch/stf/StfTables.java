package dev.weir.softswitch.stf;

import dev.weir.softswitch.engine.ActionProgram;
import dev.weir.softswitch.engine.BoundAction;
import dev.weir.softswitch.engine.Entry;
import dev.weir.softswitch.engine.EntryKey;
import dev.weir.softswitch.engine.FieldMatch;
import dev.weir.softswitch.engine.Outcome;
import dev.weir.softswitch.engine.Program;
import dev.weir.softswitch.engine.Table;
import dev.weir.softswitch.engine.TableState;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Table entries as scripts write them: names by suffix, digits that may be {@code *}. */
final class StfTables {
  private final Program program;

  /** Entries by the ids scripts give them, and all entries added. */
  private final Map<String, Entry> byId = new HashMap<>();

  private final List<Map.Entry<TableState, Entry>> added = new ArrayList<>();

  StfTables(Program program) {
    this.program = program;
  }

  @Nullable Entry entry(String id) {
    return byId.get(id);
  }

  TableState state(int line, String name) {
    Table table = table(line, name);
    return program.inForce().state(table);
  }

  private Table table(int line, String name) {
    List<Table> tables = program.tables();
    return tables.stream()
        .filter(t -> t.name().equals(name))
        .findFirst()
        .or(() -> tables.stream().filter(t -> t.name().endsWith("." + name)).findFirst())
        .or(() -> tables.stream().filter(t -> t.name().endsWith(name)).findFirst())
        .orElseThrow(() -> new StfException(line, "there is no table " + name));
  }

  private static BoundAction action(
      int line, Table table, String name, Map<String, String> arguments) {
    ActionProgram action =
        table.actions().stream()
            .filter(a -> a.name().equals(name))
            .findFirst()
            .or(() -> table.actions().stream().filter(a -> a.name().endsWith(name)).findFirst())
            .orElseThrow(
                () -> new StfException(line, "table " + table.name() + " has no action " + name));
    List<BigInteger> values = new ArrayList<>();
    for (ActionProgram.Parameter parameter : action.parameters()) {
      String value = arguments.get(parameter.name());
      if (value == null) {
        throw new StfException(line, "argument " + parameter.name() + " is missing");
      }
      values.add(number(value));
    }
    if (arguments.size() != values.size()) {
      throw new StfException(line, "action " + name + " has other parameters: " + arguments);
    }
    try {
      return new BoundAction(action, values);
    } catch (IllegalArgumentException e) {
      throw new StfException(line, String.valueOf(e.getMessage()));
    }
  }

  void add(int line, StfCommand.Add add) {
    Table table = table(line, add.table());
    @Nullable FieldMatch[] matches = new FieldMatch[table.key().size()];
    for (Map.Entry<String, String> given : add.matches()) {
      int field = field(line, table, given.getKey());
      matches[field] = match(line, table.key().get(field), given.getValue());
    }
    for (int i = 0; i < matches.length; i++) {
      if (matches[i] == null && table.key().get(i).kind() == Table.MatchKind.EXACT) {
        matches[i] = new FieldMatch.Exact(BigInteger.ZERO);
      }
    }
    int priority = table.ranked() && add.priority() != null ? add.priority() : 0;
    TableState state = program.inForce().state(table);
    EntryKey key = new EntryKey(Arrays.asList(matches), priority);
    if (state.find(key) != null) {
      throw new StfException(line, "table " + table.name() + " has this entry");
    }
    Entry entry =
        state.insert(
            key,
            new Outcome.Direct(action(line, table, add.action(), add.arguments())),
            table.newUsage(System.nanoTime()));
    added.add(Map.entry(state, entry));
    String id = add.id();
    if (id != null) {
      byId.put(id, entry);
    }
  }

  void setDefault(int line, StfCommand.SetDefault command) {
    Table table = table(line, command.table());
    program
        .inForce()
        .state(table)
        .setDefault(action(line, table, command.action(), command.arguments()));
  }

  void removeAll() {
    added.forEach(each -> each.getKey().remove(each.getValue()));
    added.clear();
    byId.clear();
  }

  /** A key field by its name, a suffix of it, or with {@code $} for what stands in brackets. */
  private static int field(int line, Table table, String name) {
    String wanted = name.replaceAll("\\$([0-9]+)", "[$1]");
    List<Table.KeyField> key = table.key();
    for (int pass = 0; pass < 3; pass++) {
      for (int i = 0; i < key.size(); i++) {
        String field = key.get(i).name();
        boolean same =
            switch (pass) {
              case 0 -> field.equals(wanted);
              case 1 -> validity(field).equals(validity(wanted));
              default -> field.endsWith("." + wanted) || validity(field).endsWith(validity(wanted));
            };
        if (same) {
          return i;
        }
      }
    }
    throw new StfException(line, "table " + table.name() + " has no key field " + name);
  }

  private static String validity(String name) {
    return name.replaceAll("(\\$valid\\$|\\$valid|isValid\\(\\)|valid)$", "#");
  }

  private static @Nullable FieldMatch match(int line, Table.KeyField field, String value) {
    int width = field.width();
    BigInteger all = BigInteger.ONE.shiftLeft(width).subtract(BigInteger.ONE);
    return switch (field.kind()) {
      case EXACT -> new FieldMatch.Exact(number(value).and(all));
      case LPM -> prefix(line, width, value, all);
      case TERNARY -> {
        BigInteger mask = mask(value, width).and(all);
        yield mask.signum() == 0
            ? null
            : new FieldMatch.Masked(number(value.replace('*', '0')).and(mask), mask);
      }
      case RANGE -> {
        BigInteger exact = number(value).and(all);
        yield new FieldMatch.Between(exact, exact);
      }
    };
  }

  private static @Nullable FieldMatch prefix(int line, int width, String value, BigInteger all) {
    int slash = value.indexOf('/');
    int length;
    BigInteger bits;
    if (slash >= 0) {
      length = Integer.parseInt(value.substring(slash + 1));
      bits = number(value.substring(0, slash));
    } else {
      // Digits given are bits of the prefix, as p4c's own runner counts them.
      int perDigit = value.startsWith("0b") ? 1 : 4;
      long digits =
          value.startsWith("0x") || value.startsWith("0b")
              ? value.length() - 2 - value.chars().filter(c -> c == '*').count()
              : width / 4;
      length = (int) Math.min(width, digits * perDigit);
      bits = number(value.replace('*', '0'));
    }
    if (length > width) {
      throw new StfException(line, "prefix length " + length + " is above " + width);
    }
    BigInteger mask = all.shiftRight(width - length).shiftLeft(width - length);
    return length == 0 ? null : new FieldMatch.Prefix(bits.and(mask), length);
  }

  private static BigInteger mask(String value, int width) {
    String digits = value.toLowerCase(Locale.ROOT);
    if (digits.startsWith("0x")) {
      return new BigInteger(digits.substring(2).replaceAll("[0-9a-f]", "f").replace('*', '0'), 16);
    }
    if (digits.startsWith("0b")) {
      return new BigInteger(digits.substring(2).replaceAll("[01]", "1").replace('*', '0'), 2);
    }
    return BigInteger.ONE.shiftLeft(width).subtract(BigInteger.ONE);
  }

  static BigInteger number(String text) {
    String lower = text.toLowerCase(Locale.ROOT);
    if (lower.startsWith("0x")) {
      return new BigInteger(lower.substring(2), 16);
    }
    if (lower.startsWith("0b")) {
      return new BigInteger(lower.substring(2), 2);
    }
    return new BigInteger(lower);
  }
}
