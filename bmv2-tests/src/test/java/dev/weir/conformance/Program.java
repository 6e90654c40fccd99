package dev.weir.conformance;

import static dev.weir.conformance.Client.bytes;

import com.google.common.io.Resources;
import com.google.protobuf.ByteString;
import com.google.protobuf.TextFormat;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import p4.config.v1.P4InfoOuterClass;
import p4.config.v1.P4InfoOuterClass.P4Info;
import p4.v1.P4RuntimeOuterClass.Action;
import p4.v1.P4RuntimeOuterClass.Entity;
import p4.v1.P4RuntimeOuterClass.FieldMatch;
import p4.v1.P4RuntimeOuterClass.ForwardingPipelineConfig;
import p4.v1.P4RuntimeOuterClass.TableEntry;
import p4.v1.P4RuntimeOuterClass.Update;

/** A program of the tests as p4c compiled it, and messages about what is in it by its names. */
record Program(P4Info info, ByteString json) {
  static Program named(String name) {
    try {
      P4Info.Builder info = P4Info.newBuilder();
      TextFormat.merge(new String(resource(name + ".p4info.txtpb"), StandardCharsets.UTF_8), info);
      return new Program(info.build(), ByteString.copyFrom(resource(name + ".json")));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static byte[] resource(String file) throws IOException {
    return Resources.toByteArray(Resources.getResource("conformance/" + file));
  }

  /** A configuration without a cookie. */
  ForwardingPipelineConfig config() {
    return ForwardingPipelineConfig.newBuilder().setP4Info(info).setP4DeviceConfig(json).build();
  }

  ForwardingPipelineConfig config(long cookie) {
    ForwardingPipelineConfig.Builder config = config().toBuilder();
    config.getCookieBuilder().setCookie(cookie);
    return config.build();
  }

  private static int id(List<P4InfoOuterClass.Preamble> all, String alias) {
    return all.stream()
        .filter(p -> p.getAlias().equals(alias))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("no " + alias))
        .getId();
  }

  P4InfoOuterClass.Table table(String alias) {
    return info.getTablesList().stream()
        .filter(t -> t.getPreamble().getAlias().equals(alias))
        .findFirst()
        .orElseThrow();
  }

  int tableId(String alias) {
    return table(alias).getPreamble().getId();
  }

  int profileId(String alias) {
    return id(info.getActionProfilesList().stream().map(p -> p.getPreamble()).toList(), alias);
  }

  int counterId(String alias) {
    return id(info.getCountersList().stream().map(c -> c.getPreamble()).toList(), alias);
  }

  int meterId(String alias) {
    return id(info.getMetersList().stream().map(c -> c.getPreamble()).toList(), alias);
  }

  int registerId(String alias) {
    return id(info.getRegistersList().stream().map(c -> c.getPreamble()).toList(), alias);
  }

  int digestId() {
    return info.getDigests(0).getPreamble().getId();
  }

  int valueSetId() {
    return info.getValueSets(0).getPreamble().getId();
  }

  int actionId(String alias) {
    return id(info.getActionsList().stream().map(a -> a.getPreamble()).toList(), alias);
  }

  Action action(String alias, long... params) {
    Action.Builder action = Action.newBuilder().setActionId(actionId(alias));
    for (int i = 0; i < params.length; i++) {
      action.addParamsBuilder().setParamId(i + 1).setValue(bytes(params[i]));
    }
    return action.build();
  }

  TableEntry.Builder entry(String table, FieldMatch... matches) {
    return TableEntry.newBuilder().setTableId(tableId(table)).addAllMatch(List.of(matches));
  }

  /** The entry of {@code exact_t} for these keys that sets {@code value}. */
  TableEntry.Builder exact(long a, long d, long value) {
    TableEntry.Builder entry = entry("exact_t", exact(1, a), exact(2, d));
    entry.getActionBuilder().setAction(action("set", value));
    return entry;
  }

  /** An entry of {@code ternary_t} that sets {@code value}. */
  TableEntry.Builder ternary(int priority, long value, FieldMatch... matches) {
    TableEntry.Builder entry = entry("ternary_t", matches).setPriority(priority);
    entry.getActionBuilder().setAction(action("set", value));
    return entry;
  }

  static FieldMatch exact(int field, long value) {
    FieldMatch.Builder match = FieldMatch.newBuilder().setFieldId(field);
    match.getExactBuilder().setValue(bytes(value));
    return match.build();
  }

  static FieldMatch lpm(int field, long value, int length) {
    FieldMatch.Builder match = FieldMatch.newBuilder().setFieldId(field);
    match.getLpmBuilder().setValue(bytes(value)).setPrefixLen(length);
    return match.build();
  }

  static FieldMatch ternary(int field, long value, long mask) {
    FieldMatch.Builder match = FieldMatch.newBuilder().setFieldId(field);
    match.getTernaryBuilder().setValue(bytes(value)).setMask(bytes(mask));
    return match.build();
  }

  static FieldMatch range(int field, long low, long high) {
    FieldMatch.Builder match = FieldMatch.newBuilder().setFieldId(field);
    match.getRangeBuilder().setLow(bytes(low)).setHigh(bytes(high));
    return match.build();
  }

  static FieldMatch optional(int field, long value) {
    FieldMatch.Builder match = FieldMatch.newBuilder().setFieldId(field);
    match.getOptionalBuilder().setValue(bytes(value));
    return match.build();
  }

  static Entity entity(TableEntry.Builder entry) {
    return Entity.newBuilder().setTableEntry(entry).build();
  }

  static Update insert(TableEntry.Builder entry) {
    return update(Update.Type.INSERT, entity(entry));
  }

  static Update modify(TableEntry.Builder entry) {
    return update(Update.Type.MODIFY, entity(entry));
  }

  static Update delete(TableEntry.Builder entry) {
    return update(Update.Type.DELETE, entity(entry));
  }

  static Update update(Update.Type type, Entity entity) {
    return Update.newBuilder().setType(type).setEntity(entity).build();
  }
}
