package dev.weir.p4runtime.info;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.stream.IntStream;
import p4.config.v1.P4InfoOuterClass.CounterSpec;
import p4.config.v1.P4InfoOuterClass.MeterSpec;
import p4.config.v1.P4InfoOuterClass.P4Info;
import p4.config.v1.P4InfoOuterClass.Preamble;

/** Counters, meters, registers, action profiles and digests of a P4Info whose references hold. */
final class ExternReader {
  private final P4Info info;
  private final ImmutableMap<Integer, String> tableNames;
  private final DataTypeReader types;

  ExternReader(P4Info info) {
    this.info = info;
    tableNames = ShortNames.byId(info.getTablesList().stream().map(t -> t.getPreamble()).toList());
    types = new DataTypeReader(info.getTypeInfo());
  }

  /** The names that every extern has. */
  private record Id(String path, int id, String name, ImmutableSet<String> otherNames) {}

  Externs externs() {
    return new Externs(
        read(
            "counters",
            info.getCountersList(),
            c -> c.getPreamble(),
            (id, c) ->
                new Externs.Counter(
                    id.id, id.name, id.otherNames, unit(id.path, c.getSpec()), c.getSize())),
        read(
            "direct_counters",
            info.getDirectCountersList(),
            c -> c.getPreamble(),
            (id, c) ->
                new Externs.DirectCounter(
                    id.id,
                    id.name,
                    id.otherNames,
                    unit(id.path, c.getSpec()),
                    table(c.getDirectTableId()))),
        read(
            "meters",
            info.getMetersList(),
            m -> m.getPreamble(),
            (id, m) ->
                new Externs.Meter(
                    id.id,
                    id.name,
                    id.otherNames,
                    unit(id.path, m.getSpec()),
                    type(id.path, m.getSpec()),
                    m.getSize())),
        read(
            "direct_meters",
            info.getDirectMetersList(),
            m -> m.getPreamble(),
            (id, m) ->
                new Externs.DirectMeter(
                    id.id,
                    id.name,
                    id.otherNames,
                    unit(id.path, m.getSpec()),
                    type(id.path, m.getSpec()),
                    table(m.getDirectTableId()))),
        read(
            "registers",
            info.getRegistersList(),
            r -> r.getPreamble(),
            (id, r) ->
                new Externs.Register(
                    id.id,
                    id.name,
                    id.otherNames,
                    types.read(id.path + ".type_spec", r.getTypeSpec()),
                    r.getSize())),
        read(
            "action_profiles",
            info.getActionProfilesList(),
            p -> p.getPreamble(),
            (id, p) ->
                new Externs.ActionProfile(
                    id.id,
                    id.name,
                    id.otherNames,
                    p.getTableIdsList().stream()
                        .map(this::table)
                        .collect(ImmutableSet.toImmutableSet()),
                    p.getWithSelector(),
                    p.getSize(),
                    p.getMaxGroupSize())),
        read(
            "digests",
            info.getDigestsList(),
            d -> d.getPreamble(),
            (id, d) ->
                new Externs.Digest(
                    id.id,
                    id.name,
                    id.otherNames,
                    types.read(id.path + ".type_spec", d.getTypeSpec()))));
  }

  private <M, T extends Named> ImmutableMap<String, T> read(
      String kind, List<M> messages, Function<M, Preamble> preamble, BiFunction<Id, M, T> build) {
    ShortNames names = new ShortNames(messages.stream().map(preamble).toList());
    return P4InfoReader.byName(
        kind,
        IntStream.range(0, messages.size())
            .mapToObj(
                i -> {
                  M message = messages.get(i);
                  Preamble p = preamble.apply(message);
                  return build.apply(
                      new Id(kind + "[" + i + "]", p.getId(), names.of(p), names.others(p)),
                      message);
                })
            .toList());
  }

  private String table(int id) {
    String name = tableNames.get(id);
    if (name == null) {
      throw new IllegalStateException("references were checked, and table " + id + " is not there");
    }
    return name;
  }

  private static Externs.CounterUnit unit(String path, CounterSpec spec) {
    return switch (spec.getUnit()) {
      case BYTES -> Externs.CounterUnit.BYTES;
      case PACKETS -> Externs.CounterUnit.PACKETS;
      case BOTH -> Externs.CounterUnit.BOTH;
      case UNSPECIFIED, UNRECOGNIZED -> throw noUnit(path);
    };
  }

  private static Externs.MeterUnit unit(String path, MeterSpec spec) {
    return switch (spec.getUnit()) {
      case BYTES -> Externs.MeterUnit.BYTES;
      case PACKETS -> Externs.MeterUnit.PACKETS;
      case UNSPECIFIED, UNRECOGNIZED -> throw noUnit(path);
    };
  }

  private static Externs.MeterType type(String path, MeterSpec spec) {
    return switch (spec.getType()) {
      case TWO_RATE_THREE_COLOR -> Externs.MeterType.TWO_RATE_THREE_COLOR;
      case SINGLE_RATE_THREE_COLOR -> Externs.MeterType.SINGLE_RATE_THREE_COLOR;
      case SINGLE_RATE_TWO_COLOR -> Externs.MeterType.SINGLE_RATE_TWO_COLOR;
      case UNRECOGNIZED ->
          throw P4InfoReader.invalid(
              path + ".spec.type",
              "meter type " + spec.getTypeValue() + " is not known",
              "compile with a p4c for P4Runtime 1.5");
    };
  }

  private static RuntimeException noUnit(String path) {
    return P4InfoReader.invalid(
        path + ".spec.unit", "the unit is not stated", "count bytes or packets");
  }
}
