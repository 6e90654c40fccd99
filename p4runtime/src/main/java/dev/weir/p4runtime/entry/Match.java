package dev.weir.p4runtime.entry;

/** What an entry asks of one key field (P4Runtime 1.5 §9.1.1). An omitted field asks nothing. */
public sealed interface Match {

  /** The field equals {@code value}. */
  record Exact(Bits value) implements Match {}

  /**
   * The field's leading {@code prefixLength} bits equal the value's; the bits after the prefix are
   * zero in {@code value}.
   */
  record Lpm(Bits value, int prefixLength) implements Match {
    public Lpm {
      if (prefixLength <= 0) {
        throw new IllegalArgumentException(
            "prefix length " + prefixLength + " is not positive; omit the field to match anything");
      }
    }
  }

  /**
   * The field's bits under {@code mask} equal the value's; value bits outside the mask are zero.
   */
  record Ternary(Bits value, Bits mask) implements Match {
    public Ternary {
      if (!value.and(mask).equals(value)) {
        throw new IllegalArgumentException(
            "ternary value " + value + " has bits outside its mask " + mask);
      }
      if (mask.equals(Bits.ZERO)) {
        throw new IllegalArgumentException(
            "ternary mask is zero; omit the field to match anything");
      }
    }
  }

  /** The field lies in {@code low..high}, both included. */
  record Range(Bits low, Bits high) implements Match {
    public Range {
      if (low.compareTo(high) > 0) {
        throw new IllegalArgumentException("range is empty: " + low + ".." + high);
      }
    }
  }

  /** The field, which may be left out, equals {@code value}. */
  record Optional(Bits value) implements Match {}
}
