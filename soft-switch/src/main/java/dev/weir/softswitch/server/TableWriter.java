package dev.weir.softswitch.server;

import dev.weir.softswitch.engine.ActionProfile;
import dev.weir.softswitch.engine.BoundAction;
import dev.weir.softswitch.engine.Entry;
import dev.weir.softswitch.engine.EntryKey;
import dev.weir.softswitch.engine.Meter;
import dev.weir.softswitch.engine.Outcome;
import dev.weir.softswitch.engine.TableState;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import p4.config.v1.P4InfoOuterClass;
import p4.v1.P4RuntimeOuterClass.ActionProfileAction;
import p4.v1.P4RuntimeOuterClass.ActionProfileActionSet;
import p4.v1.P4RuntimeOuterClass.CounterData;
import p4.v1.P4RuntimeOuterClass.DirectCounterEntry;
import p4.v1.P4RuntimeOuterClass.DirectMeterEntry;
import p4.v1.P4RuntimeOuterClass.TableAction;
import p4.v1.P4RuntimeOuterClass.TableEntry;
import p4.v1.P4RuntimeOuterClass.Update;

/** Writes table entries and their direct resources (P4Runtime 1.5 §9.1, §9.3, §9.4). */
final class TableWriter {
  private final PipelineView view;
  private final ProfileWriter profiles;

  TableWriter(PipelineView view, ProfileWriter profiles) {
    this.view = view;
    this.profiles = profiles;
  }

  TableView table(int id) {
    if (id == 0) {
      throw Refused.invalid("table_id", "is missing");
    }
    TableView table = view.tables.get(id);
    if (table == null) {
      throw Refused.notFound("table_id", "there is no table " + id);
    }
    return table;
  }

  void write(Transaction tx, Update.Type type, TableEntry entry) {
    TableView table = table(entry.getTableId());
    if (entry.getIsDefaultAction()) {
      writeDefault(tx, type, table, entry);
      return;
    }
    if (type == Update.Type.INSERT && table.table().key().isEmpty()) {
      throw Refused.invalid(
          "match", "table " + table.name() + " has no key: it has no entries but the default");
    }
    if (table.info().getIsConstTable() && type != Update.Type.MODIFY) {
      throw Refused.denied("table_id", "table " + table.name() + " is constant");
    }
    if (entry.getIsConst()) {
      throw Refused.invalid("is_const", "is not set in a write");
    }
    EntryKey key =
        Matches.key(
            table, entry, type == Update.Type.INSERT ? Matches.Texts.GIVE : Matches.Texts.KNOWN);
    TableState state = tx.state(table.table());
    Entry found = state.find(key);
    switch (type) {
      case INSERT -> {
        checkWritable(table, entry);
        table.checkEntry(key);
        if (found != null) {
          throw Refused.exists("", "table " + table.name() + " has this entry");
        }
        insert(tx, table, state, key, entry);
      }
      case MODIFY -> {
        checkWritable(table, entry);
        if (found == null) {
          throw Refused.notFound("", "table " + table.name() + " has no such entry");
        }
        if (entry.hasAction()) {
          checkNotConst(table, found);
        }
        modify(tx, table, state, found, entry);
      }
      case DELETE -> {
        if (found == null) {
          throw Refused.notFound("", "table " + table.name() + " has no such entry");
        }
        checkNotConst(table, found);
        delete(tx, table, state, found);
      }
      case UNSPECIFIED, UNRECOGNIZED -> throw new IllegalStateException("checked before");
    }
  }

  private static void checkNotConst(TableView table, Entry entry) {
    if (table.isConst(entry)) {
      throw Refused.denied(
          "",
          "the entry of table " + table.name() + " is constant: only its counter and meter change");
    }
  }

  private static void checkWritable(TableView table, TableEntry entry) {
    if (entry.getIsConst()) {
      throw Refused.invalid("is_const", "is not set in a write");
    }
    if (entry.hasTimeSinceLastHit()) {
      throw Refused.invalid("time_since_last_hit", "is not set in a write");
    }
    if (entry.getIdleTimeoutNs() < 0) {
      throw Refused.invalid("idle_timeout_ns", "is negative");
    }
    if (entry.getIdleTimeoutNs() != 0
        && table.info().getIdleTimeoutBehavior()
            == P4InfoOuterClass.Table.IdleTimeoutBehavior.NO_TIMEOUT) {
      throw Refused.invalid("idle_timeout_ns", "table " + table.name() + " has no idle timeout");
    }
    if (entry.hasCounterData() && table.directCounterId() == 0) {
      throw Refused.invalid("counter_data", "table " + table.name() + " has no direct counter");
    }
    if (entry.hasMeterConfig() && table.directMeterId() == 0) {
      throw Refused.invalid("meter_config", "table " + table.name() + " has no direct meter");
    }
    if (entry.hasMeterCounterData() && table.directMeterId() == 0) {
      throw Refused.invalid("meter_counter_data", "table " + table.name() + " has no direct meter");
    }
    Rates.checkColours(
        entry.hasMeterCounterData(), entry.getMeterCounterData(), "meter_counter_data");
  }

  private void insert(
      Transaction tx, TableView table, TableState state, EntryKey key, TableEntry entry) {
    if (!entry.hasAction()) {
      throw Refused.invalid("action", "an inserted entry has an action");
    }
    Outcome outcome = outcome(table, entry.getAction());
    Meter.@Nullable Rates rates =
        Rates.read(
            entry.hasMeterConfig(), entry.getMeterConfig(), meterType(table), "meter_config");
    if (state.size() >= table.capacity()) {
      throw Refused.exhausted(
          "", "table " + table.name() + " is full: " + table.capacity() + " entries");
    }
    Entry.Usage usage = table.table().newUsage(System.nanoTime());
    usage.setNote(note(entry));
    usage.setIdleTimeoutNanos(entry.getIdleTimeoutNs());
    if (entry.hasCounterData()) {
      usage.setCounter(
          entry.getCounterData().getPacketCount(), entry.getCounterData().getByteCount());
    }
    if (rates != null) {
      usage.meter().configure(rates, System.nanoTime());
    }
    Entry inserted = state.insert(key, outcome, usage);
    profiles.use(table, outcome, 1);
    tx.onRollback(
        () -> {
          state.remove(inserted);
          profiles.use(table, outcome, -1);
        });
  }

  private void modify(
      Transaction tx, TableView table, TableState state, Entry found, TableEntry entry) {
    Outcome outcome = entry.hasAction() ? outcome(table, entry.getAction()) : null;
    Meter.@Nullable Rates rates =
        Rates.read(
            entry.hasMeterConfig(), entry.getMeterConfig(), meterType(table), "meter_config");
    Entry.Usage usage = found.usage();
    if (outcome != null) {
      Outcome before = found.outcome();
      state.setOutcome(found, outcome);
      profiles.use(table, outcome, 1);
      profiles.use(table, before, -1);
      tx.onRollback(
          () -> {
            state.setOutcome(found, before);
            profiles.use(table, before, 1);
            profiles.use(table, outcome, -1);
          });
    }
    setDirect(tx, table, state, found, rates, entry);
    Object noteBefore = usage.note();
    long timeoutBefore = usage.idleTimeoutNanos();
    usage.setNote(note(entry));
    usage.setIdleTimeoutNanos(entry.getIdleTimeoutNs());
    tx.onRollback(
        () -> {
          usage.setNote(noteBefore);
          usage.setIdleTimeoutNanos(timeoutBefore);
        });
  }

  private static void setDirect(
      Transaction tx,
      TableView table,
      TableState state,
      @Nullable Entry of,
      Meter.@Nullable Rates rates,
      TableEntry entry) {
    if (table.directMeterId() != 0) {
      setMeter(tx, state, of, rates, entry.hasMeterCounterData());
    }
    if (entry.hasCounterData()) {
      setCounter(tx, state, of, entry.getCounterData());
    }
  }

  private static void setMeter(
      Transaction tx,
      TableState state,
      @Nullable Entry of,
      Meter.@Nullable Rates rates,
      boolean reset) {
    Entry.Usage usage = state.usage(of);
    if (tx.atomic()) {
      state.replaceUsage(of, usage.withMeter(Rates.successor(usage.meter(), rates, reset)));
    } else {
      Rates.configure(tx, usage.meter(), rates, reset);
    }
  }

  private void delete(Transaction tx, TableView table, TableState state, Entry found) {
    Outcome outcome = found.outcome();
    state.remove(found);
    profiles.use(table, outcome, -1);
    tx.onRollback(
        () -> {
          state.restore(found);
          profiles.use(table, outcome, 1);
        });
  }

  /** {@code of}: null for the default entry. */
  private static void setCounter(
      Transaction tx, TableState state, @Nullable Entry of, CounterData data) {
    Entry.Usage usage = state.usage(of);
    if (tx.atomic()) {
      state.replaceUsage(of, usage.withCounter(data.getPacketCount(), data.getByteCount()));
      return;
    }
    long packets = usage.packets();
    long bytes = usage.bytes();
    usage.setCounter(data.getPacketCount(), data.getByteCount());
    tx.onRollback(() -> usage.setCounter(packets, bytes));
  }

  private static EntryNote note(TableEntry entry) {
    @SuppressWarnings("deprecation") // old controllers still use it
    long old = entry.getControllerMetadata();
    return old == 0 && entry.getMetadata().isEmpty()
        ? EntryNote.NONE
        : new EntryNote(old, entry.getMetadata());
  }

  private P4InfoOuterClass.MeterSpec.Type meterType(TableView table) {
    return view.config.getP4Info().getDirectMetersList().stream()
        .filter(m -> m.getPreamble().getId() == table.directMeterId())
        .map(m -> m.getSpec().getType())
        .findFirst()
        .orElse(P4InfoOuterClass.MeterSpec.Type.TWO_RATE_THREE_COLOR);
  }

  private void writeDefault(Transaction tx, Update.Type type, TableView table, TableEntry entry) {
    if (type != Update.Type.MODIFY) {
      throw Refused.invalid(
          "is_default_action", "the default entry is modified, neither inserted nor deleted");
    }
    if (entry.getMatchCount() != 0 || entry.getPriority() != 0) {
      throw Refused.invalid(
          "is_default_action", "the default entry has neither match nor priority");
    }
    if (entry.getIdleTimeoutNs() != 0 || entry.hasTimeSinceLastHit()) {
      throw Refused.invalid("is_default_action", "the default entry has no idle timeout");
    }
    checkWritable(table, entry);
    if (table.info().getConstDefaultActionId() != 0) {
      throw Refused.denied(
          "is_default_action", "the default action of table " + table.name() + " is constant");
    }
    if (table.profile() != null) {
      throw Refused.denied(
          "is_default_action",
          "table " + table.name() + " has an action profile: its default action is NoAction");
    }
    BoundAction bound;
    if (!entry.hasAction()) {
      bound = view.initialDefaults.get(table.id());
    } else if (entry.getAction().getTypeCase() == TableAction.TypeCase.ACTION) {
      bound = bind(table, entry.getAction(), Actions.Use.DEFAULT);
    } else {
      throw Refused.invalid(
          "action", "the default entry of table " + table.name() + " names an action");
    }
    Meter.@Nullable Rates rates =
        Rates.read(
            entry.hasMeterConfig(), entry.getMeterConfig(), meterType(table), "meter_config");
    TableState state = tx.state(table.table());
    BoundAction before = state.defaultAction();
    Entry.Usage usage = state.defaultUsage();
    Object noteBefore = usage.note();
    state.setDefault(bound);
    usage.setNote(entry.hasAction() ? note(entry) : EntryNote.NONE);
    tx.onRollback(
        () -> {
          state.setDefault(before);
          usage.setNote(noteBefore);
        });
    setDirect(tx, table, state, null, rates, entry);
    if (!entry.hasAction() && !entry.hasCounterData()) {
      setCounter(tx, state, null, CounterData.getDefaultInstance());
    }
  }

  private static BoundAction bind(TableView table, TableAction action, Actions.Use use) {
    try {
      return Actions.bind("table " + table.name(), table.actions(), action.getAction(), use);
    } catch (Refused e) {
      throw e.below("action.action");
    }
  }

  private Outcome outcome(TableView table, TableAction action) {
    String owner = "table " + table.name();
    ProfileView profile = table.profile();
    if (profile == null) {
      if (action.getTypeCase() != TableAction.TypeCase.ACTION) {
        throw Refused.invalid("action", owner + " has no action profile: its entries name actions");
      }
      return new Outcome.Direct(bind(table, action, Actions.Use.ENTRY));
    }
    return switch (action.getTypeCase()) {
      case ACTION_PROFILE_MEMBER_ID -> {
        profiles.checkNotOneShot(profile);
        yield profiles.member(
            profile, action.getActionProfileMemberId(), "action.action_profile_member_id");
      }
      case ACTION_PROFILE_GROUP_ID -> {
        if (!profile.info.getWithSelector()) {
          throw Refused.invalid(
              "action.action_profile_group_id",
              owner + " has an action profile without selector: no groups");
        }
        profiles.checkNotOneShot(profile);
        yield profiles.group(
            profile, action.getActionProfileGroupId(), "action.action_profile_group_id");
      }
      case ACTION_PROFILE_ACTION_SET -> {
        if (!profile.info.getWithSelector()) {
          throw Refused.invalid(
              "action.action_profile_action_set",
              owner + " has an action profile without selector: no action sets");
        }
        try {
          yield oneShot(owner, profile, action.getActionProfileActionSet());
        } catch (Refused e) {
          throw e.below("action.action_profile_action_set");
        }
      }
      case ACTION ->
          throw Refused.invalid(
              "action.action", owner + " has an action profile: no actions of its own");
      case TYPE_NOT_SET -> throw Refused.invalid("action", "the entry's action is empty");
    };
  }

  private Outcome oneShot(String owner, ProfileView profile, ActionProfileActionSet set) {
    if (set.getActionProfileActionsCount() == 0) {
      throw Refused.invalid("action_profile_actions", "an action set has at least one action");
    }
    if (set.getActionSelectionMode() == ActionProfileActionSet.ActionSelectionMode.RANDOM) {
      throw Refused.invalid(
          "action_selection_mode", "random selection of actions: the selectors of v1model hash");
    }
    if (set.getActionSelectionMode() == ActionProfileActionSet.ActionSelectionMode.UNRECOGNIZED
        || set.getSizeSemantics() == ActionProfileActionSet.SizeSemantics.UNRECOGNIZED) {
      throw Refused.invalid("", "the set's selection mode or size semantics is not known");
    }
    profiles.checkOneShotOnly(profile);
    List<ActionProfile.Weighted> members = new ArrayList<>();
    for (int i = 0; i < set.getActionProfileActionsCount(); i++) {
      ActionProfileAction action = set.getActionProfileActions(i);
      try {
        BoundAction bound = ProfileWriter.bind(owner, profile, action.getAction());
        members.add(
            profiles.weighted(
                profile,
                new ActionProfile.Member(i + 1, bound),
                action.getWeight(),
                ProfileWriter.watch(action)));
      } catch (Refused e) {
        throw e.below("action_profile_actions[" + i + "]");
      }
    }
    boolean countMembers =
        switch (set.getSizeSemantics()) {
          case DEFAULT_SIZE_DETERMINED_BY_ACTION_SELECTOR, UNRECOGNIZED ->
              ProfileWriter.countsMembers(profile);
          case SUM_OF_WEIGHTS -> false;
          case SUM_OF_MEMBERS -> true;
        };
    profiles.checkSize(
        profile, members, profile.info.getMaxGroupSize(), countMembers, "action_profile_actions");
    ActionProfile.Group group = profiles.newGroup(profile, 0, 0, members);
    profiles.keepSet(group, set);
    return group;
  }

  /** Groups of one-shot entries choose anew among the members whose ports are up. */
  void linksChanged() {
    for (TableView table : view.tables.values()) {
      if (table.profile() == null) {
        continue;
      }
      for (Entry entry : view.program.inForce().state(table.table()).entries()) {
        if (entry.outcome() instanceof ActionProfile.Group group && group.id() == 0) {
          profiles.refresh(group);
        }
      }
    }
  }

  /**
   * The entry a direct resource belongs to.
   *
   * @param entry null: the default one
   */
  private record Owner(TableState state, @Nullable Entry entry) {}

  private static Owner owner(Transaction tx, TableView table, TableEntry entry) {
    TableState state = tx.state(table.table());
    if (entry.getIsDefaultAction()) {
      return new Owner(state, null);
    }
    Entry found = state.find(Matches.key(table, entry, Matches.Texts.KNOWN));
    if (found == null) {
      throw Refused.notFound("", "table " + table.name() + " has no such entry");
    }
    return new Owner(state, found);
  }

  void write(Transaction tx, DirectCounterEntry update) {
    Owner owner;
    try {
      TableView table = table(update.getTableEntry().getTableId());
      if (table.directCounterId() == 0) {
        throw Refused.invalid("table_id", "table " + table.name() + " has no direct counter");
      }
      owner = owner(tx, table, update.getTableEntry());
    } catch (Refused e) {
      throw e.below("table_entry");
    }
    if (update.hasData()) {
      setCounter(tx, owner.state(), owner.entry(), update.getData());
    }
  }

  void write(Transaction tx, DirectMeterEntry update) {
    TableView table;
    Owner owner;
    try {
      table = table(update.getTableEntry().getTableId());
      if (table.directMeterId() == 0) {
        throw Refused.invalid("table_id", "table " + table.name() + " has no direct meter");
      }
      owner = owner(tx, table, update.getTableEntry());
    } catch (Refused e) {
      throw e.below("table_entry");
    }
    Rates.checkColours(update.hasCounterData(), update.getCounterData(), "counter_data");
    Meter.@Nullable Rates rates =
        Rates.read(update.hasConfig(), update.getConfig(), meterType(table), "config");
    setMeter(tx, owner.state(), owner.entry(), rates, update.hasCounterData());
  }
}
