package dev.weir.conformance;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.Status;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.ClientCall;
import io.grpc.ClientInterceptor;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.protobuf.StatusProto;
import io.grpc.stub.StreamObserver;
import java.math.BigInteger;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import p4.v1.P4RuntimeGrpc;
import p4.v1.P4RuntimeOuterClass.Entity;
import p4.v1.P4RuntimeOuterClass.Error;
import p4.v1.P4RuntimeOuterClass.ForwardingPipelineConfig;
import p4.v1.P4RuntimeOuterClass.MasterArbitrationUpdate;
import p4.v1.P4RuntimeOuterClass.ReadRequest;
import p4.v1.P4RuntimeOuterClass.SetForwardingPipelineConfigRequest;
import p4.v1.P4RuntimeOuterClass.StreamMessageRequest;
import p4.v1.P4RuntimeOuterClass.StreamMessageResponse;
import p4.v1.P4RuntimeOuterClass.Uint128;
import p4.v1.P4RuntimeOuterClass.Update;
import p4.v1.P4RuntimeOuterClass.WriteRequest;

/** A controller with one stream, which says and hears exactly what a test wants. */
final class Client implements AutoCloseable {
  final P4RuntimeGrpc.P4RuntimeBlockingStub rpc;
  private final ManagedChannel channel;
  Duration patience;
  private final BlockingQueue<Object> heard = new LinkedBlockingQueue<>();
  private @Nullable StreamObserver<StreamMessageRequest> stream;
  String role = "";
  @Nullable Uint128 electionId;

  /** Takes a server that is silent for {@code patience} for one that will not answer. */
  Client(int grpcPort, Duration patience) {
    this.patience = patience;
    channel =
        NettyChannelBuilder.forAddress("127.0.0.1", grpcPort)
            .usePlaintext()
            .intercept(new Deadlines())
            .maxInboundMessageSize(64 << 20)
            .maxInboundMetadataSize(4 << 20)
            .build();
    rpc = P4RuntimeGrpc.newBlockingStub(channel).withWaitForReady();
  }

  /** Gives every call but the stream a deadline: a server that hangs must not hang the tests. */
  private final class Deadlines implements ClientInterceptor {
    @Override
    public <A, B> ClientCall<A, B> interceptCall(
        MethodDescriptor<A, B> method, CallOptions options, Channel next) {
      return next.newCall(
          method,
          method.getType() == MethodDescriptor.MethodType.BIDI_STREAMING
              ? options
              : options.withDeadlineAfter(patience));
    }
  }

  static Uint128 id(long low) {
    return Uint128.newBuilder().setLow(low).build();
  }

  Client send(StreamMessageRequest message) {
    StreamObserver<StreamMessageRequest> to = stream;
    if (to == null) {
      to =
          P4RuntimeGrpc.newStub(channel)
              .withWaitForReady()
              .streamChannel(
                  new StreamObserver<>() {
                    @Override
                    public void onNext(StreamMessageResponse response) {
                      heard.add(response);
                    }

                    @Override
                    public void onError(Throwable cause) {
                      heard.add(cause);
                    }

                    @Override
                    public void onCompleted() {
                      heard.add("the server has ended the stream");
                    }
                  });
      stream = to;
    }
    to.onNext(message);
    return this;
  }

  Client arbitrate(MasterArbitrationUpdate.Builder update) {
    role = update.getRole().getName();
    electionId = update.hasElectionId() ? update.getElectionId() : null;
    return send(StreamMessageRequest.newBuilder().setArbitration(update).build());
  }

  static MasterArbitrationUpdate.Builder arbitration(@Nullable Uint128 electionId) {
    MasterArbitrationUpdate.Builder update =
        MasterArbitrationUpdate.newBuilder().setDeviceId(Device.ID);
    if (electionId != null) {
      update.setElectionId(electionId);
    }
    return update;
  }

  static MasterArbitrationUpdate.Builder arbitration(String role, long election) {
    MasterArbitrationUpdate.Builder update = arbitration(id(election));
    if (!role.isEmpty()) {
      update.getRoleBuilder().setName(role);
    }
    return update;
  }

  /** Arbitrates and takes the answer. */
  MasterArbitrationUpdate arbitrated(MasterArbitrationUpdate.Builder update) {
    return arbitrate(update).nextArbitration();
  }

  /** Becomes primary of the default role. */
  Client primary(long election) {
    MasterArbitrationUpdate answer = arbitrated(arbitration("", election));
    if (answer.getStatus().getCode() != 0) {
      throw new AssertionError("not primary: " + answer);
    }
    return this;
  }

  private @Nullable Object poll() {
    try {
      return heard.poll(patience.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The next message that {@code wanted} takes; the ones before it are skipped. */
  StreamMessageResponse next(Predicate<StreamMessageResponse> wanted) {
    List<Object> others = new ArrayList<>();
    while (true) {
      Object response = poll();
      if (response instanceof StreamMessageResponse message) {
        if (wanted.test(message)) {
          return message;
        }
        others.add(message);
      } else {
        throw new AssertionError("not heard, but " + response + " after " + others);
      }
    }
  }

  MasterArbitrationUpdate nextArbitration() {
    return next(StreamMessageResponse::hasArbitration).getArbitration();
  }

  /** Everything heard so far that was not taken. */
  List<Object> rest() {
    List<Object> all = new ArrayList<>();
    heard.drainTo(all);
    return all;
  }

  /** The status with which the server ended the stream. */
  io.grpc.Status.Code end() {
    Object response = poll();
    while (response instanceof StreamMessageResponse) {
      response = poll();
    }
    if (response instanceof StatusRuntimeException status) {
      return status.getStatus().getCode();
    }
    throw new AssertionError("the stream did not end with a status but " + response);
  }

  /** Closes the stream as a controller that leaves does. */
  void leave() {
    StreamObserver<StreamMessageRequest> open = stream;
    if (open != null) {
      open.onCompleted();
      stream = null;
    }
  }

  SetForwardingPipelineConfigRequest.Builder pipelineRequest(
      SetForwardingPipelineConfigRequest.Action action) {
    SetForwardingPipelineConfigRequest.Builder request =
        SetForwardingPipelineConfigRequest.newBuilder()
            .setDeviceId(Device.ID)
            .setRole(role)
            .setAction(action);
    if (electionId != null) {
      request.setElectionId(electionId);
    }
    return request;
  }

  void push(
      SetForwardingPipelineConfigRequest.Action action, @Nullable ForwardingPipelineConfig config) {
    SetForwardingPipelineConfigRequest.Builder request = pipelineRequest(action);
    if (config != null) {
      request.setConfig(config);
    }
    var _ = rpc.setForwardingPipelineConfig(request.build());
  }

  void commit(ForwardingPipelineConfig config) {
    push(SetForwardingPipelineConfigRequest.Action.VERIFY_AND_COMMIT, config);
  }

  WriteRequest.Builder writeRequest(Update... updates) {
    WriteRequest.Builder request =
        WriteRequest.newBuilder()
            .setDeviceId(Device.ID)
            .setRole(role)
            .addAllUpdates(Arrays.asList(updates));
    if (electionId != null) {
      request.setElectionId(electionId);
    }
    return request;
  }

  /** Writes; every update has to succeed. */
  void write(Update... updates) {
    try {
      var _ = rpc.write(writeRequest(updates).build());
    } catch (StatusRuntimeException e) {
      throw new AssertionError("not written: " + StatusProto.fromThrowable(e), e);
    }
  }

  /** The canonical code of every update. */
  List<io.grpc.Status.Code> codes(WriteRequest request) {
    try {
      var _ = rpc.write(request);
      return request.getUpdatesList().stream().map(u -> io.grpc.Status.Code.OK).toList();
    } catch (StatusRuntimeException e) {
      List<Error> errors = errors(e);
      if (errors.isEmpty()) {
        throw e;
      }
      return errors.stream().map(Client::code).toList();
    }
  }

  /** What became of one update. */
  io.grpc.Status.Code code(Update update) {
    try {
      return codes(writeRequest(update).build()).getFirst();
    } catch (StatusRuntimeException e) {
      return e.getStatus().getCode();
    }
  }

  static io.grpc.Status.Code code(Error error) {
    return io.grpc.Status.fromCodeValue(error.getCanonicalCode()).getCode();
  }

  static List<Error> errors(StatusRuntimeException e) {
    Status status = StatusProto.fromThrowable(e);
    List<Error> errors = new ArrayList<>();
    if (status != null) {
      for (Any detail : status.getDetailsList()) {
        try {
          errors.add(detail.unpack(Error.class));
        } catch (InvalidProtocolBufferException broken) {
          throw new AssertionError("a detail that is no p4.v1.Error: " + detail, broken);
        }
      }
    }
    return errors;
  }

  List<Entity> read(ReadRequest request) {
    List<Entity> entities = new ArrayList<>();
    rpc.read(request).forEachRemaining(r -> entities.addAll(r.getEntitiesList()));
    return entities;
  }

  List<Entity> read(Entity... filters) {
    return read(
        ReadRequest.newBuilder()
            .setDeviceId(Device.ID)
            .setRole(role)
            .addAllEntities(Arrays.asList(filters))
            .build());
  }

  /** The code of a read's one request: its own where the server gives one, else the call's. */
  io.grpc.Status.Code readCode(Entity filter) {
    try {
      var _ = read(filter);
      return io.grpc.Status.Code.OK;
    } catch (StatusRuntimeException e) {
      List<Error> errors = errors(e);
      return errors.isEmpty() ? e.getStatus().getCode() : code(errors.getFirst());
    }
  }

  /** The shortest big-endian string. */
  static ByteString bytes(long value) {
    byte[] digits = BigInteger.valueOf(value).toByteArray();
    return digits.length > 1 && digits[0] == 0
        ? ByteString.copyFrom(digits, 1, digits.length - 1)
        : ByteString.copyFrom(digits);
  }

  @Override
  public void close() {
    channel.shutdownNow();
    try {
      boolean _ = channel.awaitTermination(5, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
