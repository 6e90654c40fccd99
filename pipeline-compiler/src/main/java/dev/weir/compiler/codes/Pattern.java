package dev.weir.compiler.codes;

import dev.weir.p4runtime.entry.Bits;
import dev.weir.p4runtime.entry.Match;
import java.math.BigInteger;
import java.util.Optional;

/**
 * What a ternary field asks of a code: its bits under {@code mask} equal {@code value}.
 *
 * @param value zero outside the mask
 */
public record Pattern(BigInteger value, BigInteger mask) {
  /** Takes every code. */
  public static final Pattern ANY = new Pattern(BigInteger.ZERO, BigInteger.ZERO);

  public Pattern {
    if (!value.and(mask).equals(value)) {
      throw new IllegalArgumentException(
          "value " + value.toString(16) + " has bits outside mask " + mask.toString(16));
    }
  }

  public boolean matches(BigInteger code) {
    return code.and(mask).equals(value);
  }

  /** What both take; empty where a bit contradicts. */
  public Optional<Pattern> and(Pattern other) {
    BigInteger both = mask.and(other.mask);
    return value.and(both).equals(other.value.and(both))
        ? Optional.of(new Pattern(value.or(other.value), mask.or(other.mask)))
        : Optional.empty();
  }

  /** Whether this takes every code that {@code other} takes. */
  public boolean covers(Pattern other) {
    return mask.andNot(other.mask).signum() == 0 && other.value.and(mask).equals(value);
  }

  /** The ternary match; empty where every code is taken and the field is left out. */
  public Optional<Match> match() {
    return mask.signum() == 0
        ? Optional.empty()
        : Optional.of(new Match.Ternary(new Bits(value), new Bits(mask)));
  }
}
