package dev.weir.softswitch.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.jspecify.annotations.Nullable;

/** Lookups against a plain search through all entries, while entries come and go. */
class TablesTest {
  private static final int[] WIDTHS = {9, 16, 128, 8};

  private record Model(EntryKey key, int order) {}

  private static BigInteger ones(int width) {
    return BigInteger.ONE.shiftLeft(width).subtract(BigInteger.ONE);
  }

  private static Table table(Table.MatchKind... kinds) {
    List<Table.KeyField> key = new ArrayList<>();
    int from = 0;
    int word = 0;
    int shift = 0;
    for (int i = 0; i < kinds.length; i++) {
      int width = WIDTHS[i];
      boolean wide = width > 64;
      if (wide || shift + width > 64) {
        word++;
        shift = 0;
      }
      key.add(new Table.KeyField("f" + i, kinds[i], width, from, -1, null, word, shift));
      from += Words.forBits(width);
      if (wide) {
        word += Words.forBits(width);
      } else {
        shift += width;
      }
    }
    return new Table("t", 1, 0, key, word + 1, from, 100000, false, false, List.of(), null, null);
  }

  private static @Nullable FieldMatch match(Random random, Table.MatchKind kind, int width) {
    BigInteger all = ones(width);
    // Few different values, so that entries overlap.
    BigInteger value =
        BigInteger.valueOf(random.nextInt(8)).shiftLeft(random.nextInt(2) * (width - 3)).and(all);
    return switch (kind) {
      case EXACT -> new FieldMatch.Exact(value);
      case LPM -> {
        int length = random.nextInt(width + 1);
        BigInteger mask = all.shiftRight(width - length).shiftLeft(width - length);
        yield length == 0 ? null : new FieldMatch.Prefix(value.and(mask), length);
      }
      case TERNARY -> {
        BigInteger mask =
            switch (random.nextInt(4)) {
              case 0 -> BigInteger.ZERO;
              case 1 -> all;
              default -> new BigInteger(width, random);
            };
        yield mask.signum() == 0 ? null : new FieldMatch.Masked(value.and(mask), mask);
      }
      case RANGE -> {
        if (random.nextInt(4) == 0) {
          yield null;
        }
        BigInteger low = value;
        BigInteger high = value.add(new BigInteger(random.nextInt(width), random)).min(all);
        yield new FieldMatch.Between(low, high);
      }
    };
  }

  private static boolean matches(EntryKey key, BigInteger[] packet) {
    for (int i = 0; i < packet.length; i++) {
      FieldMatch match = key.matches().get(i);
      int width = WIDTHS[i];
      BigInteger v = packet[i];
      boolean holds =
          switch (match) {
            case null -> true;
            case FieldMatch.Exact m -> v.equals(m.value());
            case FieldMatch.Prefix m ->
                v.shiftRight(width - m.length()).equals(m.value().shiftRight(width - m.length()));
            case FieldMatch.Masked m -> v.and(m.mask()).equals(m.value());
            case FieldMatch.Between m -> m.low().compareTo(v) <= 0 && v.compareTo(m.high()) <= 0;
          };
      if (!holds) {
        return false;
      }
    }
    return true;
  }

  private static int prefix(EntryKey key) {
    return key.matches().stream()
        .mapToInt(m -> m instanceof FieldMatch.Prefix p ? p.length() : 0)
        .sum();
  }

  private void check(long seed, int entries, Table.MatchKind... kinds) {
    Random random = new Random(seed);
    Table table = table(kinds);
    TableState state = new TableState(table, null);
    PacketState packet =
        new PacketState(16, 16, new int[0], 64, new InForce(List.of(), new Symbols()));
    List<Model> model = new ArrayList<>();
    int order = 0;
    for (int step = 0; step < entries; step++) {
      if (!model.isEmpty() && random.nextInt(4) == 0) {
        Model gone = model.remove(random.nextInt(model.size()));
        state.remove(state.find(gone.key));
      } else {
        @Nullable FieldMatch[] matches = new FieldMatch[kinds.length];
        for (int i = 0; i < kinds.length; i++) {
          matches[i] = match(random, kinds[i], WIDTHS[i]);
        }
        EntryKey key =
            new EntryKey(Arrays.asList(matches), table.ranked() ? 1 + random.nextInt(20) : 0);
        if (state.find(key) == null) {
          state.insert(
              key, new Outcome.Direct(new BoundAction(NOTHING, List.of())), table.newUsage(0));
          model.add(new Model(key, order++));
        }
      }
      TableState looked = random.nextInt(10) == 0 ? state.copy() : state;
      for (int probe = 0; probe < 4; probe++) {
        lookup(random, table, looked, packet, model);
      }
    }
    assertThat(state.size()).isEqualTo(model.size());
  }

  private static final ActionProgram NOTHING = new ActionProgram("nothing", 0, 0, List.of());

  private static void lookup(
      Random random, Table table, TableState state, PacketState packet, List<Model> model) {
    BigInteger[] values = new BigInteger[table.key().size()];
    for (int i = 0; i < values.length; i++) {
      int width = WIDTHS[i];
      values[i] =
          random.nextInt(6) == 0
              ? new BigInteger(width, random)
              : BigInteger.valueOf(random.nextInt(9))
                  .shiftLeft(random.nextInt(2) * (width - 3))
                  .and(ones(width));
      Table.KeyField f = table.key().get(i);
      Words.put(packet.words, f.from(), Words.forBits(width), values[i]);
    }
    EntryKey best = null;
    int bestRank = 0;
    int bestOrder = 0;
    for (Model m : model) {
      int rank = table.ranked() ? m.key.priority() : prefix(m.key);
      if (matches(m.key, values)
          && (best == null || rank > bestRank || (rank == bestRank && m.order < bestOrder))) {
        best = m.key;
        bestRank = rank;
        bestOrder = m.order;
      }
    }
    Entry found = table.find(packet, state);
    assertThat(found == null ? null : found.key())
        .describedAs("%s", Arrays.toString(values))
        .isEqualTo(best);
  }

  @Property(tries = 12, seed = "1")
  void exactEntriesAreFound(@ForAll long seed) {
    check(seed, 200, Table.MatchKind.EXACT, Table.MatchKind.EXACT, Table.MatchKind.EXACT);
  }

  @Property(tries = 12, seed = "2")
  void theLongestPrefixWins(@ForAll long seed) {
    check(seed, 200, Table.MatchKind.EXACT, Table.MatchKind.EXACT, Table.MatchKind.LPM);
  }

  @Property(tries = 20, seed = "3")
  void theHighestPriorityWins(@ForAll long seed) {
    check(
        seed,
        200,
        Table.MatchKind.EXACT,
        Table.MatchKind.RANGE,
        Table.MatchKind.TERNARY,
        Table.MatchKind.TERNARY);
  }

  @Property(tries = 12, seed = "4")
  void wideRangesAndPrefixesAmongTernaryFields(@ForAll long seed) {
    check(
        seed,
        150,
        Table.MatchKind.TERNARY,
        Table.MatchKind.RANGE,
        Table.MatchKind.RANGE,
        Table.MatchKind.LPM);
  }
}
