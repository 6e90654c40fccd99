package dev.weir.softswitch;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.netty.channel.epoll.EpollDomainSocketChannel;
import io.grpc.netty.shaded.io.netty.channel.epoll.EpollEventLoopGroup;
import io.grpc.netty.shaded.io.netty.channel.unix.DomainSocketAddress;
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
import p4.config.v1.P4InfoOuterClass;
import p4.config.v1.P4InfoOuterClass.P4Info;
import p4.v1.P4RuntimeGrpc;
import p4.v1.P4RuntimeOuterClass.Action;
import p4.v1.P4RuntimeOuterClass.Entity;
import p4.v1.P4RuntimeOuterClass.Error;
import p4.v1.P4RuntimeOuterClass.FieldMatch;
import p4.v1.P4RuntimeOuterClass.ForwardingPipelineConfig;
import p4.v1.P4RuntimeOuterClass.MasterArbitrationUpdate;
import p4.v1.P4RuntimeOuterClass.ReadRequest;
import p4.v1.P4RuntimeOuterClass.SetForwardingPipelineConfigRequest;
import p4.v1.P4RuntimeOuterClass.StreamMessageRequest;
import p4.v1.P4RuntimeOuterClass.StreamMessageResponse;
import p4.v1.P4RuntimeOuterClass.TableEntry;
import p4.v1.P4RuntimeOuterClass.Uint128;
import p4.v1.P4RuntimeOuterClass.Update;
import p4.v1.P4RuntimeOuterClass.WriteRequest;

/** A plain P4Runtime client for tests: one stream, one election id. */
public final class P4Client implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  public final P4RuntimeGrpc.P4RuntimeBlockingStub rpc;
  private final ManagedChannel channel;
  private final EpollEventLoopGroup group;
  private final long deviceId;
  private final BlockingQueue<Object> responses = new LinkedBlockingQueue<>();
  private StreamObserver<StreamMessageRequest> stream;
  private Uint128 electionId = Uint128.getDefaultInstance();

  private P4Client(ManagedChannel channel, EpollEventLoopGroup group, long deviceId) {
    this.channel = channel;
    this.group = group;
    this.deviceId = deviceId;
    this.rpc = P4RuntimeGrpc.newBlockingStub(channel);
  }

  public static P4Client tcp(int port, long deviceId) {
    return new P4Client(
        NettyChannelBuilder.forAddress("127.0.0.1", port)
            .usePlaintext()
            .maxInboundMessageSize(64 << 20)
            .maxInboundMetadataSize(4 << 20)
            .build(),
        null,
        deviceId);
  }

  public static P4Client unix(String path, long deviceId) {
    EpollEventLoopGroup group = new EpollEventLoopGroup(1);
    return new P4Client(
        NettyChannelBuilder.forAddress(new DomainSocketAddress(path))
            .eventLoopGroup(group)
            .channelType(EpollDomainSocketChannel.class)
            .usePlaintext()
            .maxInboundMessageSize(64 << 20)
            .maxInboundMetadataSize(4 << 20)
            .build(),
        group,
        deviceId);
  }

  /** Opens the stream and sends an arbitration message. */
  public P4Client arbitrate(long election) {
    return send(
        StreamMessageRequest.newBuilder().setArbitration(arbitration(deviceId, election)).build());
  }

  public static MasterArbitrationUpdate arbitration(long deviceId, long election) {
    return MasterArbitrationUpdate.newBuilder()
        .setDeviceId(deviceId)
        .setElectionId(Uint128.newBuilder().setLow(election))
        .build();
  }

  public P4Client send(StreamMessageRequest message) {
    if (message.hasArbitration()) {
      electionId = message.getArbitration().getElectionId();
    }
    if (stream == null) {
      stream =
          P4RuntimeGrpc.newStub(channel)
              .streamChannel(
                  new StreamObserver<>() {
                    @Override
                    public void onNext(StreamMessageResponse response) {
                      responses.add(response);
                    }

                    @Override
                    public void onError(Throwable cause) {
                      responses.add(cause);
                    }

                    @Override
                    public void onCompleted() {
                      responses.add("completed");
                    }
                  });
    }
    stream.onNext(message);
    return this;
  }

  /** The next message on the stream. */
  public StreamMessageResponse next() {
    Object response = poll(PATIENCE);
    if (response instanceof StreamMessageResponse message) {
      return message;
    }
    throw new AssertionError("no message but " + response);
  }

  /** How the stream ended. */
  public StatusRuntimeException end() {
    Object response = poll(PATIENCE);
    while (response instanceof StreamMessageResponse) {
      response = poll(PATIENCE);
    }
    if (response instanceof StatusRuntimeException status) {
      return status;
    }
    throw new AssertionError("the stream did not end with a status but " + response);
  }

  private Object poll(Duration patience) {
    try {
      return responses.poll(patience.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Becomes primary. */
  public P4Client primary(long election) {
    arbitrate(election);
    MasterArbitrationUpdate answer = next().getArbitration();
    if (answer.getStatus().getCode() != 0) {
      throw new AssertionError("not primary: " + answer);
    }
    return this;
  }

  public void push(
      SetForwardingPipelineConfigRequest.Action action, ForwardingPipelineConfig config) {
    SetForwardingPipelineConfigRequest.Builder request =
        SetForwardingPipelineConfigRequest.newBuilder()
            .setDeviceId(deviceId)
            .setElectionId(electionId)
            .setAction(action);
    if (config != null) {
      request.setConfig(config);
    }
    var _ = rpc.setForwardingPipelineConfig(request.build());
  }

  public void commit(ForwardingPipelineConfig config) {
    push(SetForwardingPipelineConfigRequest.Action.VERIFY_AND_COMMIT, config);
  }

  public WriteRequest.Builder writeRequest() {
    return WriteRequest.newBuilder().setDeviceId(deviceId).setElectionId(electionId);
  }

  public void write(Update... updates) {
    List<Integer> codes = codes(updates);
    for (int i = 0; i < codes.size(); i++) {
      if (codes.get(i) != 0) {
        throw new AssertionError("code " + codes.get(i) + " for " + updates[i]);
      }
    }
  }

  /** Writes, and answers the canonical code of every update. */
  public List<Integer> codes(WriteRequest request) {
    try {
      var _ = rpc.write(request);
      return request.getUpdatesList().stream().map(u -> 0).toList();
    } catch (StatusRuntimeException e) {
      List<Integer> codes = new ArrayList<>();
      try {
        for (Any detail : StatusProto.fromThrowable(e).getDetailsList()) {
          codes.add(detail.unpack(Error.class).getCanonicalCode());
        }
      } catch (InvalidProtocolBufferException broken) {
        throw new IllegalStateException(broken);
      }
      if (codes.isEmpty()) {
        throw e;
      }
      return codes;
    }
  }

  public List<Integer> codes(Update... updates) {
    return codes(writeRequest().addAllUpdates(Arrays.asList(updates)).build());
  }

  public List<Entity> read(Entity... filters) {
    List<Entity> entities = new ArrayList<>();
    rpc.read(
            ReadRequest.newBuilder()
                .setDeviceId(deviceId)
                .addAllEntities(Arrays.asList(filters))
                .build())
        .forEachRemaining(r -> entities.addAll(r.getEntitiesList()));
    return entities;
  }

  public List<TableEntry> readEntries(TableEntry filter) {
    return read(Entity.newBuilder().setTableEntry(filter).build()).stream()
        .map(Entity::getTableEntry)
        .toList();
  }

  public static Update insert(TableEntry.Builder entry) {
    return update(Update.Type.INSERT, entry);
  }

  public static Update update(Update.Type type, TableEntry.Builder entry) {
    return update(type, Entity.newBuilder().setTableEntry(entry).build());
  }

  public static Update update(Update.Type type, Entity entity) {
    return Update.newBuilder().setType(type).setEntity(entity).build();
  }

  public static ByteString bytes(long value) {
    return bytes(BigInteger.valueOf(value));
  }

  /** The shortest big-endian string. */
  public static ByteString bytes(BigInteger value) {
    byte[] digits = value.toByteArray();
    return digits.length > 1 && digits[0] == 0
        ? ByteString.copyFrom(digits, 1, digits.length - 1)
        : ByteString.copyFrom(digits);
  }

  /** Builds entities by names. */
  public record Names(P4Info info) {
    public P4InfoOuterClass.Table table(String suffix) {
      return info.getTablesList().stream()
          .filter(t -> t.getPreamble().getName().endsWith(suffix))
          .findFirst()
          .orElseThrow();
    }

    public TableEntry.Builder entry(String table) {
      return TableEntry.newBuilder().setTableId(table(table).getPreamble().getId());
    }

    public int field(String table, String name) {
      return table(table).getMatchFieldsList().stream()
          .filter(f -> f.getName().endsWith(name))
          .findFirst()
          .orElseThrow()
          .getId();
    }

    public Action action(String suffix, long... params) {
      P4InfoOuterClass.Action action =
          info.getActionsList().stream()
              .filter(a -> a.getPreamble().getAlias().endsWith(suffix))
              .findFirst()
              .orElseThrow();
      Action.Builder to = Action.newBuilder().setActionId(action.getPreamble().getId());
      for (int i = 0; i < params.length; i++) {
        to.addParamsBuilder().setParamId(action.getParams(i).getId()).setValue(bytes(params[i]));
      }
      return to.build();
    }

    public FieldMatch exact(String table, String field, long value) {
      FieldMatch.Builder match = FieldMatch.newBuilder().setFieldId(field(table, field));
      match.getExactBuilder().setValue(bytes(value));
      return match.build();
    }

    public FieldMatch lpm(String table, String field, BigInteger value, int length) {
      FieldMatch.Builder match = FieldMatch.newBuilder().setFieldId(field(table, field));
      match.getLpmBuilder().setValue(bytes(value)).setPrefixLen(length);
      return match.build();
    }

    public FieldMatch ternary(String table, String field, BigInteger value, BigInteger mask) {
      FieldMatch.Builder match = FieldMatch.newBuilder().setFieldId(field(table, field));
      match.getTernaryBuilder().setValue(bytes(value)).setMask(bytes(mask));
      return match.build();
    }

    public FieldMatch range(String table, String field, long low, long high) {
      FieldMatch.Builder match = FieldMatch.newBuilder().setFieldId(field(table, field));
      match.getRangeBuilder().setLow(bytes(low)).setHigh(bytes(high));
      return match.build();
    }

    public FieldMatch optional(String table, String field, long value) {
      FieldMatch.Builder match = FieldMatch.newBuilder().setFieldId(field(table, field));
      match.getOptionalBuilder().setValue(bytes(value));
      return match.build();
    }
  }

  @Override
  public void close() {
    channel.shutdownNow();
    try {
      boolean _ = channel.awaitTermination(5, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (group != null) {
      var _ = group.shutdownGracefully(0, 1, TimeUnit.SECONDS);
    }
  }
}
