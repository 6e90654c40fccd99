package dev.weir.controller.reconcile;

import com.google.common.collect.ImmutableList;
import dev.weir.compiler.placement.Placement;
import dev.weir.compiler.placement.Step;
import dev.weir.compiler.placement.Step.Update;
import dev.weir.compiler.plan.Observed;
import dev.weir.compiler.plan.Planner;
import dev.weir.controller.ControllerConfig;
import dev.weir.controller.TargetStatus.Kind;
import dev.weir.controller.device.DeviceAddress;
import dev.weir.controller.device.DeviceProfile;
import dev.weir.controller.device.ElectionId;
import dev.weir.controller.device.SessionState;
import dev.weir.controller.device.SwitchDriver;
import dev.weir.controller.device.SwitchSession;
import dev.weir.controller.device.WriteOutcome;
import dev.weir.controller.device.WrittenEntries;
import dev.weir.controller.fabric.FabricSpec;
import dev.weir.controller.reconcile.Desired.OnFabric;
import dev.weir.controller.store.DurableFile;
import dev.weir.controller.xds.XdsServer;
import dev.weir.p4runtime.entry.Entry;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one loop that changes anything outside this process. Each turn looks at the switch, plans the
 * way from what it holds to the newest placement and goes it step by step; whenever something newer
 * is wanted, a step fails or a target comes or goes, it turns again. A plan may be left after any
 * step, since each is safe by itself.
 *
 * <p>A sidecar that does not answer within the deadline holds nothing up: where the switch is still
 * to change, the ways to it are closed first, which denies what would be steered there and nothing
 * else. So a narrowing always takes effect, and nothing that both versions deny passes a sidecar
 * that was left behind.
 */
public final class Reconciler implements AutoCloseable {
  private static final Duration FIRST_BACKOFF = Duration.ofMillis(500);
  private static final Duration LONGEST_BACKOFF = Duration.ofSeconds(15);

  /** How often the switch is looked at though nothing is known to have changed. */
  private static final Duration AUDIT = Duration.ofSeconds(30);

  /** Plans left for newer ones in a row: past it one is finished, or a busy user starves them. */
  private static final int MOST_ABANDONED = 3;

  private static final Logger log = LoggerFactory.getLogger(Reconciler.class);

  /** How a turn ended. */
  private enum Turn {
    /** Nothing is left to do until something changes. */
    DONE,
    /** Something newer is wanted, or what was planned for has changed. */
    AGAIN,
    /** Something failed that may go better later. */
    LATER
  }

  private final ControllerConfig config;
  private final StatusBoard board;
  private final Supplier<Desired> newest;
  private final SidecarDriver sidecars;
  private final Semaphore wake = new Semaphore(0);
  private final Thread thread;
  private volatile @Nullable SwitchDriver device;
  private @Nullable FabricSpec deviceSpec;
  private int abandoned;

  /** What the targets were last brought to, all of them; absent after an interruption. */
  private @Nullable OnFabric enforced;

  /**
   * Prepares a loop.
   *
   * @param newest what is wanted right now; asked often
   */
  public Reconciler(
      ControllerConfig config, XdsServer xds, StatusBoard board, Supplier<Desired> newest) {
    this.config = config;
    this.board = board;
    this.newest = newest;
    this.sidecars = new SidecarDriver(xds, config.sidecarDeadline());
    this.thread = Thread.ofVirtual().name("reconciler").unstarted(this::run);
  }

  public void start() {
    thread.start();
  }

  /** Has the loop turn: something is wanted, or something outside has changed. */
  public void wake() {
    wake.release();
  }

  /** The session with the switch, while there is one. Any thread may ask. */
  public Optional<SwitchSession> session() {
    return Optional.ofNullable(device).map(SwitchDriver::session);
  }

  /** Entries of the switch that Weir did not write. */
  public ImmutableList<Entry> foreign() {
    SwitchDriver driver = device;
    return driver == null ? ImmutableList.of() : driver.foreign();
  }

  private void run() {
    Duration backoff = FIRST_BACKOFF;
    try {
      while (true) {
        Desired desired = newest.get();
        Turn turn = turn(desired);
        switch (turn) {
          case DONE -> {
            backoff = FIRST_BACKOFF;
            wake.tryAcquire(AUDIT.toMillis(), TimeUnit.MILLISECONDS);
          }
          case AGAIN -> {}
          case LATER -> {
            boolean woken = wake.tryAcquire(backoff.toMillis(), TimeUnit.MILLISECONDS);
            backoff = woken ? FIRST_BACKOFF : doubled(backoff);
          }
        }
        wake.drainPermits();
      }
    } catch (InterruptedException _) {
      // Only close() interrupts.
    }
  }

  private static Duration doubled(Duration backoff) {
    Duration twice = backoff.multipliedBy(2);
    return twice.compareTo(LONGEST_BACKOFF) < 0 ? twice : LONGEST_BACKOFF;
  }

  private Turn turn(Desired desired) throws InterruptedException {
    if (desired.onFabric().isEmpty()) {
      return Turn.DONE;
    }
    OnFabric on = desired.onFabric().get();
    String name = on.spec().device().name();
    try {
      return drive(desired, on);
    } catch (StatusRuntimeException e) {
      board.lacks(Kind.SWITCH, name, "a call to the switch failed: " + e.getMessage());
      return Turn.LATER;
    } catch (IOException | RuntimeException e) {
      // A fault of this controller's own. It is shown, and the loop goes on.
      log.error("reconciling revision {} failed", desired.revision(), e);
      board.lacks(Kind.SWITCH, name, "the controller failed: " + e);
      return Turn.LATER;
    }
  }

  private Turn drive(Desired desired, OnFabric on) throws IOException, InterruptedException {
    SwitchDriver driver = driver(on);
    String name = on.spec().device().name();
    if (on.placement().isEmpty()) {
      board.lacks(Kind.SWITCH, name, on.problem());
      board.settled(desired.revision());
      return Turn.DONE;
    }
    Placement placement = on.placement().get();
    if (!(driver.session().state() instanceof SessionState.Primary primary)) {
      board.unknown(Kind.SWITCH, name, driver.session().state().sentence());
      return Turn.DONE;
    }
    sidecars.open(placement);
    Observed observed = driver.observe(sidecars.observed(placement));
    ImmutableList<Step> steps =
        Planner.plan(
            observed, sidecars.withoutClosed(placement, on.fabric()), on.fabric().pipeline());
    OnFabric last = enforced;
    if (last != null && last.fabric().equals(on.fabric()) && last.placement().isPresent()) {
      Optional<String> refusal =
          PlanProof.refusal(
              desired.intent(),
              on.fabric(),
              observed,
              steps,
              last.placement().get(),
              sidecars.withoutClosed(placement, on.fabric()));
      if (refusal.isPresent()) {
        log.error("the plan for revision {} is refused: {}", desired.revision(), refusal.get());
        board.lacks(
            Kind.SWITCH,
            name,
            "the validator refutes the write plan, and the former policy stays: " + refusal.get());
        board.settled(desired.revision());
        return Turn.DONE;
      }
    }
    TreeMap<String, String> lacking = new TreeMap<>();
    enforced = steps.isEmpty() ? last : null;
    for (int i = 0; i < steps.size(); i++) {
      if (!driver.session().state().equals(primary)) {
        return Turn.AGAIN;
      }
      if (i > 0 && abandoned < MOST_ABANDONED && newest.get().revision() != desired.revision()) {
        abandoned++;
        return Turn.AGAIN;
      }
      Step step = steps.get(i);
      log.info(
          "revision {}, step {} of {}: {}", desired.revision(), i + 1, steps.size(), step.why());
      board.lacks(
          Kind.SWITCH, name, "step %d of %d: %s".formatted(i + 1, steps.size(), step.why()));
      switch (step) {
        case Step.ConfigureSidecars(String _, var configurations) ->
            lacking.putAll(sidecars.configure(configurations));
        case Step.WriteSwitch(String _, ImmutableList<Update> updates) -> {
          if (!lacking.isEmpty()) {
            return closeWays(driver, on, observed, lacking);
          }
          WriteOutcome outcome = driver.write(updates);
          if (!outcome.complete()) {
            board.lacks(Kind.SWITCH, name, sentence(step, outcome));
            return Turn.LATER;
          }
        }
        case Step.Await(String _, Duration duration) -> Thread.sleep(duration);
      }
    }
    enforced = lacking.isEmpty() ? on : null;
    return finish(desired, driver, placement, name, lacking);
  }

  private static String sentence(Step step, WriteOutcome outcome) {
    return "%s: %d of %d updates failed, the first being %s"
        .formatted(
            step.why(),
            outcome.failed().size(),
            outcome.failed().size() + outcome.done().size(),
            outcome.failed().getFirst());
  }

  /** Sees to it that nothing is steered to sidecars that were left behind, then plans anew. */
  private Turn closeWays(
      SwitchDriver driver, OnFabric on, Observed observed, TreeMap<String, String> lacking)
      throws IOException {
    log.warn("going on without sidecars: {}", lacking);
    WriteOutcome outcome =
        driver.write(
            SwitchDriver.closing(observed, SidecarDriver.addresses(on.fabric(), lacking.keySet())));
    if (!outcome.complete()) {
      board.lacks(
          Kind.SWITCH,
          on.spec().device().name(),
          "the ways to sidecars %s could not be closed: %s"
              .formatted(lacking.keySet(), outcome.failed().getFirst()));
      return Turn.LATER;
    }
    sidecars.close(lacking.keySet());
    return Turn.AGAIN;
  }

  private Turn finish(
      Desired desired,
      SwitchDriver driver,
      Placement placement,
      String name,
      TreeMap<String, String> lacking) {
    abandoned = 0;
    sidecars.finish(placement);
    int foreign = driver.foreign().size();
    board.enforces(
        Kind.SWITCH,
        name,
        desired.revision(),
        foreign == 0
            ? ""
            : foreign
                + " entries of the switch are not Weir's and were left alone, the first in "
                + driver.foreign().getFirst().table());
    for (String sidecar : placement.sidecars().keySet()) {
      if (sidecars.isClosed(sidecar)) {
        board.lacks(
            Kind.SIDECAR,
            sidecar,
            sidecars.sentence(sidecar) + "; what the switch would steer to it is denied meanwhile");
      } else if (lacking.containsKey(sidecar)) {
        board.lacks(
            Kind.SIDECAR,
            sidecar,
            lacking.get(sidecar)
                + "; it was last told to enforce the former policy and the new one together");
      } else {
        board.enforces(Kind.SIDECAR, sidecar, desired.revision(), sidecars.sentence(sidecar));
      }
    }
    board.settled(desired.revision());
    if (!lacking.isEmpty()) {
      return Turn.LATER;
    }
    return Turn.DONE;
  }

  /** The driver of the switch that {@code on} names, opened anew where it names another. */
  private SwitchDriver driver(OnFabric on) throws IOException {
    SwitchDriver now = device;
    FabricSpec spec = deviceSpec;
    if (now != null && spec != null) {
      if (spec.device().equals(on.spec().device())) {
        return now;
      }
      now.close();
    }
    FabricSpec.Switch to = on.spec().device();
    SwitchSession session =
        SwitchSession.open(
            new DeviceAddress(to.name(), to.deviceId(), to.host(), to.port()),
            on.program(),
            DeviceProfile.BMV2,
            ElectionId.at(Instant.now()),
            this::wake);
    SwitchDriver opened =
        new SwitchDriver(
            session,
            WrittenEntries.read(
                new DurableFile(
                    config.stateDirectory().resolve("switch-" + to.name() + ".entries")),
                on.program()));
    device = opened;
    deviceSpec = on.spec();
    return opened;
  }

  @Override
  public void close() {
    thread.interrupt();
    boolean interrupted = false;
    try {
      thread.join(Duration.ofSeconds(5));
    } catch (InterruptedException _) {
      interrupted = true;
    }
    SwitchDriver driver = device;
    if (driver != null) {
      driver.close();
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
