package dev.weir.softswitch.constraints;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.softswitch.constraints.Constraint.Kind;
import dev.weir.softswitch.constraints.Constraint.Name;
import dev.weir.softswitch.engine.EntryKey;
import dev.weir.softswitch.engine.FieldMatch;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class ConstraintTest {
  private static final List<Name> NAMES =
      List.of(
          new Name("hdr.x.e", Kind.EXACT, 16),
          new Name("t", Kind.TERNARY, 32),
          new Name("p", Kind.LPM, 32),
          new Name("r", Kind.RANGE, 8),
          new Name("o", Kind.OPTIONAL, 8));

  private static BigInteger n(long value) {
    return BigInteger.valueOf(value);
  }

  /** An entry with exact value {@code e}, and nothing else matched but what is given. */
  private static EntryKey entry(long e, int priority, FieldMatch... others) {
    List<FieldMatch> matches = new ArrayList<>(Arrays.asList(new FieldMatch[5]));
    matches.set(0, new FieldMatch.Exact(n(e)));
    for (FieldMatch other : others) {
      int at =
          switch (other) {
            case FieldMatch.Exact m -> 0;
            case FieldMatch.Masked m -> m.mask().equals(n(0xff)) ? 4 : 1;
            case FieldMatch.Prefix m -> 2;
            case FieldMatch.Between m -> 3;
          };
      matches.set(at, other);
    }
    return new EntryKey(matches, priority);
  }

  private static boolean holds(String source, EntryKey key) {
    return Constraint.read(source, NAMES).holds(key);
  }

  @Test
  void comparisonsAreOfNumbers() {
    EntryKey key = entry(100, 1);
    assertThat(holds("hdr.x.e == 100", key)).isTrue();
    assertThat(holds("hdr.x.e == 0x64 && hdr.x.e == 0b1100100 && hdr.x.e == 0o144", key)).isTrue();
    assertThat(holds("hdr.x.e::value != 100", key)).isFalse();
    assertThat(holds("99 < hdr.x.e && hdr.x.e <= 100 && hdr.x.e >= 100 && 101 > hdr.x.e", key))
        .isTrue();
  }

  @Test
  void negativeNumbersAreTakenModuloTheWidth() {
    FieldMatch all = new FieldMatch.Masked(n(7), n(0xffffffffL));
    assertThat(holds("t::mask == -1", entry(1, 1, all))).isTrue();
    assertThat(holds("t::mask == -1", entry(1, 1))).isFalse();
    assertThat(holds("- -3 == 3", entry(1, 1))).isTrue();
  }

  @Test
  void wholeKeysEqualWhatMatchesTheSamePackets() {
    FieldMatch seven = new FieldMatch.Masked(n(7), n(0xffffffffL));
    assertThat(holds("t == 7", entry(1, 1, seven))).isTrue();
    assertThat(holds("t == 7", entry(1, 1, new FieldMatch.Masked(n(7), n(0xf))))).isFalse();
    assertThat(holds("p == 9", entry(1, 1, new FieldMatch.Prefix(n(9), 32)))).isTrue();
    assertThat(holds("r == 5", entry(1, 1, new FieldMatch.Between(n(5), n(5))))).isTrue();
    assertThat(holds("o == 5", entry(1, 1, new FieldMatch.Masked(n(5), n(0xff))))).isTrue();
  }

  @Test
  void whatIsLeftOutMatchesAnything() {
    EntryKey key = entry(1, 1);
    assertThat(holds("t::mask == 0 && t::value == 0", key)).isTrue();
    assertThat(holds("p::prefix_length == 0", key)).isTrue();
    assertThat(holds("r::low == 0 && r::high == 255", key)).isTrue();
    assertThat(holds("o::mask == 0", key)).isTrue();
  }

  @Test
  void operatorsBindAsTheLanguageSays() {
    EntryKey key = entry(1, 7);
    assertThat(holds("false && false || true", key)).isTrue();
    assertThat(holds("true || true -> false", key)).isFalse();
    assertThat(holds("false -> false; true", key)).isTrue();
    assertThat(holds("true; false -> true;", key)).isTrue();
    assertThat(holds("!(hdr.x.e == 2) && !!true", key)).isTrue();
    assertThat(holds("::priority == 7 // the entry's own\n", key)).isTrue();
    assertThat(holds("", key)).isTrue();
  }

  @Test
  void addressesAreNumbers() {
    FieldMatch host = new FieldMatch.Masked(n(0x0a000001), n(0xffffffffL));
    assertThat(holds("t == ipv4('10.0.0.1')", entry(1, 1, host))).isTrue();
    assertThat(holds("mac('00:00:00:00:01:00') == 256", entry(1, 1))).isTrue();
    assertThat(holds("ipv6('::1') == 1", entry(1, 1))).isTrue();
  }

  @Test
  void parametersAreJudgedAlike() {
    Constraint constraint =
        Constraint.read(
            "x != 0 && y < 10",
            List.of(new Name("x", Kind.PARAMETER, 9), new Name("y", Kind.PARAMETER, 9)));
    assertThat(constraint.holds(List.of(n(1), n(9)))).isTrue();
    assertThat(constraint.holds(List.of(n(0), n(9)))).isFalse();
    assertThat(constraint.holds(List.of(n(1), n(10)))).isFalse();
  }

  @Test
  void whatIsNoConstraintIsRefusedWithThePlace() {
    for (String wrong :
        List.of(
            "hdr.x.e",
            "hdr.x.e ==",
            "hdr.x.e == 1 == 2",
            "true -> true -> true",
            "t < 5",
            "t::low == 1",
            "hdr.x.e::mask == 1",
            "nobody == 1",
            "::action == 1",
            "(true",
            "true)",
            "hdr.x.e == t == p",
            "1 && true",
            "!5",
            "-true == 1",
            "ipv4('10.0.0') == 1",
            "mac('00') == 1",
            "host('x') == 1",
            "hdr.x.e == 1 # 2",
            "12ab == 1",
            "true;;true")) {
      assertThatThrownBy(() -> Constraint.read(wrong, NAMES))
          .as(wrong)
          .isInstanceOf(ConstraintException.class)
          .hasMessageStartingWith("character ");
    }
  }

  @Test
  void deepNestingIsRefusedNotOverflown() {
    assertThatThrownBy(() -> Constraint.read("(".repeat(100_000) + "true", NAMES))
        .isInstanceOf(ConstraintException.class);
    assertThatThrownBy(() -> Constraint.read("!".repeat(100_000) + "true", NAMES))
        .isInstanceOf(ConstraintException.class);
  }
}
