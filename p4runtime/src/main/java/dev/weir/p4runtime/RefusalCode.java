package dev.weir.p4runtime;

import com.google.rpc.Code;

/** Why something was refused. The texts are stable: programs and documents may quote them. */
public enum RefusalCode {
  /** P4Info's text does not parse, or its file cannot be read. */
  P4INFO_UNREADABLE("p4info-unreadable", Code.INVALID_ARGUMENT),
  /** P4Info contradicts itself, or says what Weir has no word for. */
  P4INFO_INVALID("p4info-invalid", Code.INVALID_ARGUMENT),
  /** No object of that kind has that name or id. */
  UNKNOWN_NAME("unknown-name", Code.INVALID_ARGUMENT),
  /** A field is matched in another way than the table matches it. */
  MATCH_KIND("match-kind", Code.INVALID_ARGUMENT),
  /** A value has more bits than its field, or no bytes at all (P4Runtime 1.5 §8.4). */
  OUT_OF_RANGE("out-of-range", Code.OUT_OF_RANGE),
  /** An exact field, an action or one of its parameters is absent. */
  MISSING("missing", Code.INVALID_ARGUMENT),
  /** A field or parameter is given twice. */
  DUPLICATE("duplicate", Code.INVALID_ARGUMENT),
  /**
   * "Matches anything" is written out where the field has to be left out (P4Runtime 1.5 §9.1.1).
   */
  MATCHES_ANYTHING("matches-anything", Code.INVALID_ARGUMENT),
  /** A value has bits that its mask or prefix does not cover. */
  BITS_OUTSIDE_MASK("bits-outside-mask", Code.INVALID_ARGUMENT),
  /** A range's low end lies above its high end. */
  EMPTY_RANGE("empty-range", Code.INVALID_ARGUMENT),
  /** A priority where the table has none, or none where it needs one (P4Runtime 1.5 §9.1). */
  PRIORITY("priority", Code.INVALID_ARGUMENT),
  /** A default action with matches or a priority, or inserted or deleted (P4Runtime 1.5 §9.1.3). */
  DEFAULT_ENTRY("default-entry", Code.INVALID_ARGUMENT),
  /** The table has this action for entries only, or for its default only. */
  ACTION_SCOPE("action-scope", Code.PERMISSION_DENIED),
  /** The program made the table or its default action constant. */
  CONSTANT("constant", Code.PERMISSION_DENIED),
  /** The table has no key, so it has no entries but its default. */
  KEYLESS_TABLE("keyless-table", Code.INVALID_ARGUMENT),
  /** Valid P4Runtime, but not in what an {@link dev.weir.p4runtime.entry.Entry} can say. */
  NOT_EXPRESSIBLE("not-expressible", Code.UNIMPLEMENTED);

  private final String text;
  private final Code canonical;

  RefusalCode(String text, Code canonical) {
    this.text = text;
    this.canonical = canonical;
  }

  /** The stable text, {@code out-of-range}. */
  public String text() {
    return text;
  }

  /** What a P4Runtime server answers for it. */
  public Code canonical() {
    return canonical;
  }

  @Override
  public String toString() {
    return text;
  }
}
