package dev.weir.softswitch.server;

import com.google.protobuf.ByteString;
import dev.weir.softswitch.engine.EntryKey;
import dev.weir.softswitch.engine.FieldMatch;
import dev.weir.softswitch.engine.Table;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import p4.config.v1.P4InfoOuterClass.MatchField;
import p4.v1.P4RuntimeOuterClass;
import p4.v1.P4RuntimeOuterClass.TableEntry;

/** Keys of table entries: from the wire with every rule of P4Runtime 1.5 §9.1.1, and back. */
final class Matches {
  private Matches() {}

  /** Whether texts that a translated field has not met get a number. */
  enum Texts {
    GIVE,
    KNOWN
  }

  /** The key of an entry to be written, or read by its whole key. */
  static EntryKey key(TableView view, TableEntry entry, Texts texts) {
    if (view.needsPriority() && entry.getPriority() <= 0) {
      throw Refused.invalid(
          "priority",
          "table "
              + view.name()
              + " has ternary, range or optional fields: a priority above 0 is needed, not "
              + entry.getPriority());
    }
    if (!view.needsPriority() && entry.getPriority() != 0) {
      throw Refused.invalid(
          "priority",
          "table " + view.name() + " has no priorities; " + entry.getPriority() + " is given");
    }
    @Nullable FieldMatch[] matches = new FieldMatch[view.table().key().size()];
    for (int i = 0; i < entry.getMatchCount(); i++) {
      try {
        match(view, entry.getMatch(i), texts, matches);
      } catch (Refused e) {
        throw e.of("table " + view.name()).below("match[" + i + "]");
      }
    }
    for (int i = 0; i < matches.length; i++) {
      if (matches[i] == null && view.table().key().get(i).kind() == Table.MatchKind.EXACT) {
        throw Refused.invalid(
            "match",
            "exact match field "
                + view.info().getMatchFields(i).getName()
                + " of table "
                + view.name()
                + " is missing");
      }
    }
    return new EntryKey(Arrays.asList(matches), entry.getPriority());
  }

  private static void match(
      TableView view,
      P4RuntimeOuterClass.FieldMatch match,
      Texts texts,
      @Nullable FieldMatch[] matches) {
    Integer index = view.fieldIndex().get(match.getFieldId());
    if (index == null) {
      throw Refused.invalid("field_id", "there is no match field " + match.getFieldId());
    }
    if (matches[index] != null) {
      throw Refused.invalid("field_id", "match field " + match.getFieldId() + " is there twice");
    }
    matches[index] =
        match(
            view.info().getMatchFields(index),
            width(view, index),
            view.translations().get(index),
            texts,
            match);
  }

  /** The narrower of what P4Info and the program say. */
  private static int width(TableView view, int index) {
    int ofProgram = view.table().key().get(index).width();
    int ofInfo = view.info().getMatchFields(index).getBitwidth();
    return ofInfo == 0 ? ofProgram : Math.min(ofInfo, ofProgram);
  }

  /** A match as {@code field} allows it; refusals name the field. */
  static FieldMatch match(
      MatchField field,
      int width,
      @Nullable Translation translation,
      Texts texts,
      P4RuntimeOuterClass.FieldMatch match) {
    try {
      boolean right =
          switch (match.getFieldMatchTypeCase()) {
            case EXACT -> field.getMatchType() == MatchField.MatchType.EXACT;
            case TERNARY -> field.getMatchType() == MatchField.MatchType.TERNARY;
            case LPM -> field.getMatchType() == MatchField.MatchType.LPM;
            case RANGE -> field.getMatchType() == MatchField.MatchType.RANGE;
            case OPTIONAL -> field.getMatchType() == MatchField.MatchType.OPTIONAL;
            case OTHER, FIELDMATCHTYPE_NOT_SET -> false;
          };
      if (!right) {
        throw Refused.invalid(
            "", "is " + field.getMatchType() + ", not " + match.getFieldMatchTypeCase());
      }
      return translation == null ? number(width, match) : text(width, translation, texts, match);
    } catch (Refused e) {
      throw e.of("match field " + field.getName());
    }
  }

  private static FieldMatch text(
      int width, Translation translation, Texts texts, P4RuntimeOuterClass.FieldMatch match) {
    return switch (match.getFieldMatchTypeCase()) {
      case EXACT ->
          new FieldMatch.Exact(
              number(translation, match.getExact().getValue(), texts, "exact.value"));
      case OPTIONAL ->
          new FieldMatch.Masked(
              number(translation, match.getOptional().getValue(), texts, "optional.value"),
              Numbers.ones(width));
      case TERNARY, LPM, RANGE, OTHER, FIELDMATCHTYPE_NOT_SET ->
          throw Refused.invalid(
              "", "is translated from text, which has no parts: leave it out, for anything");
    };
  }

  private static FieldMatch number(int width, P4RuntimeOuterClass.FieldMatch match) {
    return switch (match.getFieldMatchTypeCase()) {
      case EXACT ->
          new FieldMatch.Exact(Numbers.read(match.getExact().getValue(), width, "exact.value"));
      case OPTIONAL ->
          new FieldMatch.Masked(
              Numbers.read(match.getOptional().getValue(), width, "optional.value"),
              Numbers.ones(width));
      case LPM -> {
        int length = match.getLpm().getPrefixLen();
        BigInteger value = Numbers.read(match.getLpm().getValue(), width, "lpm.value");
        if (length <= 0 || length > width) {
          throw Refused.invalid(
              "lpm.prefix_len",
              "is "
                  + length
                  + ", not from 1 to "
                  + width
                  + "; leave the field out to match anything");
        }
        if (value.signum() != 0 && value.getLowestSetBit() < width - length) {
          throw Refused.invalid("lpm.value", "has bits after its prefix");
        }
        yield new FieldMatch.Prefix(value, length);
      }
      case TERNARY -> {
        BigInteger value = Numbers.read(match.getTernary().getValue(), width, "ternary.value");
        BigInteger mask = Numbers.read(match.getTernary().getMask(), width, "ternary.mask");
        if (mask.signum() == 0) {
          throw Refused.invalid("ternary.mask", "is zero; leave the field out to match anything");
        }
        if (!value.and(mask).equals(value)) {
          throw Refused.invalid("ternary.value", "has bits outside its mask");
        }
        yield new FieldMatch.Masked(value, mask);
      }
      case RANGE -> {
        BigInteger low = Numbers.read(match.getRange().getLow(), width, "range.low");
        BigInteger high = Numbers.read(match.getRange().getHigh(), width, "range.high");
        if (low.compareTo(high) > 0) {
          throw Refused.invalid("range", "is empty");
        }
        if (low.signum() == 0 && high.equals(Numbers.ones(width))) {
          throw Refused.invalid(
              "range", "holds every value; leave the field out to match anything");
        }
        yield new FieldMatch.Between(low, high);
      }
      case OTHER, FIELDMATCHTYPE_NOT_SET -> throw new IllegalStateException("checked before");
    };
  }

  private static BigInteger number(
      Translation translation, ByteString text, Texts texts, String path) {
    return texts == Texts.GIVE ? translation.give(text, path) : translation.known(text, path);
  }

  /** The key's matches as they go on the wire, in the order of P4Info. */
  static List<P4RuntimeOuterClass.FieldMatch> onWire(TableView view, EntryKey key) {
    List<P4RuntimeOuterClass.FieldMatch> matches = new ArrayList<>();
    for (int i = 0; i < key.matches().size(); i++) {
      FieldMatch match = key.matches().get(i);
      if (match != null) {
        matches.add(onWire(view.info().getMatchFields(i), view.translations().get(i), match));
      }
    }
    return matches;
  }

  static P4RuntimeOuterClass.FieldMatch onWire(
      MatchField field, @Nullable Translation translation, FieldMatch match) {
    P4RuntimeOuterClass.FieldMatch.Builder to =
        P4RuntimeOuterClass.FieldMatch.newBuilder().setFieldId(field.getId());
    switch (match) {
      case FieldMatch.Exact m -> to.getExactBuilder().setValue(value(translation, m.value()));
      case FieldMatch.Prefix m ->
          to.getLpmBuilder().setValue(Numbers.write(m.value())).setPrefixLen(m.length());
      case FieldMatch.Masked m -> {
        if (field.getMatchType() == MatchField.MatchType.OPTIONAL) {
          to.getOptionalBuilder().setValue(value(translation, m.value()));
        } else {
          to.getTernaryBuilder()
              .setValue(Numbers.write(m.value()))
              .setMask(Numbers.write(m.mask()));
        }
      }
      case FieldMatch.Between m ->
          to.getRangeBuilder().setLow(Numbers.write(m.low())).setHigh(Numbers.write(m.high()));
    }
    return to.build();
  }

  private static ByteString value(@Nullable Translation translation, BigInteger number) {
    return translation == null ? Numbers.write(number) : translation.text(number);
  }
}
