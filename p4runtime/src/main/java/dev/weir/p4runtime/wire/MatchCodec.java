package dev.weir.p4runtime.wire;

import dev.weir.p4runtime.RefusalCode;
import dev.weir.p4runtime.RefusedException;
import dev.weir.p4runtime.entry.Bits;
import dev.weir.p4runtime.entry.Match;
import dev.weir.p4runtime.info.Pipeline;
import dev.weir.p4runtime.info.Pipeline.MatchKind;
import java.util.Locale;
import java.util.Optional;
import p4.v1.P4RuntimeOuterClass.FieldMatch;

/** One key field's match: checked, and between its value and its message (P4Runtime 1.5 §9.1.1). */
final class MatchCodec {
  private MatchCodec() {}

  /** Who is read: what a lenient reading forgives is what cannot change an entry's meaning. */
  enum Reading {
    /** A device's answer: a match of anything, written out, is read as a field left out. */
    LENIENT,
    /** A client's request: the forms that the standard forbids are refused. */
    STRICT
  }

  /** Refuses a match that {@code field} cannot have. */
  static void check(Pipeline.Field field, Match match, String path) {
    requireKind(field, kindOf(match), path);
    switch (match) {
      case Match.Exact(Bits value) ->
          CanonicalBytes.requireWidth(value, field.width(), path + ".value");
      case Match.Optional(Bits value) ->
          CanonicalBytes.requireWidth(value, field.width(), path + ".value");
      case Match.Lpm(Bits value, int prefixLength) -> checkPrefix(field, value, prefixLength, path);
      // The value lies within the mask, and the low end below the high end, by construction.
      case Match.Ternary(Bits value, Bits mask) ->
          CanonicalBytes.requireWidth(mask, field.width(), path + ".mask");
      case Match.Range(Bits low, Bits high) -> {
        CanonicalBytes.requireWidth(high, field.width(), path + ".high");
        if (coversAll(field, low, high)) {
          throw anything(path, "the range is the whole field");
        }
      }
    }
  }

  private static MatchKind kindOf(Match match) {
    return switch (match) {
      case Match.Exact exact -> MatchKind.EXACT;
      case Match.Lpm lpm -> MatchKind.LPM;
      case Match.Ternary ternary -> MatchKind.TERNARY;
      case Match.Range range -> MatchKind.RANGE;
      case Match.Optional optional -> MatchKind.OPTIONAL;
    };
  }

  /** The message of a match that {@link #check} has passed. */
  static FieldMatch toProto(Pipeline.Field field, Match match) {
    FieldMatch.Builder proto = FieldMatch.newBuilder().setFieldId(field.id());
    switch (match) {
      case Match.Exact(Bits value) -> proto.getExactBuilder().setValue(CanonicalBytes.of(value));
      case Match.Optional(Bits value) ->
          proto.getOptionalBuilder().setValue(CanonicalBytes.of(value));
      case Match.Lpm(Bits value, int prefixLength) ->
          proto.getLpmBuilder().setValue(CanonicalBytes.of(value)).setPrefixLen(prefixLength);
      case Match.Ternary(Bits value, Bits mask) ->
          proto
              .getTernaryBuilder()
              .setValue(CanonicalBytes.of(value))
              .setMask(CanonicalBytes.of(mask));
      case Match.Range(Bits low, Bits high) ->
          proto.getRangeBuilder().setLow(CanonicalBytes.of(low)).setHigh(CanonicalBytes.of(high));
    }
    return proto.build();
  }

  /** The match in {@code proto}, nothing where it says "anything" and the reading forgives that. */
  static Optional<Match> fromProto(
      Pipeline.Field field, FieldMatch proto, Reading reading, String path) {
    return switch (proto.getFieldMatchTypeCase()) {
      case EXACT -> {
        requireKind(field, MatchKind.EXACT, path);
        yield Optional.of(
            new Match.Exact(
                CanonicalBytes.read(
                    proto.getExact().getValue(), field.width(), path + ".exact.value")));
      }
      case OPTIONAL -> {
        requireKind(field, MatchKind.OPTIONAL, path);
        yield Optional.of(
            new Match.Optional(
                CanonicalBytes.read(
                    proto.getOptional().getValue(), field.width(), path + ".optional.value")));
      }
      case LPM -> {
        requireKind(field, MatchKind.LPM, path);
        yield lpm(field, proto.getLpm(), reading, path + ".lpm");
      }
      case TERNARY -> {
        requireKind(field, MatchKind.TERNARY, path);
        yield ternary(field, proto.getTernary(), reading, path + ".ternary");
      }
      case RANGE -> {
        requireKind(field, MatchKind.RANGE, path);
        yield range(field, proto.getRange(), reading, path + ".range");
      }
      case OTHER ->
          throw new RefusedException(
              RefusalCode.MATCH_KIND,
              path + ".other",
              "field '%s' is matched in a way of the architecture's own".formatted(field.name()),
              "match it by " + word(field.kind()));
      case FIELDMATCHTYPE_NOT_SET ->
          throw new RefusedException(
              RefusalCode.MISSING,
              path,
              "field '%s' is named but not matched".formatted(field.name()),
              "give a match, or leave the field out to match anything");
    };
  }

  private static Optional<Match> lpm(
      Pipeline.Field field, FieldMatch.LPM proto, Reading reading, String path) {
    int length = proto.getPrefixLen();
    if (length == 0) {
      return omitted(reading, path + ".prefix_len", "the prefix has no bits");
    }
    Bits value = CanonicalBytes.read(proto.getValue(), field.width(), path + ".value");
    if (reading == Reading.LENIENT && length > 0 && length <= field.width()) {
      value = value.and(Bits.prefixMask(length, field.width()));
    }
    checkPrefix(field, value, length, path);
    return Optional.of(new Match.Lpm(value, length));
  }

  private static Optional<Match> ternary(
      Pipeline.Field field, FieldMatch.Ternary proto, Reading reading, String path) {
    Bits mask = CanonicalBytes.read(proto.getMask(), field.width(), path + ".mask");
    if (mask.equals(Bits.ZERO)) {
      return omitted(reading, path + ".mask", "the mask has no bits");
    }
    Bits value = CanonicalBytes.read(proto.getValue(), field.width(), path + ".value");
    Bits covered = value.and(mask);
    if (reading == Reading.STRICT && !covered.equals(value)) {
      throw new RefusedException(
          RefusalCode.BITS_OUTSIDE_MASK,
          path + ".value",
          "%s has bits outside the mask %s".formatted(value, mask),
          "clear them: " + covered);
    }
    return Optional.of(new Match.Ternary(covered, mask));
  }

  private static Optional<Match> range(
      Pipeline.Field field, FieldMatch.Range proto, Reading reading, String path) {
    Bits low = CanonicalBytes.read(proto.getLow(), field.width(), path + ".low");
    Bits high = CanonicalBytes.read(proto.getHigh(), field.width(), path + ".high");
    if (low.compareTo(high) > 0) {
      throw new RefusedException(
          RefusalCode.EMPTY_RANGE,
          path,
          "the low end %s lies above the high end %s".formatted(low, high),
          "give the smaller value as the low end");
    }
    return coversAll(field, low, high)
        ? omitted(reading, path, "the range is the whole field")
        : Optional.of(new Match.Range(low, high));
  }

  private static void checkPrefix(Pipeline.Field field, Bits value, int length, String path) {
    if (length < 0 || length > field.width()) {
      throw new RefusedException(
          RefusalCode.OUT_OF_RANGE,
          path + ".prefix_len",
          "a prefix of %d bits in a field of %d".formatted(length, field.width()),
          "give 1 to %d bits".formatted(field.width()));
    }
    CanonicalBytes.requireWidth(value, field.width(), path + ".value");
    Bits covered = value.and(Bits.prefixMask(length, field.width()));
    if (!covered.equals(value)) {
      throw new RefusedException(
          RefusalCode.BITS_OUTSIDE_MASK,
          path + ".value",
          "%s has bits after its first %d".formatted(value, length),
          "clear them: " + covered);
    }
  }

  private static boolean coversAll(Pipeline.Field field, Bits low, Bits high) {
    return low.equals(Bits.ZERO) && high.equals(Bits.ones(field.width()));
  }

  private static Optional<Match> omitted(Reading reading, String path, String problem) {
    return switch (reading) {
      case LENIENT -> Optional.empty();
      case STRICT -> throw anything(path, problem);
    };
  }

  private static RefusedException anything(String path, String problem) {
    return new RefusedException(
        RefusalCode.MATCHES_ANYTHING, path, problem, "leave the field out to match anything");
  }

  private static void requireKind(Pipeline.Field field, MatchKind given, String path) {
    if (field.kind() != given) {
      throw new RefusedException(
          RefusalCode.MATCH_KIND,
          path,
          "field '%s' is matched by %s, not by %s"
              .formatted(field.name(), word(field.kind()), word(given)),
          "match it by " + word(field.kind()));
    }
  }

  private static String word(MatchKind kind) {
    return kind.name().toLowerCase(Locale.ROOT);
  }
}
