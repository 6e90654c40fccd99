package dev.weir.controller;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.ImmutableSortedSet;
import dev.weir.compiler.Counters;
import dev.weir.compiler.UnplaceableException;
import dev.weir.compiler.allocation.Allocation;
import dev.weir.compiler.placement.Placement;
import dev.weir.compiler.resolve.Resolved;
import dev.weir.compiler.resource.Problem;
import dev.weir.compiler.resource.ResourceKey;
import dev.weir.controller.device.Programs;
import dev.weir.controller.device.SessionState;
import dev.weir.controller.fabric.FabricSpec;
import dev.weir.controller.reconcile.Desired;
import dev.weir.controller.reconcile.Desired.OnFabric;
import dev.weir.controller.reconcile.Reconciler;
import dev.weir.controller.reconcile.StatusBoard;
import dev.weir.controller.sample.StandardsSample;
import dev.weir.controller.store.MeshState;
import dev.weir.controller.store.MeshStateFile;
import dev.weir.controller.store.StateDirectory;
import dev.weir.controller.xds.XdsServer;
import dev.weir.p4runtime.RefusedException;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps resources, and has one switch and its sidecars enforce them. Thread-safe.
 *
 * <p>A change is checked whole, by resolving and compiling everything as it would be, before any of
 * it is stored; what is stored is on disk before the caller hears of it. Targets are driven to it
 * afterwards, by a loop of their own, always towards the newest revision.
 *
 * <p><b>A target that does not answer.</b> While the switch cannot be reached, nothing changes on
 * it; the change is in force on no target and the status says why. A sidecar that is not connected,
 * or refuses its configuration, is waited for up to {@link ControllerConfig#sidecarDeadline()}.
 * Then the change goes on without it: the switch stops steering to it, so that what needed it is
 * denied and nothing is decided by a policy of yesterday, and all the rest takes effect. Once it is
 * back and enforces the newest policy, the switch steers to it again. A sidecar that the change
 * does not concern is not waited for.
 */
public final class MeshController implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(MeshController.class);

  private final ControllerConfig config;
  private final StateDirectory directory;
  private final MeshStateFile file;
  private final XdsServer xds;
  private final StatusBoard board = new StatusBoard();
  private final Reconciler reconciler;
  private final Thread counting;
  private final CountDownLatch closing = new CountDownLatch(1);

  /** Held by whoever changes {@link #state} and {@link #desired}. */
  private final ReentrantLock lock = new ReentrantLock();

  private volatile MeshState state;
  private volatile Desired desired;
  private volatile CounterReading counters = CounterReading.NONE;

  /** By rule, of late. */
  private volatile Counters traffic = Counters.NONE;

  private MeshController(ControllerConfig config) throws IOException {
    this.config = config;
    this.directory = StateDirectory.open(config.stateDirectory());
    try {
      this.file = new MeshStateFile(config.stateDirectory());
      this.state = file.read();
      this.desired = Preparation.ofStored(state);
      this.xds = XdsServer.start(config.xdsSocket(), this::targetChanged);
    } catch (IOException | RuntimeException e) {
      directory.close();
      throw e;
    }
    showTargets(desired);
    this.reconciler = new Reconciler(config, xds, board, () -> desired);
    this.counting = Thread.ofVirtual().name("counters").unstarted(this::count);
  }

  /**
   * Starts a controller where an earlier one left off.
   *
   * @throws IOException if the state directory cannot be read, is broken, or is another
   *     controller's, or the socket cannot be opened
   */
  public static MeshController start(ControllerConfig config) throws IOException {
    MeshController controller = new MeshController(config);
    controller.reconciler.start();
    controller.counting.start();
    return controller;
  }

  private void targetChanged() {
    // Sidecars can connect before the constructor is through.
    Reconciler loop = reconciler;
    if (loop != null) {
      loop.wake();
    }
  }

  /**
   * Applies changes: all of them, or none.
   *
   * @param dryRun whether to check only
   */
  public ChangeOutcome change(ImmutableList<Change> changes, boolean dryRun) {
    lock.lock();
    try {
      long revision = state.revision() + 1;
      TreeMap<ResourceKey, StoredResource> resources = new TreeMap<>(state.resources());
      for (int i = 0; i < changes.size(); i++) {
        Optional<ChangeOutcome> refusal = apply(changes.get(i), i, resources, revision);
        if (refusal.isPresent()) {
          return refusal.get();
        }
      }
      MeshState next =
          new MeshState(
              revision, ImmutableSortedMap.copyOf(resources), state.fabric(), state.allocation());
      Resolved resolved = Preparation.resolve(next);
      if (!resolved.problems().isEmpty()) {
        return new ChangeOutcome.Rejected(numbered(resolved.problems(), changes));
      }
      boolean same = next.resources().equals(state.resources());
      if (same) {
        return new ChangeOutcome.Accepted(state.revision());
      }
      Preparation prepared;
      try {
        prepared = Preparation.of(state, next, resolved.intent(), traffic);
      } catch (UnplaceableException e) {
        return new ChangeOutcome.Rejected(ImmutableList.of(problem(e)));
      }
      if (dryRun) {
        return new ChangeOutcome.Accepted(state.revision());
      }
      adopt(next, prepared);
      return new ChangeOutcome.Accepted(revision);
    } finally {
      lock.unlock();
    }
  }

  /** Applies one change to {@code resources}, or says why it cannot be. */
  private static Optional<ChangeOutcome> apply(
      Change change, int index, TreeMap<ResourceKey, StoredResource> resources, long revision) {
    Optional<StoredResource> stored = Optional.ofNullable(resources.get(change.key()));
    switch (change) {
      case Change.Put put -> {
        long version = stored.map(StoredResource::resourceVersion).orElse(0L);
        if (put.ifVersion().isPresent() && put.ifVersion().getAsLong() != version) {
          return Optional.of(new ChangeOutcome.Conflict(index, put.key(), version));
        }
        boolean same = stored.isPresent() && stored.get().resource().equals(put.resource());
        if (!same) {
          resources.put(
              put.key(),
              new StoredResource(
                  put.resource(),
                  revision,
                  stored.map(StoredResource::uid).orElseGet(() -> UUID.randomUUID().toString()),
                  stored
                      .map(StoredResource::creationTimestamp)
                      .orElseGet(() -> Instant.now().truncatedTo(ChronoUnit.SECONDS))));
        }
      }
      case Change.Delete delete -> {
        if (stored.isEmpty()) {
          return Optional.of(
              new ChangeOutcome.Rejected(
                  ImmutableList.of(
                      new Problem(
                          "not-found",
                          index,
                          delete.key().toString(),
                          "",
                          "there is no " + delete.key(),
                          "list what there is, or leave it out"))));
        }
        resources.remove(delete.key());
      }
    }
    return Optional.empty();
  }

  /** Problems with the number of the change that brought their resource. */
  private static ImmutableList<Problem> numbered(
      ImmutableList<Problem> problems, ImmutableList<Change> changes) {
    Map<String, Integer> numbers = new HashMap<>();
    for (int i = 0; i < changes.size(); i++) {
      numbers.put(changes.get(i).key().toString(), i);
    }
    return problems.stream()
        .map(p -> p.at(numbers.getOrDefault(p.resource(), -1)))
        .collect(ImmutableList.toImmutableList());
  }

  private static Problem problem(UnplaceableException e) {
    return new Problem(
        e.code(),
        -1,
        "",
        String.valueOf(e.getMessage()),
        e.code().equals(Preparation.FAULT) || e.code().equals(StandardsSample.LOOSER)
            ? "this is a fault of Weir: report it with the resources; what was in force stays"
            : "use a larger pipeline, or fewer attachments and policies");
  }

  /** Stores {@code next} and has the targets driven to it. Holds {@link #lock}. */
  private void adopt(MeshState next, Preparation prepared) {
    MeshState stored =
        new MeshState(next.revision(), next.resources(), next.fabric(), prepared.allocation());
    try {
      file.write(stored);
    } catch (IOException e) {
      throw new UncheckedIOException("the change was not stored, and nothing was changed", e);
    }
    state = stored;
    // Before anyone can await the revision, so that they see whom they wait for.
    showTargets(prepared.desired());
    desired = prepared.desired();
    reconciler.wake();
  }

  private void showTargets(Desired wanted) {
    wanted
        .onFabric()
        .ifPresent(
            on ->
                board.targets(
                    on.spec().device().name(),
                    on.placement()
                        .map(placement -> placement.sidecars().keySet())
                        .orElse(ImmutableSortedSet.of())));
  }

  /**
   * Makes {@code spec} the fabric, in place of any other.
   *
   * @return why it was refused; empty where it was taken
   */
  public ImmutableList<Problem> setFabric(FabricSpec spec) {
    lock.lock();
    try {
      if (state.fabric().equals(Optional.of(spec))) {
        return ImmutableList.of();
      }
      boolean moved =
          state.fabric().isEmpty()
              || !state.fabric().get().device().pipeline().equals(spec.device().pipeline());
      MeshState next =
          new MeshState(
              state.revision() + 1,
              state.resources(),
              Optional.of(spec),
              // Another pipeline has other widths, and is empty when it starts.
              moved ? Allocation.EMPTY : state.allocation());
      try {
        adopt(next, Preparation.of(state, next, desired.intent(), Counters.NONE));
      } catch (UnplaceableException e) {
        return ImmutableList.of(problem(e));
      } catch (RefusedException e) {
        return ImmutableList.of(
            new Problem(
                "bad-value",
                -1,
                "switch.pipeline",
                String.valueOf(e.getMessage()),
                "use one of " + Programs.NAMES));
      }
      return ImmutableList.of();
    } finally {
      lock.unlock();
    }
  }

  /**
   * Waits until every target enforces {@code revision} or a newer one, or {@code timeout} has
   * passed. Returns earlier where waiting is in vain: no fabric was given, or all that lacks it has
   * been gone on without.
   */
  public TargetStatuses awaitInForce(long revision, Duration timeout) throws InterruptedException {
    return board.await(revision, timeout);
  }

  /** The resource under {@code key}. */
  public Optional<StoredResource> get(ResourceKey key) {
    return Optional.ofNullable(state.resources().get(key));
  }

  /**
   * Resources of one kind, by namespace and name.
   *
   * @param namespace empty for all
   */
  public ImmutableList<StoredResource> list(String kind, Optional<String> namespace) {
    return state.resources().values().stream()
        .filter(stored -> stored.resource().key().kind().equals(kind))
        .filter(
            stored ->
                namespace.isEmpty() || stored.resource().key().namespace().equals(namespace.get()))
        .collect(ImmutableList.toImmutableList());
  }

  /** The store's revision. */
  public long revision() {
    return state.revision();
  }

  /** What is known right now. */
  public MeshSnapshot snapshot() {
    Desired now = desired;
    return new MeshSnapshot(
        now.revision(),
        now.intent(),
        now.onFabric().map(OnFabric::fabric),
        now.onFabric().flatMap(OnFabric::placement),
        now.onFabric().map(OnFabric::problem).filter(problem -> !problem.isEmpty()),
        board.statuses(now.revision()),
        counters,
        reconciler.foreign());
  }

  /** The socket that sidecars connect to. */
  public java.nio.file.Path xdsSocket() {
    return xds.socket();
  }

  /**
   * Chooses anew what goes to sidecars for want of table space. Does nothing where everything fits,
   * or where the choice stays.
   *
   * @param recent traffic by rule
   */
  void rebalance(Counters recent) {
    lock.lock();
    try {
      traffic = recent;
      Desired now = desired;
      Optional<Placement> placement = now.onFabric().flatMap(OnFabric::placement);
      if (state.allocation().spilled().isEmpty() || placement.isEmpty()) {
        return;
      }
      MeshState next =
          new MeshState(
              state.revision() + 1, state.resources(), state.fabric(), state.allocation());
      Preparation prepared = Preparation.of(state, next, now.intent(), recent);
      if (!prepared.desired().onFabric().flatMap(OnFabric::placement).equals(placement)) {
        log.info(
            "what spills to sidecars changes with the traffic: {}",
            prepared.allocation().spilled());
        adopt(next, prepared);
      }
    } catch (UnplaceableException | UncheckedIOException e) {
      log.warn("the choice of what spills to sidecars stays: {}", e.toString());
    } finally {
      lock.unlock();
    }
  }

  /** Drops the listeners that are kept only for connections from earlier placements. */
  private void release() {
    lock.lock();
    try {
      Desired now = desired;
      Optional<Placement> placement = now.onFabric().flatMap(OnFabric::placement);
      if (placement.isPresent()) {
        MeshState next =
            new MeshState(
                state.revision() + 1,
                state.resources(),
                state.fabric(),
                state.allocation().released());
        Preparation prepared = Preparation.of(state, next, now.intent(), traffic);
        if (!prepared.desired().onFabric().flatMap(OnFabric::placement).equals(placement)) {
          log.info("listeners that nothing is steered to any more are dropped");
          adopt(next, prepared);
        }
      }
    } catch (UnplaceableException | UncheckedIOException e) {
      log.warn("listeners that nothing is steered to any more stay: {}", e.toString());
    } finally {
      lock.unlock();
    }
  }

  private void count() {
    Traffic sinceLong = new Traffic();
    long chosen = System.nanoTime();
    Rest rest = new Rest(config.lingering());
    try {
      while (!closing.await(config.counterInterval().toMillis(), TimeUnit.MILLISECONDS)) {
        reconciler
            .session()
            .filter(session -> session.state() instanceof SessionState.Primary)
            .ifPresent(
                session -> {
                  try {
                    counters = session.readCounters();
                  } catch (StatusRuntimeException | RefusedException e) {
                    // The loop sees and reports what is wrong with the switch.
                    log.debug("counters were not read: {}", e.toString());
                  }
                });
        desired
            .onFabric()
            .flatMap(OnFabric::placement)
            .ifPresent(placement -> sinceLong.add(counters, placement));
        if (System.nanoTime() - chosen >= config.spillInterval().toNanos()) {
          chosen = System.nanoTime();
          rebalance(sinceLong.counters());
          sinceLong.age();
        }
        long revision = state.revision();
        if (rest.over(revision, board.statuses(revision).inForce(), System.nanoTime())) {
          release();
          rest.done(state.revision());
        }
      }
    } catch (InterruptedException _) {
      // Only close() interrupts.
    }
  }

  /** Stops driving targets, which keep what they have, and frees the state directory. */
  @Override
  public void close() {
    closing.countDown();
    counting.interrupt();
    reconciler.close();
    xds.close();
    directory.close();
  }
}
