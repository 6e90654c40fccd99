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
          "table "
              + view.name()
              + " has ternary, range or optional fields: a priority above 0 is needed, not "
              + entry.getPriority());
    }
    if (!view.needsPriority() && entry.getPriority() != 0) {
      throw Refused.invalid(
          "table " + view.name() + " has no priorities; " + entry.getPriority() + " is given");
    }
    @Nullable FieldMatch[] matches = new FieldMatch[view.table().key().size()];
    for (P4RuntimeOuterClass.FieldMatch match : entry.getMatchList()) {
      Integer index = view.fieldIndex().get(match.getFieldId());
      if (index == null) {
        throw Refused.invalid("table " + view.name() + " has no match field " + match.getFieldId());
      }
      if (matches[index] != null) {
        throw Refused.invalid(
            "match field " + match.getFieldId() + " of table " + view.name() + " is there twice");
      }
      matches[index] =
          match(
              view.name(),
              view.info().getMatchFields(index),
              width(view, index),
              view.translations().get(index),
              texts,
              match);
    }
    for (int i = 0; i < matches.length; i++) {
      if (matches[i] == null && view.table().key().get(i).kind() == Table.MatchKind.EXACT) {
        throw Refused.invalid(
            "exact match field "
                + view.info().getMatchFields(i).getName()
                + " of table "
                + view.name()
                + " is missing");
      }
    }
    return new EntryKey(Arrays.asList(matches), entry.getPriority());
  }

  /** The narrower of what P4Info and the program say. */
  private static int width(TableView view, int index) {
    int ofProgram = view.table().key().get(index).width();
    int ofInfo = view.info().getMatchFields(index).getBitwidth();
    return ofInfo == 0 ? ofProgram : Math.min(ofInfo, ofProgram);
  }

  static FieldMatch match(
      String owner,
      MatchField field,
      int width,
      @Nullable Translation translation,
      Texts texts,
      P4RuntimeOuterClass.FieldMatch match) {
    String what = "match field " + field.getName() + " of " + owner;
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
          what + " is " + field.getMatchType() + ", not " + match.getFieldMatchTypeCase());
    }
    if (translation != null) {
      return switch (match.getFieldMatchTypeCase()) {
        case EXACT ->
            new FieldMatch.Exact(number(translation, match.getExact().getValue(), texts, what));
        case OPTIONAL ->
            new FieldMatch.Masked(
                number(translation, match.getOptional().getValue(), texts, what),
                Numbers.ones(width));
        case TERNARY, LPM, RANGE, OTHER, FIELDMATCHTYPE_NOT_SET ->
            throw Refused.invalid(
                what + " is translated from text, which has no parts: leave it out, for anything");
      };
    }
    return switch (match.getFieldMatchTypeCase()) {
      case EXACT -> new FieldMatch.Exact(Numbers.read(match.getExact().getValue(), width, what));
      case OPTIONAL ->
          new FieldMatch.Masked(
              Numbers.read(match.getOptional().getValue(), width, what), Numbers.ones(width));
      case LPM -> {
        int length = match.getLpm().getPrefixLen();
        BigInteger value = Numbers.read(match.getLpm().getValue(), width, what);
        if (length <= 0 || length > width) {
          throw Refused.invalid(
              what
                  + ": prefix length "
                  + length
                  + " is not from 1 to "
                  + width
                  + "; leave the field out to match anything");
        }
        if (value.signum() != 0 && value.getLowestSetBit() < width - length) {
          throw Refused.invalid(what + ": the value has bits after its prefix");
        }
        yield new FieldMatch.Prefix(value, length);
      }
      case TERNARY -> {
        BigInteger value = Numbers.read(match.getTernary().getValue(), width, what);
        BigInteger mask = Numbers.read(match.getTernary().getMask(), width, what + " mask");
        if (mask.signum() == 0) {
          throw Refused.invalid(what + ": the mask is zero; leave the field out to match anything");
        }
        if (!value.and(mask).equals(value)) {
          throw Refused.invalid(what + ": the value has bits outside its mask");
        }
        yield new FieldMatch.Masked(value, mask);
      }
      case RANGE -> {
        BigInteger low = Numbers.read(match.getRange().getLow(), width, what + " low");
        BigInteger high = Numbers.read(match.getRange().getHigh(), width, what + " high");
        if (low.compareTo(high) > 0) {
          throw Refused.invalid(what + ": the range is empty");
        }
        if (low.signum() == 0 && high.equals(Numbers.ones(width))) {
          throw Refused.invalid(
              what + ": the range holds every value; leave the field out to match anything");
        }
        yield new FieldMatch.Between(low, high);
      }
      case OTHER, FIELDMATCHTYPE_NOT_SET -> throw new IllegalStateException(what);
    };
  }

  private static BigInteger number(
      Translation translation, ByteString text, Texts texts, String what) {
    return texts == Texts.GIVE ? translation.give(text, what) : translation.known(text, what);
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
