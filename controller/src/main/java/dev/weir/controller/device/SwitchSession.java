package dev.weir.controller.device;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.Lists;
import dev.weir.compiler.placement.Step.Update;
import dev.weir.controller.CounterReading;
import dev.weir.p4runtime.PipelineConfig;
import dev.weir.p4runtime.entry.Action;
import dev.weir.p4runtime.entry.Entry;
import dev.weir.p4runtime.info.Externs;
import dev.weir.p4runtime.info.Pipeline;
import dev.weir.p4runtime.wire.CounterCodec;
import dev.weir.p4runtime.wire.CounterCodec.Count;
import dev.weir.p4runtime.wire.EntryCodec;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import p4.v1.P4RuntimeGrpc;
import p4.v1.P4RuntimeOuterClass.Entity;
import p4.v1.P4RuntimeOuterClass.ForwardingPipelineConfig;
import p4.v1.P4RuntimeOuterClass.GetForwardingPipelineConfigRequest;
import p4.v1.P4RuntimeOuterClass.ReadRequest;
import p4.v1.P4RuntimeOuterClass.ReadResponse;
import p4.v1.P4RuntimeOuterClass.SetForwardingPipelineConfigRequest;
import p4.v1.P4RuntimeOuterClass.TableEntry;
import p4.v1.P4RuntimeOuterClass.WriteRequest;

/**
 * A P4Runtime session with one switch, for one pipeline. The stream is opened at once and again
 * whenever it is lost; {@link #state()} says how it stands. Calls go to the device right away and
 * fail with a {@link StatusRuntimeException} when it cannot be reached.
 *
 * <p>Thread-safe, but whoever writes must be one at a time, or what they believe the device holds
 * is not what it holds.
 */
public final class SwitchSession implements AutoCloseable {
  private static final Duration CALL = Duration.ofSeconds(30);

  /** What the error of one update takes at most, its message included. */
  private static final int ERROR_BYTES = 1024;

  private final DeviceAddress address;
  private final PipelineConfig program;
  private final DeviceProfile profile;
  private final EntryCodec entries;
  private final CounterCodec counters;
  private final ManagedChannel channel;
  private final Mastership mastership;

  private SwitchSession(
      DeviceAddress address,
      PipelineConfig program,
      DeviceProfile profile,
      ElectionId electionId,
      Runnable onChange) {
    this.address = address;
    this.program = program;
    this.profile = profile;
    this.entries = new EntryCodec(program.pipeline());
    this.counters = new CounterCodec(program.pipeline());
    this.channel =
        NettyChannelBuilder.forAddress(address.host(), address.port())
            .usePlaintext()
            .maxInboundMessageSize(profile.largestMessageBytes())
            // A failed write answers in metadata with an error for each of its updates.
            .maxInboundMetadataSize(ERROR_BYTES * profile.updatesPerWrite())
            .build();
    this.mastership = new Mastership(address, channel, electionId, onChange);
  }

  /**
   * Opens a session.
   *
   * @param electionId what to stand for election with; raised where the device has no primary
   * @param onChange called, on any thread and holding no lock, whenever {@link #state()} changes
   */
  public static SwitchSession open(
      DeviceAddress address,
      PipelineConfig program,
      DeviceProfile profile,
      ElectionId electionId,
      Runnable onChange) {
    SwitchSession session = new SwitchSession(address, program, profile, electionId, onChange);
    session.mastership.start();
    return session;
  }

  public DeviceAddress address() {
    return address;
  }

  public PipelineConfig program() {
    return program;
  }

  public SessionState state() {
    return mastership.state();
  }

  /**
   * Has the device run the session's program: pushes it unless it runs already. A push empties
   * every table.
   *
   * @return whether it was pushed
   */
  public boolean ensureProgram() {
    if (program.isRunningIn(running())) {
      return false;
    }
    stub()
        .setForwardingPipelineConfig(
            SetForwardingPipelineConfigRequest.newBuilder()
                .setDeviceId(address.deviceId())
                .setElectionId(mastership.electionId().toProto())
                .setAction(SetForwardingPipelineConfigRequest.Action.VERIFY_AND_COMMIT)
                .setConfig(program.toProto())
                .build());
    return true;
  }

  private ForwardingPipelineConfig running() {
    try {
      return stub()
          .getForwardingPipelineConfig(
              GetForwardingPipelineConfigRequest.newBuilder()
                  .setDeviceId(address.deviceId())
                  .setResponseType(GetForwardingPipelineConfigRequest.ResponseType.COOKIE_ONLY)
                  .build())
          .getConfig();
    } catch (StatusRuntimeException e) {
      // How a device says that it runs nothing yet (P4Runtime 1.5 §7).
      if (e.getStatus().getCode() == Status.Code.FAILED_PRECONDITION) {
        return ForwardingPipelineConfig.getDefaultInstance();
      }
      throw e;
    }
  }

  /** Reads every table, in a canonical form. */
  public DeviceContents read() {
    ReadRequest.Builder request = ReadRequest.newBuilder().setDeviceId(address.deviceId());
    for (Pipeline.Table table : program.pipeline().tables().values()) {
      if (!table.constant() && !table.fields().isEmpty()) {
        request.addEntities(entries.readEntries(table.name(), false));
      }
      if (table.constantDefault().isEmpty()) {
        request.addEntities(entries.readDefault(table.name(), false));
      }
    }
    Map<Entry.Key, Action> found = new HashMap<>();
    Map<String, Action> defaults = new HashMap<>();
    for (Entity entity : read(request.build())) {
      // A default that the program left empty is an entry without an action.
      if (entity.hasTableEntry() && entity.getTableEntry().hasAction()) {
        Entry entry = entries.fromProto(entity.getTableEntry());
        if (entry.key().isDefault()) {
          defaults.put(entry.table(), entry.action());
        } else if (!entity.getTableEntry().getIsConst()) {
          found.put(entry.key(), entry.action());
        }
      }
    }
    return new DeviceContents(ImmutableMap.copyOf(found), ImmutableMap.copyOf(defaults));
  }

  /**
   * Sends updates in order, in as many writes as the device's profile asks for. Each is tried,
   * whatever becomes of the others, until a write finds the device out of reach: what it then may
   * or may not have done counts as failed.
   */
  public WriteOutcome write(List<Update> updates) {
    ImmutableList.Builder<Update> done = ImmutableList.builder();
    ImmutableList.Builder<WriteOutcome.Failure> failed = ImmutableList.builder();
    for (List<Update> part : Lists.partition(updates, profile.updatesPerWrite())) {
      WriteOutcome outcome = writeOnce(part);
      done.addAll(outcome.done());
      failed.addAll(outcome.failed());
    }
    return new WriteOutcome(done.build(), failed.build());
  }

  private WriteOutcome writeOnce(List<Update> updates) {
    WriteRequest.Builder request =
        WriteRequest.newBuilder()
            .setDeviceId(address.deviceId())
            .setElectionId(mastership.electionId().toProto())
            .setAtomicity(WriteRequest.Atomicity.CONTINUE_ON_ERROR);
    updates.forEach(update -> request.addUpdates(toProto(update)));
    try {
      stub().write(request.build());
      return new WriteOutcome(ImmutableList.copyOf(updates), ImmutableList.of());
    } catch (StatusRuntimeException e) {
      return WriteErrors.outcome(updates, e);
    }
  }

  private p4.v1.P4RuntimeOuterClass.Update toProto(Update update) {
    return switch (update.kind()) {
      case INSERT -> entries.insert(update.entry());
      case MODIFY -> entries.modify(update.entry());
      case DELETE -> entries.delete(update.entry().key());
    };
  }

  /** Reads the counters of every entry and every place of every indexed counter. */
  public CounterReading readCounters() {
    ReadRequest.Builder request = ReadRequest.newBuilder().setDeviceId(address.deviceId());
    for (Pipeline.Table table : program.pipeline().tables().values()) {
      if (table.hasDirectCounter()) {
        request.addEntities(entries.readEntries(table.name(), true));
      }
    }
    Map<String, TreeMap<Long, Count>> places = new TreeMap<>();
    for (Externs.Counter counter : program.pipeline().externs().counters().values()) {
      request.addEntities(counters.readAll(counter.name()));
      places.put(counter.name(), new TreeMap<>());
    }
    ImmutableMap.Builder<Entry.Key, Count> byEntry = ImmutableMap.builder();
    for (Entity entity : read(request.build())) {
      if (entity.hasTableEntry()) {
        TableEntry entry = entity.getTableEntry();
        byEntry.put(entries.keyFromProto(entry), Count.of(entry.getCounterData()));
      } else if (entity.hasCounterEntry()) {
        CounterCodec.Place place = counters.fromProto(entity.getCounterEntry());
        Optional.ofNullable(places.get(place.counter()))
            .ifPresent(counts -> counts.put(place.index(), place.count()));
      }
    }
    ImmutableSortedMap.Builder<String, ImmutableList<Count>> indexed =
        ImmutableSortedMap.naturalOrder();
    places.forEach((name, counts) -> indexed.put(name, ImmutableList.copyOf(counts.values())));
    return new CounterReading(
        Optional.of(Instant.now()), byEntry.buildOrThrow(), indexed.buildOrThrow());
  }

  private List<Entity> read(ReadRequest request) {
    ImmutableList.Builder<Entity> all = ImmutableList.builder();
    Iterator<ReadResponse> responses = stub().read(request);
    while (responses.hasNext()) {
      all.addAll(responses.next().getEntitiesList());
    }
    return all.build();
  }

  private P4RuntimeGrpc.P4RuntimeBlockingStub stub() {
    return P4RuntimeGrpc.newBlockingStub(channel)
        .withDeadlineAfter(CALL.toMillis(), TimeUnit.MILLISECONDS);
  }

  @Override
  public void close() {
    mastership.close();
    channel.shutdownNow();
  }
}
