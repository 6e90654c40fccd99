package dev.weir.p4runtime.wire;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableMap;
import com.google.protobuf.ByteString;
import dev.weir.p4runtime.entry.Action;
import dev.weir.p4runtime.entry.Bits;
import dev.weir.p4runtime.entry.Entry;
import dev.weir.p4runtime.entry.Match;
import dev.weir.p4runtime.info.Pipeline;
import dev.weir.p4runtime.info.Pipeline.MatchKind;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import p4.v1.P4RuntimeOuterClass.FieldMatch;
import p4.v1.P4RuntimeOuterClass.TableEntry;

/** Random pipelines of one table, and random entries that they can hold. */
class EntryRoundTripTest {

  record Case(Pipeline pipeline, Entry entry, long shuffle) {}

  @Property(seed = "4", tries = 500)
  void whatIsWrittenReadsBackAsTheSameEntry(@ForAll("cases") Case c) {
    EntryCodec codec = new EntryCodec(c.pipeline());
    TableEntry proto = codec.toProto(c.entry());
    assertThat(codec.fromProto(proto)).isEqualTo(c.entry());
    assertThat(codec.fromRequest(proto)).isEqualTo(c.entry());
    assertThat(codec.keyFromRequest(codec.toProto(c.entry().key()))).isEqualTo(c.entry().key());
    assertThat(codec.canonical(c.entry())).isEqualTo(c.entry());
  }

  @Property(seed = "5", tries = 500)
  void everyByteStringWrittenIsCanonical(@ForAll("cases") Case c) {
    assertThat(strings(new EntryCodec(c.pipeline()).toProto(c.entry())))
        .allMatch(CanonicalBytes::isCanonical);
  }

  @Property(seed = "6", tries = 500)
  void paddingAndOrderDoNotMatterToTheReader(@ForAll("cases") Case c) {
    EntryCodec codec = new EntryCodec(c.pipeline());
    TableEntry proto = codec.toProto(c.entry());
    TableEntry other = padded(proto, new Random(c.shuffle()));
    assertThat(codec.fromProto(other)).isEqualTo(c.entry());
    assertThat(codec.fromRequest(other)).isEqualTo(c.entry());
    assertThat(codec.toProto(codec.fromProto(other))).isEqualTo(proto);
  }

  @Provide
  Arbitrary<Case> cases() {
    // Shape and values come from one seed: jqwik's own shrinking has little to say about a message.
    return Arbitraries.longs().map(seed -> generate(new Random(seed)));
  }

  private static Case generate(Random random) {
    ImmutableMap.Builder<String, Pipeline.Field> fields = ImmutableMap.builder();
    Map<String, Match> matches = new TreeMap<>();
    boolean prioritised = false;
    int count = 1 + random.nextInt(5);
    boolean lpmTaken = false;
    for (int i = 0; i < count; i++) {
      MatchKind kind = MatchKind.values()[random.nextInt(MatchKind.values().length)];
      if (kind == MatchKind.LPM && lpmTaken) {
        kind = MatchKind.EXACT;
      }
      lpmTaken |= kind == MatchKind.LPM;
      Pipeline.Field field =
          new Pipeline.Field(i + 1, "field" + random.nextInt(1000) + i, width(random), kind);
      fields.put(field.name(), field);
      if (kind == MatchKind.EXACT || random.nextInt(4) > 0) {
        match(field, random).ifPresent(m -> matches.put(field.name(), m));
      }
      prioritised |= kind != MatchKind.EXACT && kind != MatchKind.LPM;
    }
    ImmutableMap.Builder<String, Pipeline.Param> params = ImmutableMap.builder();
    Map<String, Bits> values = new TreeMap<>();
    for (int i = random.nextInt(4); i > 0; i--) {
      Pipeline.Param param = new Pipeline.Param(i, "param" + i, width(random));
      params.put(param.name(), param);
      values.put(param.name(), bits(param.width(), random));
    }
    Pipeline.ActionInfo act = new Pipeline.ActionInfo(0x01000001, "act", params.buildOrThrow());
    Pipeline.Table table =
        new Pipeline.Table(
            0x02000001,
            "table",
            fields.buildOrThrow(),
            ImmutableMap.of("act", act),
            ImmutableMap.of(),
            1024,
            false,
            false);
    Pipeline pipeline =
        new Pipeline("random", ImmutableMap.of("table", table), ImmutableMap.of("act", act));
    int priority = prioritised ? 1 + random.nextInt(Integer.MAX_VALUE) : 0;
    return new Case(
        pipeline,
        Entry.of("table", matches, priority, Action.of("act", values)),
        random.nextLong());
  }

  private static Optional<Match> match(Pipeline.Field field, Random random) {
    int width = field.width();
    return switch (field.kind()) {
      case EXACT -> Optional.of(new Match.Exact(bits(width, random)));
      case OPTIONAL -> Optional.of(new Match.Optional(bits(width, random)));
      case LPM -> {
        int length = 1 + random.nextInt(width);
        Bits value = bits(width, random).and(Bits.prefixMask(length, width));
        yield Optional.of(new Match.Lpm(value, length));
      }
      case TERNARY -> {
        Bits mask = bits(width, random);
        yield mask.equals(Bits.ZERO)
            ? Optional.empty()
            : Optional.of(new Match.Ternary(bits(width, random).and(mask), mask));
      }
      case RANGE -> {
        Bits one = bits(width, random);
        Bits two = bits(width, random);
        Bits low = one.compareTo(two) < 0 ? one : two;
        Bits high = one.compareTo(two) < 0 ? two : one;
        yield low.equals(Bits.ZERO) && high.equals(Bits.ones(width))
            ? Optional.empty()
            : Optional.of(new Match.Range(low, high));
      }
    };
  }

  private static int width(Random random) {
    int[] common = {1, 7, 8, 9, 16, 32, 40, 48, 128};
    return random.nextBoolean() ? common[random.nextInt(common.length)] : 1 + random.nextInt(130);
  }

  /** Edges as often as anything between them. */
  private static Bits bits(int width, Random random) {
    return switch (random.nextInt(5)) {
      case 0 -> Bits.ZERO;
      case 1 -> Bits.ones(width);
      default -> new Bits(new BigInteger(1 + random.nextInt(width), random));
    };
  }

  private static List<ByteString> strings(TableEntry proto) {
    List<ByteString> strings = new ArrayList<>();
    for (FieldMatch match : proto.getMatchList()) {
      switch (match.getFieldMatchTypeCase()) {
        case EXACT -> strings.add(match.getExact().getValue());
        case OPTIONAL -> strings.add(match.getOptional().getValue());
        case LPM -> strings.add(match.getLpm().getValue());
        case TERNARY -> {
          strings.add(match.getTernary().getValue());
          strings.add(match.getTernary().getMask());
        }
        case RANGE -> {
          strings.add(match.getRange().getLow());
          strings.add(match.getRange().getHigh());
        }
        case OTHER, FIELDMATCHTYPE_NOT_SET -> throw new IllegalStateException(match.toString());
      }
    }
    proto.getAction().getAction().getParamsList().forEach(p -> strings.add(p.getValue()));
    return strings;
  }

  private static TableEntry padded(TableEntry proto, Random random) {
    TableEntry.Builder other = proto.toBuilder().clearMatch();
    List<FieldMatch> matches = new ArrayList<>();
    for (FieldMatch match : proto.getMatchList()) {
      FieldMatch.Builder m = match.toBuilder();
      switch (match.getFieldMatchTypeCase()) {
        case EXACT -> m.getExactBuilder().setValue(pad(match.getExact().getValue(), random));
        case OPTIONAL ->
            m.getOptionalBuilder().setValue(pad(match.getOptional().getValue(), random));
        case LPM -> m.getLpmBuilder().setValue(pad(match.getLpm().getValue(), random));
        case TERNARY ->
            m.getTernaryBuilder()
                .setValue(pad(match.getTernary().getValue(), random))
                .setMask(pad(match.getTernary().getMask(), random));
        case RANGE ->
            m.getRangeBuilder()
                .setLow(pad(match.getRange().getLow(), random))
                .setHigh(pad(match.getRange().getHigh(), random));
        case OTHER, FIELDMATCHTYPE_NOT_SET -> throw new IllegalStateException(match.toString());
      }
      matches.add(m.build());
    }
    Collections.shuffle(matches, random);
    other.addAllMatch(matches);
    other
        .getActionBuilder()
        .getActionBuilder()
        .getParamsBuilderList()
        .forEach(p -> p.setValue(pad(p.getValue(), random)));
    return other.build();
  }

  private static ByteString pad(ByteString bytes, Random random) {
    return ByteString.copyFrom(new byte[random.nextInt(4)]).concat(bytes);
  }
}
