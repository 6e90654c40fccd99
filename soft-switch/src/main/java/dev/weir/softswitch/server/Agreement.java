package dev.weir.softswitch.server;

import dev.weir.p4runtime.RefusedException;
import dev.weir.p4runtime.info.P4InfoReader;
import dev.weir.softswitch.engine.ActionProgram;
import dev.weir.softswitch.engine.Counters;
import dev.weir.softswitch.engine.Meters;
import dev.weir.softswitch.engine.Program;
import dev.weir.softswitch.engine.Table;
import p4.config.v1.P4InfoOuterClass;
import p4.config.v1.P4InfoOuterClass.P4Info;
import p4.config.v1.P4Types;

/**
 * Whether P4Info holds together, and says of its objects what the program says: with other widths
 * or sizes a controller's values would be cut, or land elsewhere, without a word. Names are looked
 * up elsewhere.
 */
final class Agreement {
  /** Bits of one field of a packet_in or packet_out header. */
  private static final int MAX_METADATA_BITS = 2048;

  private Agreement() {}

  /**
   * @throws Refused INVALID_ARGUMENT with the path below {@code p4info}
   */
  static void check(P4Info info, Program program) {
    try {
      var _ = P4InfoReader.read(withWidths(info));
    } catch (RefusedException e) {
      throw at(e.path(), e.problem() + "; " + e.advice());
    }
    for (int i = 0; i < info.getTablesCount(); i++) {
      Table table = program.table(info.getTables(i).getPreamble().getName());
      if (table != null) {
        table("tables[" + i + "]", info, info.getTables(i), table);
      }
    }
    for (int i = 0; i < info.getCountersCount(); i++) {
      Counters found = program.counters(info.getCounters(i).getPreamble().getName());
      if (found != null) {
        same("counters[" + i + "].size", info.getCounters(i).getSize(), found.size());
      }
    }
    for (int i = 0; i < info.getMetersCount(); i++) {
      Meters found = program.meters(info.getMeters(i).getPreamble().getName());
      if (found != null) {
        same("meters[" + i + "].size", info.getMeters(i).getSize(), found.size());
        unit("meters[" + i + "].spec.unit", info.getMeters(i).getSpec(), found);
      }
    }
    for (int i = 0; i < info.getRegistersCount(); i++) {
      register("registers[" + i + "]", info.getRegisters(i), program);
    }
    for (int i = 0; i < info.getControllerPacketMetadataCount(); i++) {
      metadata("controller_packet_metadata[" + i + "]", info.getControllerPacketMetadata(i));
    }
  }

  /** The reader knows no text: types translated to text count as bits, for its other checks. */
  private static P4Info withWidths(P4Info info) {
    P4Info.Builder to = info.toBuilder();
    for (P4InfoOuterClass.Table.Builder table : to.getTablesBuilderList()) {
      for (P4InfoOuterClass.MatchField.Builder field : table.getMatchFieldsBuilderList()) {
        if (field.getBitwidth() == 0 && isText(info, field.getTypeName().getName())) {
          field.setBitwidth(1);
        }
      }
    }
    for (P4InfoOuterClass.Action.Builder action : to.getActionsBuilderList()) {
      for (P4InfoOuterClass.Action.Param.Builder param : action.getParamsBuilderList()) {
        if (param.getBitwidth() == 0 && isText(info, param.getTypeName().getName())) {
          param.setBitwidth(1);
        }
      }
    }
    return to.build();
  }

  private static boolean isText(P4Info info, String type) {
    return info.getTypeInfo()
        .getNewTypesOrDefault(type, P4Types.P4NewTypeSpec.getDefaultInstance())
        .getTranslatedType()
        .hasSdnString();
  }

  private static void table(String path, P4Info info, P4InfoOuterClass.Table said, Table table) {
    int fields = Math.min(said.getMatchFieldsCount(), table.key().size());
    for (int i = 0; i < fields; i++) {
      P4InfoOuterClass.MatchField field = said.getMatchFields(i);
      if (!field.hasTypeName() && field.getBitwidth() != 0) {
        same(
            path + ".match_fields[" + i + "].bitwidth",
            field.getBitwidth(),
            table.key().get(i).width());
      }
    }
    for (int i = 0; i < info.getActionsCount(); i++) {
      P4InfoOuterClass.Action action = info.getActions(i);
      for (ActionProgram program : table.actions()) {
        if (program.name().equals(action.getPreamble().getName())) {
          parameters("actions[" + i + "]", action, program);
        }
      }
    }
    for (int i = 0; i < info.getDirectCountersCount(); i++) {
      if (info.getDirectCounters(i).getDirectTableId() == said.getPreamble().getId()
          && !table.counted()) {
        throw at("direct_counters[" + i + "]", "the program does not count the table's entries");
      }
    }
    for (int i = 0; i < info.getDirectMetersCount(); i++) {
      if (info.getDirectMeters(i).getDirectTableId() == said.getPreamble().getId()) {
        Meters meters = table.directMeters();
        if (meters == null) {
          throw at("direct_meters[" + i + "]", "the program has no meters for the table's entries");
        }
        unit("direct_meters[" + i + "].spec.unit", info.getDirectMeters(i).getSpec(), meters);
      }
    }
  }

  private static void parameters(String path, P4InfoOuterClass.Action said, ActionProgram program) {
    int count = Math.min(said.getParamsCount(), program.parameters().size());
    for (int i = 0; i < count; i++) {
      P4InfoOuterClass.Action.Param param = said.getParams(i);
      if (!param.hasTypeName() && param.getBitwidth() != 0) {
        same(
            path + ".params[" + i + "].bitwidth",
            param.getBitwidth(),
            program.parameters().get(i).width());
      }
    }
  }

  private static void register(String path, P4InfoOuterClass.Register said, Program program) {
    String name = said.getPreamble().getName();
    int size = program.registerSize(name);
    if (size < 0) {
      return;
    }
    same(path + ".size", said.getSize(), size);
    P4Types.P4BitstringLikeTypeSpec type = said.getTypeSpec().getBitstring();
    int bits =
        type.hasBit()
            ? type.getBit().getBitwidth()
            : type.hasInt() ? type.getInt().getBitwidth() : 0;
    if (said.getTypeSpec().hasBitstring() && bits != 0) {
      same(path + ".type_spec.bitstring", bits, program.registerWidth(name));
    }
  }

  private static void metadata(String path, P4InfoOuterClass.ControllerPacketMetadata header) {
    for (int i = 0; i < header.getMetadataCount(); i++) {
      int bits = header.getMetadata(i).getBitwidth();
      if (bits == 0 && header.getMetadata(i).hasTypeName()) {
        continue;
      }
      if (bits < 1 || bits > MAX_METADATA_BITS) {
        throw at(
            path + ".metadata[" + i + "].bitwidth",
            "is " + bits + ", 1 to " + MAX_METADATA_BITS + " are supported");
      }
    }
  }

  private static void same(String path, long said, int program) {
    if (said != program) {
      throw at(path, "is " + said + " in P4Info and " + program + " in the program");
    }
  }

  private static void unit(String path, P4InfoOuterClass.MeterSpec said, Meters program) {
    boolean bytes = said.getUnit() == P4InfoOuterClass.MeterSpec.Unit.BYTES;
    if (bytes != program.bytes()) {
      throw at(
          path,
          "is "
              + said.getUnit()
              + " in P4Info and "
              + (program.bytes() ? "BYTES" : "PACKETS")
              + " in the program");
    }
  }

  private static Refused at(String path, String problem) {
    return Refused.invalid(path, problem);
  }
}
