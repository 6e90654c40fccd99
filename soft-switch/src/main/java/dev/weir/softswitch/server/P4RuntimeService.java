package dev.weir.softswitch.server;

import com.google.protobuf.Any;
import com.google.rpc.Code;
import com.google.rpc.Status;
import dev.weir.softswitch.engine.Switch;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import p4.v1.P4RuntimeGrpc.P4RuntimeImplBase;
import p4.v1.P4RuntimeOuterClass;
import p4.v1.P4RuntimeOuterClass.CapabilitiesRequest;
import p4.v1.P4RuntimeOuterClass.CapabilitiesResponse;
import p4.v1.P4RuntimeOuterClass.DigestListAck;
import p4.v1.P4RuntimeOuterClass.Entity;
import p4.v1.P4RuntimeOuterClass.ForwardingPipelineConfig;
import p4.v1.P4RuntimeOuterClass.GetForwardingPipelineConfigRequest;
import p4.v1.P4RuntimeOuterClass.GetForwardingPipelineConfigResponse;
import p4.v1.P4RuntimeOuterClass.PacketIn;
import p4.v1.P4RuntimeOuterClass.PacketOut;
import p4.v1.P4RuntimeOuterClass.ReadRequest;
import p4.v1.P4RuntimeOuterClass.ReadResponse;
import p4.v1.P4RuntimeOuterClass.SetForwardingPipelineConfigRequest;
import p4.v1.P4RuntimeOuterClass.SetForwardingPipelineConfigResponse;
import p4.v1.P4RuntimeOuterClass.StreamError;
import p4.v1.P4RuntimeOuterClass.StreamMessageRequest;
import p4.v1.P4RuntimeOuterClass.StreamMessageResponse;
import p4.v1.P4RuntimeOuterClass.Uint128;
import p4.v1.P4RuntimeOuterClass.WriteRequest;
import p4.v1.P4RuntimeOuterClass.WriteResponse;

/** The P4Runtime service of one device. */
final class P4RuntimeService extends P4RuntimeImplBase {
  private static final String VERSION = "1.5.0";

  /** Entities per response message: some 100 bytes each, well below gRPC's 4 MiB. */
  private static final int ENTITIES_PER_RESPONSE = 2000;

  private final long deviceId;
  private final Switch of;
  private final int cpuPort;
  private final Device device;
  private final Arbiter arbiter;

  P4RuntimeService(long deviceId, Switch of, int cpuPort, Device device, Arbiter arbiter) {
    this.deviceId = deviceId;
    this.of = of;
    this.cpuPort = cpuPort;
    this.device = device;
    this.arbiter = arbiter;
  }

  private void check(long id) {
    if (id != deviceId) {
      throw Refused.notFound("device_id", "there is no device " + id);
    }
  }

  /** Runs a change; the primary cannot change meanwhile, since an election takes the same lock. */
  private <T> T asPrimary(String role, @Nullable Uint128 electionId, Supplier<T> change) {
    of.writeLock().lock();
    try {
      if (!arbiter.knowsRole(role)) {
        throw Refused.notFound("role", "there is no role \"" + role + "\"");
      }
      if (!arbiter.isPrimary(role, electionId)) {
        throw Refused.denied("election_id", "only the primary may write");
      }
      return change.get();
    } finally {
      of.writeLock().unlock();
    }
  }

  /** What a call does; runs with every refusal turned into a status. */
  private interface Call {
    void run();
  }

  private static void answer(StreamObserver<?> out, Call call) {
    try {
      call.run();
    } catch (Refused e) {
      out.onError(e.asStatus());
    } catch (StatusRuntimeException e) {
      out.onError(e);
    } catch (RuntimeException e) {
      out.onError(
          io.grpc.Status.INTERNAL
              .withDescription("a fault of the switch: " + e)
              .withCause(e)
              .asRuntimeException());
    }
  }

  @Override
  public void write(WriteRequest request, StreamObserver<WriteResponse> out) {
    answer(
        out,
        () -> {
          check(request.getDeviceId());
          List<P4RuntimeOuterClass.Error> errors =
              asPrimary(
                  request.getRole(),
                  request.hasElectionId() ? request.getElectionId() : null,
                  () -> device.write(request, arbiter.access(request.getRole())));
          if (errors.stream().anyMatch(e -> e.getCanonicalCode() != 0)) {
            throw failure("Write failure.", errors);
          }
          out.onNext(WriteResponse.getDefaultInstance());
          out.onCompleted();
        });
  }

  @Override
  public void read(ReadRequest request, StreamObserver<ReadResponse> out) {
    answer(
        out,
        () -> {
          check(request.getDeviceId());
          if (!arbiter.knowsRole(request.getRole())) {
            throw Refused.notFound("role", "there is no role \"" + request.getRole() + "\"");
          }
          Access access = arbiter.access(request.getRole());
          Device.Found answer = device.read(request.getEntitiesList());
          List<Entity> found = answer.entities().stream().filter(access::to).toList();
          for (int i = 0; i < found.size(); i += ENTITIES_PER_RESPONSE) {
            out.onNext(
                ReadResponse.newBuilder()
                    .addAllEntities(
                        found.subList(i, Math.min(found.size(), i + ENTITIES_PER_RESPONSE)))
                    .build());
          }
          if (answer.errors().stream().anyMatch(e -> e.getCanonicalCode() != 0)) {
            throw failure("Read failure.", answer.errors());
          }
          out.onCompleted();
        });
  }

  /** One error per update or request (§10). */
  private static StatusRuntimeException failure(
      String message, List<P4RuntimeOuterClass.Error> errors) {
    Status.Builder status = Status.newBuilder().setCode(Code.UNKNOWN_VALUE).setMessage(message);
    errors.forEach(e -> status.addDetails(Any.pack(e)));
    return StatusProto.toStatusRuntimeException(status.build());
  }

  @Override
  public void setForwardingPipelineConfig(
      SetForwardingPipelineConfigRequest request,
      StreamObserver<SetForwardingPipelineConfigResponse> out) {
    answer(
        out,
        () -> {
          check(request.getDeviceId());
          boolean _ =
              asPrimary(
                  request.getRole(),
                  request.hasElectionId() ? request.getElectionId() : null,
                  () -> {
                    if (!arbiter.access(request.getRole()).toPipeline()) {
                      throw Refused.denied(
                          "role",
                          "role \"" + request.getRole() + "\" may not set the pipeline config");
                    }
                    device.setPipeline(
                        request.getAction(), request.hasConfig(), request.getConfig());
                    return true;
                  });
          out.onNext(SetForwardingPipelineConfigResponse.getDefaultInstance());
          out.onCompleted();
        });
  }

  @Override
  public void getForwardingPipelineConfig(
      GetForwardingPipelineConfigRequest request,
      StreamObserver<GetForwardingPipelineConfigResponse> out) {
    answer(
        out,
        () -> {
          check(request.getDeviceId());
          GetForwardingPipelineConfigResponse.Builder response =
              GetForwardingPipelineConfigResponse.newBuilder();
          Device.Forwarding forwarding = device.current();
          if (forwarding != null) {
            response.setConfig(parts(forwarding.view.config, request.getResponseType()));
          }
          out.onNext(response.build());
          out.onCompleted();
        });
  }

  private static ForwardingPipelineConfig parts(
      ForwardingPipelineConfig config, GetForwardingPipelineConfigRequest.ResponseType type) {
    ForwardingPipelineConfig.Builder to = ForwardingPipelineConfig.newBuilder();
    if (config.hasCookie()) {
      to.setCookie(config.getCookie());
    }
    switch (type) {
      case ALL -> {
        to.setP4Info(config.getP4Info());
        to.setP4DeviceConfig(config.getP4DeviceConfig());
      }
      case COOKIE_ONLY -> {}
      case P4INFO_AND_COOKIE -> to.setP4Info(config.getP4Info());
      case DEVICE_CONFIG_AND_COOKIE -> to.setP4DeviceConfig(config.getP4DeviceConfig());
      case UNRECOGNIZED -> throw Refused.invalid("response_type", "is not known");
    }
    return to.build();
  }

  @Override
  public void capabilities(CapabilitiesRequest request, StreamObserver<CapabilitiesResponse> out) {
    answer(
        out,
        () -> {
          if (request.getDeviceId() != 0) {
            check(request.getDeviceId());
          }
          out.onNext(CapabilitiesResponse.newBuilder().setP4RuntimeApiVersion(VERSION).build());
          out.onCompleted();
        });
  }

  @Override
  public StreamObserver<StreamMessageRequest> streamChannel(
      StreamObserver<StreamMessageResponse> out) {
    ServerCallStreamObserver<StreamMessageResponse> call =
        (ServerCallStreamObserver<StreamMessageResponse>) out;
    Arbiter.Controller controller = new Arbiter.Controller(call);
    call.setOnCancelHandler(() -> arbiter.leave(controller));
    return new StreamObserver<>() {
      private boolean known;
      private boolean ended;

      @Override
      public void onNext(StreamMessageRequest request) {
        if (ended) {
          return;
        }
        try {
          handle(request);
        } catch (Refused e) {
          end(e);
        }
      }

      private void handle(StreamMessageRequest request) {
        if (!known && !request.hasArbitration()) {
          throw Refused.precondition("", "the first message of a stream is an arbitration update");
        }
        switch (request.getUpdateCase()) {
          case ARBITRATION -> {
            of.writeLock().lock();
            try {
              arbiter.arbitrate(controller, request.getArbitration());
            } finally {
              of.writeLock().unlock();
            }
            known = true;
          }
          case PACKET -> packetOut(controller, request.getPacket());
          case DIGEST_ACK -> acknowledge(controller, request.getDigestAck());
          case OTHER, UPDATE_NOT_SET -> {
            StreamError.Builder error =
                StreamError.newBuilder()
                    .setCanonicalCode(Code.UNIMPLEMENTED_VALUE)
                    .setMessage("the message is not known");
            error.getOtherBuilder().setOther(request.getOther());
            controller.send(StreamMessageResponse.newBuilder().setError(error).build());
          }
        }
      }

      private void end(Refused why) {
        ended = true;
        arbiter.leave(controller);
        synchronized (out) {
          out.onError(why.asStatus());
        }
      }

      @Override
      public void onError(Throwable cause) {
        arbiter.leave(controller);
      }

      @Override
      public void onCompleted() {
        arbiter.leave(controller);
        if (!ended) {
          ended = true;
          synchronized (out) {
            out.onCompleted();
          }
        }
      }
    };
  }

  private void acknowledge(Arbiter.Controller from, DigestListAck ack) {
    Device.Forwarding forwarding = device.running();
    if (forwarding != null && forwarding.view.digests.containsKey(ack.getDigestId())) {
      if (arbiter.isPrimary(from)) {
        forwarding.writer.digests.acknowledge(ack);
      }
      return;
    }
    StreamError.Builder error =
        StreamError.newBuilder()
            .setCanonicalCode(Code.INVALID_ARGUMENT_VALUE)
            .setMessage("there is no digest " + ack.getDigestId());
    error.getDigestListAckBuilder().setDigestListAck(ack);
    from.send(StreamMessageResponse.newBuilder().setError(error).build());
  }

  private void packetOut(Arbiter.Controller from, PacketOut packet) {
    Device.Forwarding forwarding = device.running();
    try {
      if (!arbiter.maySendPackets(from)) {
        throw Refused.denied("", "only the primary of a role with packet I/O may send packets");
      }
      if (forwarding == null) {
        throw Refused.precondition("", "no forwarding pipeline config is set");
      }
      byte[] frame = frame(packet, forwarding.view);
      of.receive(cpuPort, frame, 0, frame.length);
    } catch (Refused e) {
      StreamError.Builder error =
          StreamError.newBuilder().setCanonicalCode(e.code().value()).setMessage(e.problem());
      error.getPacketOutBuilder().setPacketOut(packet);
      from.send(StreamMessageResponse.newBuilder().setError(error).build());
    }
  }

  private static byte[] frame(PacketOut packet, PipelineView view) {
    try {
      return PacketIo.frame(packet, view);
    } catch (Refused e) {
      throw e.below("packet");
    }
  }

  /** A frame left through the controller's port. */
  void packetIn(byte[] frame, int length) {
    Device.Forwarding forwarding = device.running();
    if (forwarding == null) {
      return;
    }
    PacketIn packet = PacketIo.packetIn(frame, length, forwarding.view);
    StreamMessageResponse message = StreamMessageResponse.newBuilder().setPacket(packet).build();
    arbiter.toPrimaries(access -> access.to(packet) ? message : null);
  }
}
