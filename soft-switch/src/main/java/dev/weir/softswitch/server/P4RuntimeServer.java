package dev.weir.softswitch.server;

import dev.weir.softswitch.engine.LogSink;
import dev.weir.softswitch.engine.Switch;
import io.grpc.Server;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import java.io.IOException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import p4.v1.P4RuntimeOuterClass.ForwardingPipelineConfig;
import p4.v1.P4RuntimeOuterClass.SetForwardingPipelineConfigRequest;

/** The P4Runtime server of one switch. */
public final class P4RuntimeServer implements AutoCloseable {
  /** A pipeline config holds the whole program: BMv2 JSON of large programs is some MiB. */
  private static final int MAX_MESSAGE_BYTES = 64 << 20;

  private static final long GRACE_SECONDS = 2;
  private static final long KEEP_ALIVE_SECONDS = 20;
  private final Server server;
  private final ScheduledExecutorService timer;
  private final Device device;

  private P4RuntimeServer(Server server, ScheduledExecutorService timer, Device device) {
    this.server = server;
    this.timer = timer;
    this.device = device;
  }

  /**
   * Starts serving.
   *
   * @throws IOException when the address cannot be listened on
   */
  public static P4RuntimeServer start(Switch of, ServerOptions options, LogSink log)
      throws IOException {
    ScheduledExecutorService timer =
        Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("soft-switch-timer").factory());
    Arbiter arbiter = new Arbiter(options.deviceId());
    Device device = new Device(of, options.dropPort(), log, timer, arbiter);
    P4RuntimeService service =
        new P4RuntimeService(options.deviceId(), of, options.cpuPort(), device, arbiter);
    if (options.cpuPort() >= 0) {
      of.attach(options.cpuPort(), service::packetIn);
    }
    NettyServerBuilder builder =
        NettyServerBuilder.forAddress(options.address())
            .maxInboundMessageSize(MAX_MESSAGE_BYTES)
            .permitKeepAliveTime(1, TimeUnit.SECONDS)
            // A controller whose host vanished must not stay primary for hours.
            .keepAliveTime(KEEP_ALIVE_SECONDS, TimeUnit.SECONDS)
            .keepAliveTimeout(KEEP_ALIVE_SECONDS, TimeUnit.SECONDS)
            .permitKeepAliveWithoutCalls(true)
            .addService(UnreadableMessages.refused(service));
    Server server;
    try {
      ServerOptions.Tls tls = options.tls();
      if (tls != null) {
        builder.useTransportSecurity(tls.certificates().toFile(), tls.key().toFile());
      }
      server = builder.build().start();
    } catch (IOException e) {
      timer.shutdownNow();
      throw e;
    } catch (IllegalArgumentException e) {
      timer.shutdownNow();
      throw new IOException("TLS: " + e.getMessage(), e);
    }
    return new P4RuntimeServer(server, timer, device);
  }

  /** The port listened on. */
  public int port() {
    return server.getPort();
  }

  /**
   * Loads a pipeline as if a controller had committed it.
   *
   * @throws IllegalArgumentException when it cannot be run, with the reason
   */
  public void load(ForwardingPipelineConfig config) {
    try {
      device.setPipeline(SetForwardingPipelineConfigRequest.Action.VERIFY_AND_COMMIT, true, config);
    } catch (Refused e) {
      throw new IllegalArgumentException(e.problem(), e);
    }
  }

  /**
   * Becomes like another device: its pipeline, entries and all other state.
   *
   * @throws IllegalArgumentException when this switch cannot hold it, with the reason
   */
  public void become(ForwardingState state) {
    try {
      device.become(state);
    } catch (Refused e) {
      throw new IllegalArgumentException(e.problem(), e);
    }
  }

  @Override
  public void close() {
    server.shutdown();
    timer.shutdownNow();
    try {
      if (!server.awaitTermination(GRACE_SECONDS, TimeUnit.SECONDS)) {
        server.shutdownNow();
        boolean _ = server.awaitTermination(GRACE_SECONDS, TimeUnit.SECONDS);
      }
    } catch (InterruptedException e) {
      server.shutdownNow();
      Thread.currentThread().interrupt();
    }
  }
}
