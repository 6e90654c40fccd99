package dev.weir.softswitch.server;

import dev.weir.softswitch.engine.ActionProfile;
import dev.weir.softswitch.engine.ActionProgram;
import dev.weir.softswitch.engine.BoundAction;
import dev.weir.softswitch.engine.Counters;
import dev.weir.softswitch.engine.Meters;
import dev.weir.softswitch.engine.Program;
import dev.weir.softswitch.engine.Table;
import dev.weir.softswitch.engine.ValueSet;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import p4.config.v1.P4InfoOuterClass;
import p4.config.v1.P4InfoOuterClass.P4Info;
import p4.config.v1.P4Types.P4NewTypeSpec;
import p4.v1.P4RuntimeOuterClass.ForwardingPipelineConfig;

/** One pipeline configuration: P4Info's objects by id, each with what it is in the program. */
final class PipelineView {
  final ForwardingPipelineConfig config;
  final Program program;
  final Map<Integer, TableView> tables = new TreeMap<>();
  final Map<Integer, ProfileView> profiles = new TreeMap<>();
  final Map<Integer, CounterView> counters = new TreeMap<>();
  final Map<Integer, MeterView> meters = new TreeMap<>();
  final Map<Integer, P4InfoOuterClass.Register> registers = new TreeMap<>();
  final Map<Integer, SetView> valueSets = new TreeMap<>();
  final Map<Integer, P4InfoOuterClass.Digest> digests = new TreeMap<>();
  final Map<Integer, TableView> byDirectCounter = new HashMap<>();
  final Map<Integer, TableView> byDirectMeter = new HashMap<>();

  /** By table id: the default action the program came with. */
  final Map<Integer, @Nullable BoundAction> initialDefaults = new HashMap<>();

  final @Nullable PacketHeader packetIn;
  final @Nullable PacketHeader packetOut;

  /** By name: the types that controllers see as text. */
  private final Map<String, Translation> translations = new HashMap<>();

  /** By name: data-plane bits of types that controllers see as wider or narrower numbers. */
  private final Map<String, Integer> widths = new HashMap<>();

  /** {@code index}: the counter array's in the program. */
  record CounterView(P4InfoOuterClass.Counter info, int index) {}

  /** {@code index}: the meter array's in the program. */
  record MeterView(P4InfoOuterClass.Meter info, int index) {}

  /** {@code index}: the value set's in the program. */
  record SetView(P4InfoOuterClass.ValueSet info, int index) {}

  /**
   * @throws Refused INVALID_ARGUMENT when P4Info and program do not belong together
   */
  PipelineView(ForwardingPipelineConfig config, Program program) {
    this.config = config;
    this.program = program;
    P4Info info = config.getP4Info();
    try {
      read(info);
      packetIn = header(info, "packet_in");
      packetOut = header(info, "packet_out");
    } catch (Refused e) {
      throw e.below("config.p4info");
    }
  }

  private void read(P4Info info) {
    Agreement.check(info, program);
    info.getTypeInfo()
        .getNewTypesMap()
        .forEach(
            (name, type) -> {
              if (type.getTranslatedType().hasSdnString()) {
                translations.put(name, new Translation(name));
              }
            });
    Map<Integer, P4InfoOuterClass.Action> actions = new HashMap<>();
    for (P4InfoOuterClass.Action action : info.getActionsList()) {
      actions.put(action.getPreamble().getId(), action);
    }
    for (int i = 0; i < info.getActionProfilesCount(); i++) {
      P4InfoOuterClass.ActionProfile profile = info.getActionProfiles(i);
      String path = "action_profiles[" + i + "]";
      ActionProfile found = program.profile(profile.getPreamble().getName());
      if (found == null) {
        throw missing(path, "action profile", profile.getPreamble());
      }
      if (found.hasSelector() != profile.getWithSelector()) {
        throw Refused.invalid(
            path + ".with_selector",
            "action profile "
                + profile.getPreamble().getName()
                + " has a selector in P4Info or in the program, not in both");
      }
      profiles.put(profile.getPreamble().getId(), new ProfileView(profile, found));
    }
    for (int i = 0; i < info.getTablesCount(); i++) {
      TableView view;
      try {
        view = table(info.getTables(i), actions);
      } catch (Refused e) {
        throw e.below("tables[" + i + "]");
      }
      if (tables.put(view.id(), view) != null) {
        throw Refused.invalid(
            "tables[" + i + "].preamble.id", "P4Info has table id " + view.id() + " twice");
      }
      initialDefaults.put(view.id(), program.inForce().state(view.table()).defaultAction());
      if (view.directCounterId() != 0) {
        byDirectCounter.put(view.directCounterId(), view);
      }
      if (view.directMeterId() != 0) {
        byDirectMeter.put(view.directMeterId(), view);
      }
    }
    externs(info);
  }

  private void externs(P4Info info) {
    for (int i = 0; i < info.getCountersCount(); i++) {
      P4InfoOuterClass.Counter counter = info.getCounters(i);
      Counters found = program.counters(counter.getPreamble().getName());
      if (found == null) {
        throw missing("counters[" + i + "]", "counter", counter.getPreamble());
      }
      counters.put(counter.getPreamble().getId(), new CounterView(counter, found.index()));
    }
    for (int i = 0; i < info.getMetersCount(); i++) {
      P4InfoOuterClass.Meter meter = info.getMeters(i);
      Meters found = program.meters(meter.getPreamble().getName());
      if (found == null) {
        throw missing("meters[" + i + "]", "meter", meter.getPreamble());
      }
      meters.put(meter.getPreamble().getId(), new MeterView(meter, found.index()));
    }
    for (int i = 0; i < info.getRegistersCount(); i++) {
      P4InfoOuterClass.Register register = info.getRegisters(i);
      if (program.registerSize(register.getPreamble().getName()) < 0) {
        throw missing("registers[" + i + "]", "register", register.getPreamble());
      }
      registers.put(register.getPreamble().getId(), register);
    }
    for (int i = 0; i < info.getValueSetsCount(); i++) {
      P4InfoOuterClass.ValueSet set = info.getValueSets(i);
      ValueSet found = program.valueSet(set.getPreamble().getName());
      if (found == null) {
        throw missing("value_sets[" + i + "]", "value set", set.getPreamble());
      }
      if (set.getMatchList().stream().anyMatch(m -> m.getBitwidth() == 0)) {
        throw Refused.unimplemented(
            "value_sets[" + i + "].match",
            "value set " + set.getPreamble().getName() + " is of a type translated to text");
      }
      valueSets.put(set.getPreamble().getId(), new SetView(set, found.index()));
    }
    for (P4InfoOuterClass.Digest digest : info.getDigestsList()) {
      digests.put(digest.getPreamble().getId(), digest);
    }
  }

  private @Nullable PacketHeader header(P4Info info, String name) {
    for (int i = 0; i < info.getControllerPacketMetadataCount(); i++) {
      P4InfoOuterClass.ControllerPacketMetadata header = info.getControllerPacketMetadata(i);
      if (!header.getPreamble().getName().equals(name)) {
        continue;
      }
      List<PacketHeader.Field> fields = new ArrayList<>();
      for (int k = 0; k < header.getMetadataCount(); k++) {
        try {
          fields.add(packetField(header.getMetadata(k)));
        } catch (Refused e) {
          throw e.below("controller_packet_metadata[" + i + "].metadata[" + k + "]");
        }
      }
      return new PacketHeader(fields);
    }
    return null;
  }

  /** A translated type has another width in the packet than P4Info shows. */
  private PacketHeader.Field packetField(P4InfoOuterClass.ControllerPacketMetadata.Metadata info) {
    String type = info.getTypeName().getName();
    Translation translation = translations.get(type);
    boolean translated =
        config
            .getP4Info()
            .getTypeInfo()
            .getNewTypesOrDefault(type, P4NewTypeSpec.getDefaultInstance())
            .hasTranslatedType();
    int width = info.getBitwidth();
    if (translated) {
      width = translation == null ? widths.getOrDefault(type, 0) : translation.width();
    }
    if (width <= 0) {
      throw Refused.unimplemented(
          "type_name",
          "packet metadata "
              + info.getName()
              + " is of translated type "
              + type
              + ", whose width no match field or parameter of the program tells");
    }
    return new PacketHeader.Field(info.getId(), info.getName(), width, translation);
  }

  /** The translation of a field or parameter, whose width in the program is thereby known. */
  private @Nullable Translation translation(String type, int bitwidth, int width, String what) {
    Translation translation = translations.get(type);
    if (translation != null) {
      translation.narrow(width);
    } else if (bitwidth == 0) {
      throw Refused.invalid(
          "bitwidth", what + " has neither a width nor a type translated to text");
    } else if (!type.isEmpty()) {
      widths.merge(type, width, Math::min);
    }
    return translation;
  }

  private static Refused missing(String path, String kind, P4InfoOuterClass.Preamble preamble) {
    return Refused.invalid(
        path + ".preamble.name",
        "P4Info has " + kind + " " + preamble.getName() + ", which the program does not have");
  }

  private TableView table(
      P4InfoOuterClass.Table info, Map<Integer, P4InfoOuterClass.Action> allActions) {
    String name = info.getPreamble().getName();
    Table table = program.table(name);
    if (table == null) {
      throw Refused.invalid(
          "preamble.name", "P4Info has table " + name + ", which the program does not have");
    }
    if (table.key().size() != info.getMatchFieldsCount()) {
      throw Refused.invalid(
          "match_fields",
          "table "
              + name
              + " has "
              + info.getMatchFieldsCount()
              + " match fields in P4Info and "
              + table.key().size()
              + " in the program");
    }
    List<@Nullable Translation> fieldTranslations = new ArrayList<>();
    Map<Integer, Integer> fieldIndex = new HashMap<>();
    for (int i = 0; i < info.getMatchFieldsCount(); i++) {
      try {
        field(name, info.getMatchFields(i), table.key().get(i));
        fieldTranslations.add(
            translation(
                info.getMatchFields(i).getTypeName().getName(),
                info.getMatchFields(i).getBitwidth(),
                table.key().get(i).width(),
                "match field " + info.getMatchFields(i).getName() + " of table " + name));
      } catch (Refused e) {
        throw e.below("match_fields[" + i + "]");
      }
      fieldIndex.put(info.getMatchFields(i).getId(), i);
    }
    ProfileView profile = null;
    if (info.getImplementationId() != 0) {
      profile = profiles.get(info.getImplementationId());
      if (profile == null || profile.profile != table.profile()) {
        throw Refused.invalid(
            "implementation_id", "table " + name + " has another implementation in the program");
      }
    } else if (table.profile() != null) {
      throw Refused.invalid(
          "implementation_id", "table " + name + " has an action profile in the program only");
    }
    Map<Integer, TableView.TableAction> actions = new LinkedHashMap<>();
    for (int i = 0; i < info.getActionRefsCount(); i++) {
      P4InfoOuterClass.ActionRef ref = info.getActionRefs(i);
      P4InfoOuterClass.Action action = allActions.get(ref.getId());
      if (action == null) {
        throw Refused.invalid(
            "action_refs[" + i + "].id",
            "table " + name + " refers to unknown action " + ref.getId());
      }
      try {
        actions.put(ref.getId(), action(name, table, action, ref.getScope()));
      } catch (Refused e) {
        // The action's own fields are elsewhere in P4Info; the problem names it.
        throw e.below("action_refs[" + i + "]");
      }
    }
    if (profile != null) {
      profile.actions.putAll(actions);
    }
    return new TableView(
        info,
        table,
        Map.copyOf(fieldIndex),
        fieldTranslations,
        Restrictions.ofEntries(info, table),
        actions,
        direct(
            info,
            config.getP4Info().getDirectCountersList().stream()
                .map(P4InfoOuterClass.DirectCounter::getPreamble)
                .toList()),
        direct(
            info,
            config.getP4Info().getDirectMetersList().stream()
                .map(P4InfoOuterClass.DirectMeter::getPreamble)
                .toList()),
        profile);
  }

  private static void field(String table, P4InfoOuterClass.MatchField info, Table.KeyField field) {
    String what = "match field " + info.getName() + " of table " + table;
    boolean agrees =
        switch (info.getMatchType()) {
          case EXACT -> field.kind() == Table.MatchKind.EXACT;
          case LPM -> field.kind() == Table.MatchKind.LPM;
          case TERNARY, OPTIONAL -> field.kind() == Table.MatchKind.TERNARY;
          case RANGE -> field.kind() == Table.MatchKind.RANGE;
          case UNSPECIFIED, UNRECOGNIZED -> false;
        };
    if (!agrees) {
      throw Refused.invalid(
          "match_type",
          what
              + " is "
              + info.getMatchType()
              + " in P4Info and "
              + field.kind()
              + " in the program");
    }
  }

  private static ActionProgram program(String table, Table of, P4InfoOuterClass.Action info) {
    String name = info.getPreamble().getName();
    ActionProgram found =
        of.actions().stream()
            .filter(a -> a.name().equals(name))
            .findFirst()
            .orElseThrow(
                () ->
                    Refused.invalid(
                        "id", "table " + table + " has action " + name + " in P4Info only"));
    if (found.parameters().size() != info.getParamsCount()) {
      throw Refused.invalid("params", "action " + name + " has other parameters in the program");
    }
    return found;
  }

  private TableView.TableAction action(
      String table,
      Table of,
      P4InfoOuterClass.Action info,
      P4InfoOuterClass.ActionRef.Scope scope) {
    ActionProgram found = program(table, of, info);
    List<@Nullable Translation> parameters = new ArrayList<>();
    for (int i = 0; i < info.getParamsCount(); i++) {
      parameters.add(
          translation(
              info.getParams(i).getTypeName().getName(),
              info.getParams(i).getBitwidth(),
              found.parameters().get(i).width(),
              "parameter "
                  + info.getParams(i).getName()
                  + " of action "
                  + info.getPreamble().getName()));
    }
    return new TableView.TableAction(
        info, found, scope, parameters, Restrictions.ofParameters(info));
  }

  private static int direct(
      P4InfoOuterClass.Table info, java.util.List<P4InfoOuterClass.Preamble> resources) {
    return resources.stream()
        .map(P4InfoOuterClass.Preamble::getId)
        .filter(id -> info.getDirectResourceIdsList().contains(id))
        .findFirst()
        .orElse(0);
  }
}
