package dev.weir.softswitch.server;

import com.google.protobuf.Any;
import com.google.rpc.Code;
import dev.weir.softswitch.engine.Entry;
import dev.weir.softswitch.engine.LogSink;
import dev.weir.softswitch.engine.Program;
import dev.weir.softswitch.engine.ProgramException;
import dev.weir.softswitch.engine.Switch;
import dev.weir.softswitch.engine.TableState;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import p4.config.v1.P4InfoOuterClass;
import p4.v1.P4RuntimeOuterClass;
import p4.v1.P4RuntimeOuterClass.DigestList;
import p4.v1.P4RuntimeOuterClass.Entity;
import p4.v1.P4RuntimeOuterClass.ForwardingPipelineConfig;
import p4.v1.P4RuntimeOuterClass.IdleTimeoutNotification;
import p4.v1.P4RuntimeOuterClass.SetForwardingPipelineConfigRequest;
import p4.v1.P4RuntimeOuterClass.StreamMessageResponse;
import p4.v1.P4RuntimeOuterClass.Update;
import p4.v1.P4RuntimeOuterClass.WriteRequest;

/** What P4Runtime sees of one switch: its pipeline configuration and its entities. */
final class Device {
  /** How often idle entries are looked for; the granularity of idle timeouts. */
  private static final long IDLE_SCAN_MILLIS = 50;

  /** Many times what all tables hold; many filters of one read may each ask for everything. */
  private static final int MAX_ENTITIES_PER_READ = 4_000_000;

  private final Switch of;
  private final int dropPort;
  private final LogSink log;
  private final ScheduledExecutorService timer;
  private final Arbiter arbiter;

  /** What reads and writes refer to. */
  private volatile @Nullable Forwarding current;

  /** Saved, not committed yet; then {@link #current} is the same. */
  private @Nullable Forwarding saved;

  /** What packets meet; {@link #current} but for a saved one. */
  private volatile @Nullable Forwarding running;

  /** A pipeline configuration with the means to read and write it. */
  static final class Forwarding {
    final PipelineView view;
    final EntityWriter writer;
    final EntityReader reader;

    Forwarding(PipelineView view, EntityWriter writer) {
      this.view = view;
      this.writer = writer;
      this.reader = new EntityReader(view, writer);
    }
  }

  Device(Switch of, int dropPort, LogSink log, ScheduledExecutorService timer, Arbiter arbiter) {
    this.of = of;
    this.dropPort = dropPort;
    this.log = log;
    this.timer = timer;
    this.arbiter = arbiter;
    of.setLinkListener(this::linksChanged);
    var _ =
        timer.scheduleWithFixedDelay(
            this::notifyIdle, IDLE_SCAN_MILLIS, IDLE_SCAN_MILLIS, TimeUnit.MILLISECONDS);
  }

  void setPipeline(
      SetForwardingPipelineConfigRequest.Action action,
      boolean hasConfig,
      ForwardingPipelineConfig config) {
    of.writeLock().lock();
    try {
      switch (action) {
        case VERIFY -> {
          Forwarding _ = load(hasConfig, config);
        }
        case VERIFY_AND_SAVE -> {
          Forwarding next = load(hasConfig, config);
          saved = next;
          current = next;
        }
        case VERIFY_AND_COMMIT -> commit(load(hasConfig, config));
        case COMMIT -> {
          if (hasConfig) {
            throw Refused.invalid("config", "COMMIT takes no config");
          }
          if (saved == null) {
            throw Refused.notFound("action", "there is no saved config to commit");
          }
          commit(saved);
        }
        case RECONCILE_AND_COMMIT -> {
          Forwarding next = load(hasConfig, config);
          Forwarding before = current;
          if (before != null) {
            reconcile(before, next);
          }
          commit(next);
        }
        case UNSPECIFIED, UNRECOGNIZED -> throw Refused.invalid("action", "is missing");
      }
    } finally {
      of.writeLock().unlock();
    }
  }

  private Forwarding load(boolean hasConfig, ForwardingPipelineConfig config) {
    if (!hasConfig) {
      throw Refused.invalid("config", "is missing");
    }
    if (!config.hasP4Info()) {
      throw Refused.invalid("config.p4info", "is missing");
    }
    if (config.getP4DeviceConfig().isEmpty()) {
      throw Refused.invalid("config.p4_device_config", "is missing: BMv2 JSON is expected");
    }
    Program program;
    try {
      program = Program.load(config.getP4DeviceConfig().toByteArray(), dropPort, log);
    } catch (ProgramException e) {
      throw Refused.invalid("config.p4_device_config", String.valueOf(e.getMessage()));
    }
    PipelineView view = new PipelineView(config, program);
    return new Forwarding(
        view, new EntityWriter(view, of, new Digests(view, timer, this::sendDigests)));
  }

  private void commit(Forwarding next) {
    current = next;
    running = next;
    saved = null;
    of.setDigestListener(next.writer.digests::add);
    of.load(next.view.program);
  }

  /** Carries all state over that the next pipeline has a place for; refuses when some has none. */
  private static void reconcile(Forwarding from, Forwarding to) {
    List<Entity> state = new ArrayList<>();
    for (Entity filter : ForwardingState.filters()) {
      from.reader.read(filter, state::add);
    }
    state.removeIf(entity -> isProgramsOwn(from, entity));
    clearInitialEntries(to, from);
    restore(to, state);
  }

  /** The entries that a program starts its tables with give way to those the tables have now. */
  private static void clearInitialEntries(Forwarding to, Forwarding from) {
    for (TableView table : to.view.tables.values()) {
      TableView before = from.view.tables.get(table.id());
      if (before == null) {
        continue;
      }
      TableState state = to.view.program.inForce().state(table.table());
      for (Entry entry : List.copyOf(state.entries())) {
        Entry old = from.view.program.inForce().state(before.table()).find(entry.key());
        if (!table.isConst(entry) && (old == null || !before.isConst(old))) {
          state.remove(entry);
        }
      }
    }
  }

  private static void restore(Forwarding to, List<Entity> state) {
    Transaction tx = new Transaction(to.view.program, false);
    for (Entity entity : state) {
      try {
        to.writer.write(
            tx,
            Update.newBuilder()
                .setType(ForwardingState.updateType(entity))
                .setEntity(entity)
                .build());
      } catch (Refused e) {
        throw Refused.invalid("", "the forwarding state cannot be kept: " + e.problem());
      }
    }
    tx.commit();
  }

  /** Becomes like the device whose state this is. */
  void become(ForwardingState state) {
    of.writeLock().lock();
    try {
      Forwarding next = load(true, state.config());
      List<Entity> entities = new ArrayList<>(state.entities());
      entities.removeIf(entity -> comesWithProgram(next, entity));
      clearInitialEntries(next, next);
      restore(next, entities);
      commit(next);
    } finally {
      of.writeLock().unlock();
    }
  }

  /** Constant entries, and defaults that cannot change. */
  private static boolean comesWithProgram(Forwarding next, Entity entity) {
    if (!entity.hasTableEntry()) {
      return false;
    }
    TableView table = next.writer.tables.table(entity.getTableEntry().getTableId());
    return entity.getTableEntry().getIsDefaultAction()
        ? table.info().getConstDefaultActionId() != 0 || table.profile() != null
        : table.info().getIsConstTable() || entity.getTableEntry().getIsConst();
  }

  /** Constant entries and defaults nobody changed come with the next program. */
  private static boolean isProgramsOwn(Forwarding from, Entity entity) {
    if (!entity.hasTableEntry()) {
      return false;
    }
    TableView table = from.writer.tables.table(entity.getTableEntry().getTableId());
    if (!entity.getTableEntry().getIsDefaultAction()) {
      return entity.getTableEntry().getIsConst();
    }
    return entity.getTableEntry().getIsConst()
        || table.profile() != null
        || from.view.initialDefaults.get(table.id())
            == from.view.program.inForce().state(table.table()).defaultAction();
  }

  @Nullable Forwarding current() {
    return current;
  }

  /** The configuration that packets meet now. */
  @Nullable Forwarding running() {
    return running;
  }

  private Forwarding required() {
    Forwarding forwarding = current;
    if (forwarding == null) {
      throw Refused.precondition("", "no forwarding pipeline config is set");
    }
    return forwarding;
  }

  /** Carries out a batch. Answers one error per update; code 0 where it succeeded. */
  List<P4RuntimeOuterClass.Error> write(WriteRequest request, Access access) {
    of.writeLock().lock();
    try {
      Forwarding forwarding = required();
      return switch (request.getAtomicity()) {
        case CONTINUE_ON_ERROR -> each(forwarding, request, access);
        case ROLLBACK_ON_ERROR -> allOrNone(forwarding, request, access, false);
        case DATAPLANE_ATOMIC -> allOrNone(forwarding, request, access, true);
        case UNRECOGNIZED -> throw Refused.invalid("atomicity", "is not known");
      };
    } finally {
      of.writeLock().unlock();
    }
  }

  private static void write(Forwarding forwarding, Transaction tx, Update update, Access access) {
    if (!access.to(update.getEntity())) {
      throw Refused.denied("entity", "the role's configuration does not cover this entity");
    }
    forwarding.writer.write(tx, update);
  }

  private static List<P4RuntimeOuterClass.Error> each(
      Forwarding forwarding, WriteRequest request, Access access) {
    List<P4RuntimeOuterClass.Error> errors = new ArrayList<>();
    for (Update update : request.getUpdatesList()) {
      Transaction tx = new Transaction(forwarding.view.program, false);
      try {
        write(forwarding, tx, update, access);
        tx.commit();
        errors.add(P4RuntimeOuterClass.Error.getDefaultInstance());
      } catch (Refused e) {
        tx.rollback();
        errors.add(error(e.below("updates[" + errors.size() + "]")));
      }
    }
    return errors;
  }

  private static List<P4RuntimeOuterClass.Error> allOrNone(
      Forwarding forwarding, WriteRequest request, Access access, boolean atomic) {
    // One update is atomic by itself (§11).
    Transaction tx =
        new Transaction(forwarding.view.program, atomic && request.getUpdatesCount() > 1);
    List<P4RuntimeOuterClass.Error> errors = new ArrayList<>();
    for (int i = 0; i < request.getUpdatesCount(); i++) {
      try {
        write(forwarding, tx, request.getUpdates(i), access);
      } catch (Refused e) {
        tx.rollback();
        errors.clear();
        for (int k = 0; k < request.getUpdatesCount(); k++) {
          errors.add(
              k == i
                  ? error(e.below("updates[" + i + "]"))
                  : P4RuntimeOuterClass.Error.newBuilder()
                      .setCanonicalCode(Code.ABORTED_VALUE)
                      .setMessage("taken back or not tried: update " + i + " failed")
                      .build());
        }
        return errors;
      }
      errors.add(P4RuntimeOuterClass.Error.getDefaultInstance());
    }
    tx.commit();
    return errors;
  }

  private static P4RuntimeOuterClass.Error error(Refused e) {
    return P4RuntimeOuterClass.Error.newBuilder()
        .setCanonicalCode(e.code().value())
        .setMessage(e.problem())
        .setSpace("weir-soft-switch")
        .setDetails(Any.getDefaultInstance())
        .build();
  }

  /** What a read found, and one error per request; code 0 where it succeeded. */
  record Found(List<Entity> entities, List<P4RuntimeOuterClass.Error> errors) {}

  /** Everything the filters ask for, as one consistent picture. */
  Found read(List<Entity> filters) {
    of.writeLock().lock();
    try {
      Forwarding forwarding = required();
      Found found = new Found(new ArrayList<>(), new ArrayList<>());
      for (Entity filter : filters) {
        int before = found.entities().size();
        try {
          forwarding.reader.read(filter, found.entities()::add);
          found.errors().add(P4RuntimeOuterClass.Error.getDefaultInstance());
        } catch (Refused e) {
          found.entities().subList(before, found.entities().size()).clear();
          found.errors().add(error(e.below("entities[" + found.errors().size() + "]")));
        }
        if (found.entities().size() > MAX_ENTITIES_PER_READ) {
          throw Refused.exhausted(
              "",
              "a read answers at most "
                  + MAX_ENTITIES_PER_READ
                  + " entities: ask for fewer at once");
        }
      }
      return found;
    } finally {
      of.writeLock().unlock();
    }
  }

  private void sendDigests(DigestList list) {
    StreamMessageResponse message = StreamMessageResponse.newBuilder().setDigest(list).build();
    arbiter.toPrimaries(access -> access.to(list.getDigestId()) ? message : null);
  }

  private void linksChanged() {
    of.writeLock().lock();
    try {
      Forwarding forwarding = running;
      if (forwarding != null) {
        forwarding.writer.linksChanged();
      }
    } finally {
      of.writeLock().unlock();
    }
  }

  private void notifyIdle() {
    of.writeLock().lock();
    try {
      Forwarding forwarding = running;
      if (forwarding == null) {
        return;
      }
      long now = System.nanoTime();
      for (TableView table : forwarding.view.tables.values()) {
        if (table.info().getIdleTimeoutBehavior()
            == P4InfoOuterClass.Table.IdleTimeoutBehavior.NO_TIMEOUT) {
          continue;
        }
        notifyIdle(forwarding, table, now);
      }
    } finally {
      of.writeLock().unlock();
    }
  }

  private void notifyIdle(Forwarding forwarding, TableView table, long now) {
    IdleTimeoutNotification.Builder message = IdleTimeoutNotification.newBuilder();
    for (Entry entry : forwarding.view.program.inForce().state(table.table()).entries()) {
      if (entry.usage().idleSince(now)) {
        message.addTableEntry(
            forwarding.reader.tableEntry(
                table, entry, P4RuntimeOuterClass.TableEntry.getDefaultInstance()));
      }
    }
    if (message.getTableEntryCount() > 0) {
      message.setTimestamp(TimeUnit.MILLISECONDS.toNanos(System.currentTimeMillis()));
      StreamMessageResponse response =
          StreamMessageResponse.newBuilder().setIdleTimeoutNotification(message).build();
      arbiter.toPrimaries(access -> access.to(table.id()) ? response : null);
    }
  }
}
