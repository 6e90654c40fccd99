package dev.weir.softswitch.server;

import dev.weir.softswitch.engine.ActionProfile;
import dev.weir.softswitch.engine.BoundAction;
import dev.weir.softswitch.engine.Counters;
import dev.weir.softswitch.engine.Entry;
import dev.weir.softswitch.engine.EntryKey;
import dev.weir.softswitch.engine.FieldMatch;
import dev.weir.softswitch.engine.Meter;
import dev.weir.softswitch.engine.Meters;
import dev.weir.softswitch.engine.Outcome;
import dev.weir.softswitch.engine.TableState;
import dev.weir.softswitch.engine.ValueSet;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import p4.config.v1.P4InfoOuterClass;
import p4.v1.P4RuntimeOuterClass.ActionProfileActionSet;
import p4.v1.P4RuntimeOuterClass.ActionProfileGroup;
import p4.v1.P4RuntimeOuterClass.ActionProfileMember;
import p4.v1.P4RuntimeOuterClass.CloneSessionEntry;
import p4.v1.P4RuntimeOuterClass.CounterEntry;
import p4.v1.P4RuntimeOuterClass.DigestEntry;
import p4.v1.P4RuntimeOuterClass.DirectCounterEntry;
import p4.v1.P4RuntimeOuterClass.DirectMeterEntry;
import p4.v1.P4RuntimeOuterClass.Entity;
import p4.v1.P4RuntimeOuterClass.MeterEntry;
import p4.v1.P4RuntimeOuterClass.MulticastGroupEntry;
import p4.v1.P4RuntimeOuterClass.PacketReplicationEngineEntry;
import p4.v1.P4RuntimeOuterClass.RegisterEntry;
import p4.v1.P4RuntimeOuterClass.TableAction;
import p4.v1.P4RuntimeOuterClass.TableEntry;
import p4.v1.P4RuntimeOuterClass.ValueSetEntry;

/** Reads entities, with every wildcard of P4Runtime 1.5 §11. The caller holds the write lock. */
final class EntityReader {
  private final PipelineView view;
  private final EntityWriter writer;

  EntityReader(PipelineView view, EntityWriter writer) {
    this.view = view;
    this.writer = writer;
  }

  /** Hands every entity that {@code filter} asks for to {@code out}. */
  void read(Entity filter, Consumer<Entity> out) {
    if (filter.getEntityCase() == Entity.EntityCase.ENTITY_NOT_SET) {
      throw Refused.invalid("", "the entity to read is not set");
    }
    try {
      readSet(filter, out);
    } catch (Refused e) {
      throw e.below(EntityWriter.field(filter));
    }
  }

  private void readSet(Entity filter, Consumer<Entity> out) {
    switch (filter.getEntityCase()) {
      case TABLE_ENTRY ->
          tableEntries(
              filter.getTableEntry(),
              entry -> out.accept(Entity.newBuilder().setTableEntry(entry).build()));
      case DIRECT_COUNTER_ENTRY -> directCounters(filter.getDirectCounterEntry(), out);
      case DIRECT_METER_ENTRY -> directMeters(filter.getDirectMeterEntry(), out);
      case COUNTER_ENTRY -> counters(filter.getCounterEntry(), out);
      case METER_ENTRY -> meters(filter.getMeterEntry(), out);
      case REGISTER_ENTRY -> registers(filter.getRegisterEntry(), out);
      case ACTION_PROFILE_MEMBER -> members(filter.getActionProfileMember(), out);
      case ACTION_PROFILE_GROUP -> groups(filter.getActionProfileGroup(), out);
      case PACKET_REPLICATION_ENGINE_ENTRY ->
          replication(filter.getPacketReplicationEngineEntry(), out);
      case VALUE_SET_ENTRY -> valueSets(filter.getValueSetEntry(), out);
      case DIGEST_ENTRY -> digests(filter.getDigestEntry(), out);
      case EXTERN_ENTRY -> {
        if (filter.getExternEntry().getExternTypeId() != 0) {
          throw Refused.notFound("extern_type_id", "v1model has no extern types of its own");
        }
      }
      case ENTITY_NOT_SET -> throw new IllegalStateException("checked before");
    }
  }

  private Collection<TableView> tables(int id) {
    return id == 0 ? view.tables.values() : List.of(writer.tables.table(id));
  }

  private void tableEntries(TableEntry filter, Consumer<TableEntry> out) {
    if (filter.getTableId() == 0 && filter.getMatchCount() > 0) {
      throw Refused.invalid("match", "needs a table_id");
    }
    for (TableView table : tables(filter.getTableId())) {
      TableState state = view.program.inForce().state(table.table());
      if (filter.getIsDefaultAction()) {
        if (filter.getMatchCount() > 0 || filter.getPriority() != 0) {
          throw Refused.invalid(
              "is_default_action", "the default entry has neither match nor priority");
        }
        if (filter.hasTimeSinceLastHit()) {
          throw Refused.invalid("time_since_last_hit", "the default entry has no idle timeout");
        }
        defaultEntry(table, state, filter, out);
        continue;
      }
      if (filter.hasTimeSinceLastHit() && filter.getTableId() != 0 && !timesOut(table)) {
        throw Refused.invalid(
            "time_since_last_hit", "table " + table.name() + " has no idle timeout");
      }
      if (filter.getMatchCount() > 0) {
        oneEntry(table, state, filter, out);
        continue;
      }
      for (Entry entry : state.entries()) {
        if (selected(table, entry, filter)) {
          out.accept(tableEntry(table, entry, filter));
        }
      }
    }
  }

  private static boolean timesOut(TableView table) {
    return table.info().getIdleTimeoutBehavior()
        != P4InfoOuterClass.Table.IdleTimeoutBehavior.NO_TIMEOUT;
  }

  /** With a match, the priority may still be a wildcard. */
  private void oneEntry(
      TableView table, TableState state, TableEntry filter, Consumer<TableEntry> out) {
    boolean anyPriority = table.needsPriority() && filter.getPriority() == 0;
    EntryKey key =
        Matches.key(
            table,
            anyPriority ? filter.toBuilder().setPriority(1).build() : filter,
            Matches.Texts.KNOWN);
    if (!anyPriority) {
      Entry found = state.find(key);
      if (found != null && selected(table, found, filter)) {
        out.accept(tableEntry(table, found, filter));
      }
      return;
    }
    for (Entry entry : state.entries()) {
      if (entry.key().matches().equals(key.matches()) && selected(table, entry, filter)) {
        out.accept(tableEntry(table, entry, filter));
      }
    }
  }

  @SuppressWarnings("deprecation") // old controllers still use controller_metadata
  private boolean selected(TableView table, Entry entry, TableEntry filter) {
    if (filter.getPriority() != 0 && entry.key().priority() != filter.getPriority()) {
      return false;
    }
    EntryNote note = note(entry.usage());
    if (filter.getControllerMetadata() != 0
        && note.controllerMetadata() != filter.getControllerMetadata()) {
      return false;
    }
    if (!filter.getMetadata().isEmpty() && !note.metadata().equals(filter.getMetadata())) {
      return false;
    }
    if (!filter.hasAction()) {
      return true;
    }
    TableAction action = action(table, entry.outcome());
    TableAction asked = filter.getAction();
    if (asked.getTypeCase() == TableAction.TypeCase.ACTION
        && asked.getAction().getParamsCount() == 0) {
      return action.hasAction()
          && action.getAction().getActionId() == asked.getAction().getActionId();
    }
    return action.equals(asked);
  }

  private static EntryNote note(Entry.Usage usage) {
    return usage.note() instanceof EntryNote n ? n : EntryNote.NONE;
  }

  private void defaultEntry(
      TableView table, TableState state, TableEntry filter, Consumer<TableEntry> out) {
    BoundAction bound = state.defaultAction();
    TableEntry.Builder to = TableEntry.newBuilder().setTableId(table.id()).setIsDefaultAction(true);
    if (bound != null) {
      if (!Actions.known(table.actions(), bound)) {
        return;
      }
      to.getActionBuilder().setAction(Actions.onWire(table.actions(), bound));
    }
    addNote(to, state.defaultUsage());
    if (filter.hasCounterData() && table.directCounterId() != 0) {
      to.setCounterData(
          Rates.counter(state.defaultUsage().packets(), state.defaultUsage().bytes()));
    }
    addMeter(to, table, state.defaultUsage(), filter);
    if (table.info().getConstDefaultActionId() != 0) {
      to.setIsConst(true);
    }
    out.accept(to.build());
  }

  private static void addMeter(
      TableEntry.Builder to, TableView table, Entry.Usage usage, TableEntry filter) {
    if (table.directMeterId() == 0) {
      return;
    }
    Meter.Rates rates = filter.hasMeterConfig() ? usage.meter().rates() : null;
    if (rates != null) {
      to.setMeterConfig(Rates.write(rates));
    }
    if (filter.hasMeterCounterData()) {
      to.setMeterCounterData(Rates.colours(usage.meter()));
    }
  }

  @SuppressWarnings("deprecation") // old controllers still use controller_metadata
  private static void addNote(TableEntry.Builder to, Entry.Usage usage) {
    EntryNote note = note(usage);
    to.setControllerMetadata(note.controllerMetadata()).setMetadata(note.metadata());
  }

  /** An entry as written, plus what {@code filter} asks for. */
  TableEntry tableEntry(TableView table, Entry entry, TableEntry filter) {
    TableEntry.Builder to = key(table, entry).toBuilder().setAction(action(table, entry.outcome()));
    Entry.Usage usage = entry.usage();
    addNote(to, usage);
    to.setIdleTimeoutNs(usage.idleTimeoutNanos());
    if (filter.hasTimeSinceLastHit()) {
      to.getTimeSinceLastHitBuilder()
          .setElapsedNs(Math.max(0, System.nanoTime() - usage.lastHitNanos()));
    }
    if (filter.hasCounterData() && table.directCounterId() != 0) {
      to.setCounterData(Rates.counter(usage.packets(), usage.bytes()));
    }
    addMeter(to, table, usage, filter);
    if (table.isConst(entry)) {
      to.setIsConst(true);
    }
    return to.build();
  }

  static TableEntry key(TableView table, Entry entry) {
    return TableEntry.newBuilder()
        .setTableId(table.id())
        .addAllMatch(Matches.onWire(table, entry.key()))
        .setPriority(entry.key().priority())
        .build();
  }

  private TableAction action(TableView table, Outcome outcome) {
    TableAction.Builder to = TableAction.newBuilder();
    switch (outcome) {
      case Outcome.Direct direct -> to.setAction(Actions.onWire(table.actions(), direct.action()));
      case ActionProfile.Member member -> to.setActionProfileMemberId(member.id());
      case ActionProfile.Group group -> {
        if (group.id() != 0) {
          to.setActionProfileGroupId(group.id());
        } else {
          ActionProfileActionSet written = writer.profiles.set(group);
          ActionProfileActionSet.Builder set =
              to.getActionProfileActionSetBuilder()
                  .setActionSelectionMode(written.getActionSelectionMode())
                  .setSizeSemantics(written.getSizeSemantics());
          for (ActionProfile.Weighted weighted : group.members()) {
            var action = set.addActionProfileActionsBuilder();
            action.setAction(Actions.onWire(table.actions(), weighted.member().action()));
            action.setWeight(weight(Objects.requireNonNull(table.profile()), weighted));
            if (weighted.watchPort() != ActionProfile.Weighted.NO_PORT) {
              action.setWatchPort(Numbers.write(BigInteger.valueOf(weighted.watchPort())));
            }
          }
        }
      }
    }
    return to.build();
  }

  /** Profiles that take no weights have none to show. */
  private static int weight(ProfileView profile, ActionProfile.Weighted weighted) {
    return profile.info.getWeightsDisallowed() ? 0 : weighted.weight();
  }

  private void directCounters(DirectCounterEntry filter, Consumer<Entity> out) {
    TableEntry asked =
        filter.getTableEntry().toBuilder()
            .setCounterData(p4.v1.P4RuntimeOuterClass.CounterData.getDefaultInstance())
            .build();
    if (asked.getTableId() != 0 && owners(asked.getTableId()).directCounterId() == 0) {
      throw Refused.invalid(
          "table_entry.table_id", "table " + asked.getTableId() + " has no direct counter");
    }
    boolean one = asked.getMatchCount() > 0;
    boolean[] found = new boolean[1];
    owners(
        asked,
        entry -> {
          if (entry.hasCounterData()) {
            found[0] = true;
            out.accept(
                Entity.newBuilder()
                    .setDirectCounterEntry(
                        DirectCounterEntry.newBuilder()
                            .setTableEntry(keyOnly(entry))
                            .setData(entry.getCounterData()))
                    .build());
          }
        });
    if (one && !found[0]) {
      throw Refused.notFound("table_entry", "there is no such table entry");
    }
  }

  /** The table of entries whose direct resources are read. */
  private TableView owners(int tableId) {
    try {
      return writer.tables.table(tableId);
    } catch (Refused e) {
      throw e.below("table_entry");
    }
  }

  /** The entries whose direct resources are read. */
  private void owners(TableEntry asked, Consumer<TableEntry> out) {
    try {
      tableEntries(asked, out);
    } catch (Refused e) {
      throw e.below("table_entry");
    }
  }

  private static TableEntry keyOnly(TableEntry entry) {
    return TableEntry.newBuilder()
        .setTableId(entry.getTableId())
        .addAllMatch(entry.getMatchList())
        .setPriority(entry.getPriority())
        .setIsDefaultAction(entry.getIsDefaultAction())
        .build();
  }

  private void directMeters(DirectMeterEntry filter, Consumer<Entity> out) {
    TableEntry.Builder asking =
        filter.getTableEntry().toBuilder()
            .setMeterConfig(p4.v1.P4RuntimeOuterClass.MeterConfig.getDefaultInstance());
    if (filter.hasCounterData()) {
      asking.setMeterCounterData(filter.getCounterData());
    }
    TableEntry asked = asking.build();
    if (asked.getTableId() != 0 && owners(asked.getTableId()).directMeterId() == 0) {
      throw Refused.invalid(
          "table_entry.table_id", "table " + asked.getTableId() + " has no direct meter");
    }
    boolean[] found = new boolean[1];
    owners(
        asked,
        entry -> {
          if (writer.tables.table(entry.getTableId()).directMeterId() != 0) {
            found[0] = true;
            DirectMeterEntry.Builder to =
                DirectMeterEntry.newBuilder().setTableEntry(keyOnly(entry));
            if (entry.hasMeterConfig()) {
              to.setConfig(entry.getMeterConfig());
            }
            if (entry.hasMeterCounterData()) {
              to.setCounterData(entry.getMeterCounterData());
            }
            out.accept(Entity.newBuilder().setDirectMeterEntry(to).build());
          }
        });
    if (asked.getMatchCount() > 0 && !found[0]) {
      throw Refused.notFound("table_entry", "there is no such table entry");
    }
  }

  /** The indices a read means. */
  private static int[] range(boolean given, long index, int size, String what) {
    if (!given) {
      return java.util.stream.IntStream.range(0, size).toArray();
    }
    if (index < 0) {
      throw Refused.invalid("index", "index " + index + " of " + what + " is negative");
    }
    if (index >= size) {
      throw Refused.outOfRange("index", "index " + index + " of " + what + " is not below " + size);
    }
    return new int[] {(int) index};
  }

  private void counters(CounterEntry filter, Consumer<Entity> out) {
    Collection<PipelineView.CounterView> asked =
        filter.getCounterId() == 0
            ? view.counters.values()
            : List.of(writer.externs.counter(filter.getCounterId()));
    for (PipelineView.CounterView counter : asked) {
      Counters counters = view.program.inForce().counters(counter.index());
      for (int i :
          range(
              filter.hasIndex(), filter.getIndex().getIndex(), counters.size(), counters.name())) {
        CounterEntry.Builder to =
            CounterEntry.newBuilder().setCounterId(counter.info().getPreamble().getId());
        to.getIndexBuilder().setIndex(i);
        to.setData(Rates.counter(counters.packets(i), counters.bytes(i)));
        out.accept(Entity.newBuilder().setCounterEntry(to).build());
      }
    }
  }

  private void meters(MeterEntry filter, Consumer<Entity> out) {
    Collection<PipelineView.MeterView> asked =
        filter.getMeterId() == 0
            ? view.meters.values()
            : List.of(writer.externs.meter(filter.getMeterId()));
    for (PipelineView.MeterView meter : asked) {
      Meters meters = view.program.inForce().meters(meter.index());
      for (int i :
          range(filter.hasIndex(), filter.getIndex().getIndex(), meters.size(), meters.name())) {
        MeterEntry.Builder to =
            MeterEntry.newBuilder().setMeterId(meter.info().getPreamble().getId());
        to.getIndexBuilder().setIndex(i);
        Meter.Rates rates = meters.meter(i).rates();
        if (rates != null) {
          to.setConfig(Rates.write(rates));
        }
        if (filter.hasCounterData()) {
          to.setCounterData(Rates.colours(meters.meter(i)));
        }
        out.accept(Entity.newBuilder().setMeterEntry(to).build());
      }
    }
  }

  private void registers(RegisterEntry filter, Consumer<Entity> out) {
    Collection<P4InfoOuterClass.Register> asked =
        filter.getRegisterId() == 0
            ? view.registers.values()
            : List.of(writer.externs.register(filter.getRegisterId()));
    for (P4InfoOuterClass.Register register : asked) {
      String name = register.getPreamble().getName();
      for (int i :
          range(
              filter.hasIndex(),
              filter.getIndex().getIndex(),
              view.program.registerSize(name),
              name)) {
        RegisterEntry.Builder to =
            RegisterEntry.newBuilder().setRegisterId(register.getPreamble().getId());
        to.getIndexBuilder().setIndex(i);
        to.getDataBuilder().setBitstring(Numbers.write(view.program.register(name, i)));
        out.accept(Entity.newBuilder().setRegisterEntry(to).build());
      }
    }
  }

  private Collection<ProfileView> profiles(int id) {
    return id == 0 ? view.profiles.values() : List.of(writer.profiles.profile(id));
  }

  private void members(ActionProfileMember filter, Consumer<Entity> out) {
    for (ProfileView profile : profiles(filter.getActionProfileId())) {
      for (ActionProfile.Member member : profile.profile.members().values()) {
        if (filter.getMemberId() == 0 || filter.getMemberId() == member.id()) {
          out.accept(
              Entity.newBuilder()
                  .setActionProfileMember(
                      ActionProfileMember.newBuilder()
                          .setActionProfileId(profile.id())
                          .setMemberId(member.id())
                          .setAction(Actions.onWire(profile.actions, member.action())))
                  .build());
        }
      }
    }
  }

  private void groups(ActionProfileGroup filter, Consumer<Entity> out) {
    for (ProfileView profile : profiles(filter.getActionProfileId())) {
      for (ActionProfile.Group group : profile.profile.groups().values()) {
        if (filter.getGroupId() != 0 && filter.getGroupId() != group.id()) {
          continue;
        }
        ActionProfileGroup.Builder to =
            ActionProfileGroup.newBuilder()
                .setActionProfileId(profile.id())
                .setGroupId(group.id())
                .setMaxSize(group.maxSize());
        for (ActionProfile.Weighted weighted : group.members()) {
          ActionProfileGroup.Member.Builder member =
              to.addMembersBuilder()
                  .setMemberId(weighted.member().id())
                  .setWeight(weight(profile, weighted));
          if (weighted.watchPort() != ActionProfile.Weighted.NO_PORT) {
            member.setWatchPort(Numbers.write(BigInteger.valueOf(weighted.watchPort())));
          }
        }
        out.accept(Entity.newBuilder().setActionProfileGroup(to).build());
      }
    }
  }

  private void replication(PacketReplicationEngineEntry filter, Consumer<Entity> out) {
    switch (filter.getTypeCase()) {
      case MULTICAST_GROUP_ENTRY -> {
        int id = filter.getMulticastGroupEntry().getMulticastGroupId();
        for (MulticastGroupEntry group : chosen(writer.externs.groupsAsWritten, id)) {
          out.accept(
              Entity.newBuilder()
                  .setPacketReplicationEngineEntry(
                      PacketReplicationEngineEntry.newBuilder().setMulticastGroupEntry(group))
                  .build());
        }
      }
      case CLONE_SESSION_ENTRY -> {
        int id = filter.getCloneSessionEntry().getSessionId();
        for (CloneSessionEntry session : chosen(writer.externs.sessionsAsWritten, id)) {
          out.accept(
              Entity.newBuilder()
                  .setPacketReplicationEngineEntry(
                      PacketReplicationEngineEntry.newBuilder().setCloneSessionEntry(session))
                  .build());
        }
      }
      case TYPE_NOT_SET ->
          throw Refused.invalid("", "a multicast group or a clone session is meant");
    }
  }

  private static <T> List<T> chosen(Map<Integer, T> all, int id) {
    if (id == 0) {
      return new ArrayList<>(all.values());
    }
    @Nullable T one = all.get(id);
    return one == null ? List.of() : List.of(one);
  }

  private void valueSets(ValueSetEntry filter, Consumer<Entity> out) {
    Collection<PipelineView.SetView> asked =
        filter.getValueSetId() == 0
            ? view.valueSets.values()
            : List.of(writer.externs.valueSet(filter.getValueSetId()));
    for (PipelineView.SetView set : asked) {
      ValueSetEntry.Builder to =
          ValueSetEntry.newBuilder().setValueSetId(set.info().getPreamble().getId());
      for (ValueSet.Member member : view.program.inForce().valueSet(set.index()).members()) {
        var wire = to.addMembersBuilder();
        for (int i = 0; i < member.matches().size(); i++) {
          FieldMatch match = member.matches().get(i);
          if (match != null) {
            wire.addMatch(Matches.onWire(set.info().getMatch(i), null, match));
          }
        }
      }
      out.accept(Entity.newBuilder().setValueSetEntry(to).build());
    }
  }

  private void digests(DigestEntry filter, Consumer<Entity> out) {
    if (filter.getDigestId() != 0) {
      writer.digests.info(filter.getDigestId());
    }
    for (DigestEntry entry : writer.digests.entries()) {
      if (filter.getDigestId() == 0 || filter.getDigestId() == entry.getDigestId()) {
        out.accept(Entity.newBuilder().setDigestEntry(entry).build());
      }
    }
  }
}
