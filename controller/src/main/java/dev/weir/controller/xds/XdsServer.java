package dev.weir.controller.xds;

import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.ImmutableSortedSet;
import dev.weir.compiler.envoy.EnvoyResources;
import io.envoyproxy.envoy.service.discovery.v3.AggregatedDiscoveryServiceGrpc.AggregatedDiscoveryServiceImplBase;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryResponse;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.netty.shaded.io.netty.channel.epoll.EpollEventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.epoll.EpollServerDomainSocketChannel;
import io.grpc.netty.shaded.io.netty.channel.unix.DomainSocketAddress;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves aggregated delta discovery (xDS v3) over a Unix domain socket, which only the user that
 * runs this process can open; a sidecar is known by its {@code node.id}. Thread-safe.
 *
 * <p>A sidecar for which nothing was published is told nothing: after a restart of the controller
 * it keeps what it has until the controller knows better. One that connects twice is served on its
 * newer stream.
 */
public final class XdsServer implements AutoCloseable {
  /**
   * How long a sidecar's Envoy keeps connections of a listener or filter chain that changed or
   * went: Envoy is to be started with {@code --drain-time-s} of this many seconds.
   */
  public static final Duration DRAIN = Duration.ofSeconds(1);

  /** After an acknowledgement Envoy's main thread has the news; its workers have it in this. */
  static final Duration SETTLE = Duration.ofMillis(100);

  /** What Linux takes as the path of a Unix socket, without the closing zero. */
  private static final int LONGEST_PATH = 107;

  private static final Logger log = LoggerFactory.getLogger(XdsServer.class);

  /** One sidecar, guarded by {@link #lock}. */
  private static final class Sidecar {
    @Nullable Snapshot wanted;
    @Nullable Stream stream;
    boolean seen;

    /** {@link System#nanoTime()} from which what was acknowledged is also enforced. */
    long enforcedFrom = System.nanoTime();

    @Nullable String refusal;
    long refusedGeneration = -1;
  }

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Map<String, Sidecar> sidecars = new HashMap<>();
  private final Runnable onChange;
  private final Path socket;
  private final EpollEventLoopGroup events;
  private final ExecutorService calls;
  private final Server server;

  private XdsServer(Path socket, Runnable onChange) throws IOException {
    this.socket = socket;
    this.onChange = onChange;
    this.events = new EpollEventLoopGroup(1);
    this.calls = Executors.newVirtualThreadPerTaskExecutor();
    this.server =
        NettyServerBuilder.forAddress(new DomainSocketAddress(socket.toFile()))
            .channelType(EpollServerDomainSocketChannel.class)
            .bossEventLoopGroup(events)
            .workerEventLoopGroup(events)
            .executor(calls)
            .addService(new Service())
            .build();
  }

  /**
   * Starts serving. A socket left over by an earlier run is replaced.
   *
   * @param onChange called, on any thread and holding no lock, whenever some sidecar's state may
   *     have changed
   */
  public static XdsServer start(Path socket, Runnable onChange) throws IOException {
    Path absolute = socket.toAbsolutePath();
    if (absolute.toString().length() > LONGEST_PATH) {
      throw new IOException(
          "the path of the xDS socket is longer than "
              + LONGEST_PATH
              + " bytes: "
              + absolute
              + "; choose a shorter state directory");
    }
    Files.deleteIfExists(absolute);
    XdsServer xds = new XdsServer(absolute, onChange);
    try {
      xds.server.start();
      Files.setPosixFilePermissions(absolute, PosixFilePermissions.fromString("rw-------"));
    } catch (IOException e) {
      xds.close();
      throw e;
    }
    return xds;
  }

  /** Makes {@code resources} what the sidecar is to have, in place of what it was to have. */
  public void publish(String sidecar, EnvoyResources resources) {
    lock.lock();
    try {
      Sidecar to = sidecars.computeIfAbsent(sidecar, _ -> new Sidecar());
      long generation = to.wanted == null ? 1 : to.wanted.generation() + 1;
      to.wanted = Snapshot.of(generation, resources);
      advance(to);
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Sidecars that are connected, whether anything was published for them or not. */
  public ImmutableSortedSet<String> connected() {
    lock.lock();
    try {
      return sidecars.entrySet().stream()
          .filter(e -> e.getValue().stream != null)
          .map(Map.Entry::getKey)
          .collect(ImmutableSortedSet.toImmutableSortedSet(java.util.Comparator.naturalOrder()));
    } finally {
      lock.unlock();
    }
  }

  /** How far {@code sidecar} has come with what was last published for it. */
  public SidecarState state(String sidecar) {
    lock.lock();
    try {
      return state(sidecars.get(sidecar));
    } finally {
      lock.unlock();
    }
  }

  /**
   * Waits until each of {@code names} enforces what was last published for it, has refused it, or
   * {@code deadline} has passed: also for those that are not connected, for they may be on their
   * way.
   */
  public ImmutableSortedMap<String, SidecarState> awaitEnforced(
      Collection<String> names, Duration deadline) throws InterruptedException {
    long end = System.nanoTime() + deadline.toNanos();
    lock.lock();
    try {
      while (true) {
        ImmutableSortedMap<String, SidecarState> states = states(names);
        long now = System.nanoTime();
        long wake = end;
        boolean settled = true;
        for (String name : names) {
          switch (states.get(name)) {
            case SidecarState.InForce _, SidecarState.Refused _ -> {}
            case SidecarState.Pending _, SidecarState.Disconnected _, SidecarState.Unknown _ -> {
              settled = false;
              Sidecar sidecar = sidecars.get(name);
              if (sidecar != null && sidecar.enforcedFrom - now > 0) {
                wake = Math.min(wake, sidecar.enforcedFrom);
              }
            }
            case null -> throw new IllegalStateException("no state of " + name);
          }
        }
        if (settled || end - now <= 0) {
          return states;
        }
        changed.await(Math.max(1, wake - now), TimeUnit.NANOSECONDS);
      }
    } finally {
      lock.unlock();
    }
  }

  private ImmutableSortedMap<String, SidecarState> states(Collection<String> names) {
    ImmutableSortedMap.Builder<String, SidecarState> states = ImmutableSortedMap.naturalOrder();
    names.forEach(name -> states.put(name, state(sidecars.get(name))));
    return states.buildOrThrow();
  }

  private static SidecarState state(@Nullable Sidecar sidecar) {
    if (sidecar == null || sidecar.wanted == null) {
      return new SidecarState.Unknown();
    }
    if (sidecar.stream == null) {
      return new SidecarState.Disconnected(
          sidecar.seen
              ? "its discovery stream is gone: Envoy has ended or cannot reach the controller"
              : "it has not connected yet");
    }
    if (sidecar.refusal != null && sidecar.refusedGeneration == sidecar.wanted.generation()) {
      return new SidecarState.Refused(sidecar.refusal);
    }
    if (!sidecar.stream.delta.inStep(sidecar.wanted)) {
      return new SidecarState.Pending("it " + sidecar.stream.delta.lacking(sidecar.wanted));
    }
    return sidecar.enforcedFrom - System.nanoTime() > 0
        ? new SidecarState.Pending("it is draining connections of its former configuration")
        : new SidecarState.InForce();
  }

  /** Sends what is due. Holds {@link #lock}. */
  private static void advance(Sidecar sidecar) {
    Stream stream = sidecar.stream;
    if (stream != null && sidecar.wanted != null) {
      stream.delta.next(sidecar.wanted).ifPresent(stream.responses::onNext);
    }
  }

  /** The path that sidecars connect to. */
  public Path socket() {
    return socket;
  }

  /** Ends every stream; sidecars keep what they have. */
  @Override
  public void close() {
    server.shutdownNow();
    boolean interrupted = false;
    try {
      server.awaitTermination(5, TimeUnit.SECONDS);
    } catch (InterruptedException _) {
      interrupted = true;
    }
    calls.shutdown();
    events.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    try {
      Files.deleteIfExists(socket);
    } catch (IOException e) {
      log.warn("cannot remove {}: {}", socket, e.toString());
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private final class Service extends AggregatedDiscoveryServiceImplBase {
    @Override
    public StreamObserver<DeltaDiscoveryRequest> deltaAggregatedResources(
        StreamObserver<DeltaDiscoveryResponse> responses) {
      Stream stream = new Stream((ServerCallStreamObserver<DeltaDiscoveryResponse>) responses);
      // With a handler, sending to a client that has just gone is no error.
      stream.responses.setOnCancelHandler(stream::detach);
      return stream;
    }
  }

  /** One stream. Its calls come one at a time. */
  private final class Stream implements StreamObserver<DeltaDiscoveryRequest> {
    final DeltaStream delta = new DeltaStream();
    final ServerCallStreamObserver<DeltaDiscoveryResponse> responses;
    private @Nullable String node;
    private boolean refused;

    Stream(ServerCallStreamObserver<DeltaDiscoveryResponse> responses) {
      this.responses = responses;
    }

    @Override
    public void onNext(DeltaDiscoveryRequest request) {
      lock.lock();
      try {
        String name = node == null ? request.getNode().getId() : node;
        if (name.isEmpty()) {
          refuse(Status.INVALID_ARGUMENT.withDescription("node.id is empty; it names the sidecar"));
        }
        if (refused) {
          return;
        }
        Sidecar sidecar = sidecars.computeIfAbsent(name, _ -> new Sidecar());
        if (node == null) {
          node = name;
          attach(sidecar);
        }
        if (request.getInitialResourceVersionsCount() > 0) {
          // What it took from an earlier server, it may have taken just now.
          enforceAfter(sidecar, DRAIN.plus(SETTLE));
        }
        if (sidecar.stream == this) {
          take(sidecar, delta.receive(request));
          advance(sidecar);
        }
        changed.signalAll();
      } finally {
        lock.unlock();
      }
      onChange.run();
    }

    private void attach(Sidecar sidecar) {
      Stream former = sidecar.stream;
      sidecar.stream = this;
      sidecar.seen = true;
      if (former != null) {
        former.refuse(Status.ABORTED.withDescription("the same node.id has opened a newer stream"));
      }
    }

    /** Ends the stream. Holds {@link #lock}. */
    private void refuse(Status why) {
      if (!refused && !responses.isCancelled()) {
        responses.onError(why.asRuntimeException());
      }
      refused = true;
    }

    private void take(Sidecar sidecar, DeltaStream.Answer answer) {
      switch (answer) {
        case DeltaStream.Answer.None() -> {}
        case DeltaStream.Answer.Accepted(ResourceType type, boolean replaced) ->
            enforceAfter(
                sidecar, type == ResourceType.LISTENER && replaced ? DRAIN.plus(SETTLE) : SETTLE);
        case DeltaStream.Answer.Refused(ResourceType type, long generation, String message) -> {
          log.warn("sidecar {} refuses a {}: {}", node, type, message);
          sidecar.refusal = "it refuses a " + type + ": " + message;
          sidecar.refusedGeneration = generation;
        }
      }
    }

    private void enforceAfter(Sidecar sidecar, Duration time) {
      long from = System.nanoTime() + time.toNanos();
      if (from - sidecar.enforcedFrom > 0) {
        sidecar.enforcedFrom = from;
      }
      // Time passing changes a state too, and nobody else would say so.
      CompletableFuture.delayedExecutor(time.plusMillis(1).toNanos(), TimeUnit.NANOSECONDS)
          .execute(onChange);
    }

    private void detach() {
      lock.lock();
      try {
        Sidecar sidecar = node == null ? null : sidecars.get(node);
        if (sidecar != null && sidecar.stream == this) {
          sidecar.stream = null;
        }
        changed.signalAll();
      } finally {
        lock.unlock();
      }
      onChange.run();
    }

    @Override
    public void onError(Throwable t) {
      detach();
    }

    @Override
    public void onCompleted() {
      detach();
      lock.lock();
      try {
        if (!refused) {
          responses.onCompleted();
        }
      } finally {
        lock.unlock();
      }
    }
  }
}
