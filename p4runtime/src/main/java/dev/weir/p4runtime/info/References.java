package dev.weir.p4runtime.info;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import p4.config.v1.P4InfoOuterClass.P4Info;
import p4.config.v1.P4InfoOuterClass.Preamble;

/** Checks that P4Info's ids are there, are used once, and that what they refer to exists. */
final class References {
  private final P4Info info;

  /** By id, the path of the object that has it. */
  private final Map<Integer, String> owners = new HashMap<>();

  References(P4Info info) {
    this.info = info;
  }

  void check() {
    own("tables", info.getTablesList().stream().map(t -> t.getPreamble()).toList());
    own("actions", info.getActionsList().stream().map(a -> a.getPreamble()).toList());
    own(
        "action_profiles",
        info.getActionProfilesList().stream().map(p -> p.getPreamble()).toList());
    own("counters", info.getCountersList().stream().map(c -> c.getPreamble()).toList());
    own(
        "direct_counters",
        info.getDirectCountersList().stream().map(c -> c.getPreamble()).toList());
    own("meters", info.getMetersList().stream().map(m -> m.getPreamble()).toList());
    own("direct_meters", info.getDirectMetersList().stream().map(m -> m.getPreamble()).toList());
    own("value_sets", info.getValueSetsList().stream().map(v -> v.getPreamble()).toList());
    own("registers", info.getRegistersList().stream().map(r -> r.getPreamble()).toList());
    own("digests", info.getDigestsList().stream().map(d -> d.getPreamble()).toList());
    for (int i = 0; i < info.getTablesCount(); i++) {
      checkTable("tables[" + i + "]", i);
    }
    for (int i = 0; i < info.getDirectCountersCount(); i++) {
      require(
          "direct_counters[" + i + "].direct_table_id",
          info.getDirectCounters(i).getDirectTableId(),
          "tables");
    }
    for (int i = 0; i < info.getDirectMetersCount(); i++) {
      require(
          "direct_meters[" + i + "].direct_table_id",
          info.getDirectMeters(i).getDirectTableId(),
          "tables");
    }
    for (int i = 0; i < info.getActionProfilesCount(); i++) {
      for (int id : info.getActionProfiles(i).getTableIdsList()) {
        require("action_profiles[" + i + "].table_ids", id, "tables");
      }
    }
  }

  private void checkTable(String path, int index) {
    var table = info.getTables(index);
    for (int i = 0; i < table.getActionRefsCount(); i++) {
      require(path + ".action_refs[" + i + "].id", table.getActionRefs(i).getId(), "actions");
    }
    if (table.getConstDefaultActionId() != 0) {
      require(path + ".const_default_action_id", table.getConstDefaultActionId(), "actions");
    }
    if (table.hasInitialDefaultAction()) {
      require(
          path + ".initial_default_action.action_id",
          table.getInitialDefaultAction().getActionId(),
          "actions");
    }
    if (table.getImplementationId() != 0) {
      require(path + ".implementation_id", table.getImplementationId(), "action_profiles");
    }
    for (int i = 0; i < table.getDirectResourceIdsCount(); i++) {
      require(
          path + ".direct_resource_ids[" + i + "]",
          table.getDirectResourceIds(i),
          "direct_counters",
          "direct_meters");
    }
  }

  private void own(String kind, List<Preamble> preambles) {
    Set<String> names = new HashSet<>();
    for (int i = 0; i < preambles.size(); i++) {
      String path = kind + "[" + i + "]";
      Preamble preamble = preambles.get(i);
      if (preamble.getId() == 0) {
        throw P4InfoReader.invalid(
            path + ".preamble.id", "the id is 0, which is no id", "give the object its id");
      }
      if (preamble.getName().isEmpty()) {
        throw P4InfoReader.invalid(
            path + ".preamble.name", "the name is empty", "give the object its name");
      }
      if (!names.add(preamble.getName())) {
        throw P4InfoReader.invalid(
            path + ".preamble.name",
            "another of the %s is called '%s' too".formatted(kind, preamble.getName()),
            "give each its own @name in the program");
      }
      String other = owners.putIfAbsent(preamble.getId(), path);
      if (other != null) {
        throw P4InfoReader.invalid(
            path + ".preamble.id",
            "id %s is that of %s too".formatted(Integer.toUnsignedString(preamble.getId()), other),
            "give each object its own id");
      }
    }
  }

  private void require(String path, int id, String... kinds) {
    String owner = owners.get(id);
    for (String kind : kinds) {
      if (owner != null && owner.startsWith(kind + "[")) {
        return;
      }
    }
    throw P4InfoReader.invalid(
        path,
        "id %s is of none of the %s"
            .formatted(Integer.toUnsignedString(id), String.join(" and ", kinds)),
        "give P4Info as the compiler wrote it");
  }
}
