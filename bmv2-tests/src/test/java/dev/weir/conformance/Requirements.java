package dev.weir.conformance;

import static dev.weir.conformance.Client.bytes;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.grpc.Status.Code;
import io.grpc.StatusRuntimeException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import p4.v1.P4RuntimeOuterClass.Entity;
import p4.v1.P4RuntimeOuterClass.PacketIn;
import p4.v1.P4RuntimeOuterClass.PacketMetadata;
import p4.v1.P4RuntimeOuterClass.StreamMessageRequest;
import p4.v1.P4RuntimeOuterClass.StreamMessageResponse;
import p4.v1.P4RuntimeOuterClass.TableEntry;
import p4.v1.P4RuntimeOuterClass.Update;

/**
 * What requirements of one part of the specification have in common: a device with the program of
 * the tests in force, and the primary controller of its default role.
 */
abstract class Requirements {
  /** Each test's election ids are above those of the tests before. */
  private static final AtomicLong ELECTIONS = new AtomicLong(1000);

  private final List<Client> clients = new ArrayList<>();
  private @Nullable Device running;
  private Duration patience = Duration.ofSeconds(10);
  private @Nullable Program inForce;
  private @Nullable Client first;

  /** The election id of {@link #primary()}; 50 below and above it are this test's own. */
  final long election = ELECTIONS.addAndGet(100);

  final void begin(Device device, String program, Duration untilSilent) {
    running = device;
    if (!program.isEmpty()) {
      Program p = Program.named(program);
      inForce = p;
      Client client = client().primary(election);
      first = client;
      client.commit(p.config(election));
      client.patience = untilSilent;
    }
    patience = untilSilent;
  }

  final void end() {
    clients.forEach(Client::close);
  }

  final Device device() {
    return given(running);
  }

  final Program p4() {
    return given(inForce);
  }

  final Client primary() {
    return given(first);
  }

  private static <T> T given(@Nullable T value) {
    if (value == null) {
      throw new IllegalStateException("the test has not begun, or has no program");
    }
    return value;
  }

  /** Another controller, closed when the test ends. */
  final Client client() {
    Client client = new Client(device().grpcPort(), patience);
    clients.add(client);
    return client;
  }

  /** Opens a stream for {@code role} with an election id and takes the answer. */
  final Client client(String role, long electionId) {
    Client client = client();
    var _ = client.arbitrated(Client.arbitration(role, electionId));
    return client;
  }

  final void refused(Update update, Code... allowed) {
    assertThat(primary().code(update)).as("code of %s", update).isIn((Object[]) allowed);
  }

  static Code codeOf(Runnable call) {
    try {
      call.run();
      return Code.OK;
    } catch (StatusRuntimeException e) {
      return e.getStatus().getCode();
    }
  }

  final List<TableEntry> entries(TableEntry.Builder filter) {
    return primary().read(Program.entity(filter)).stream().map(Entity::getTableEntry).toList();
  }

  final TableEntry theEntry(TableEntry.Builder filter) {
    List<TableEntry> found = entries(filter);
    assertThat(found).hasSize(1);
    return found.getFirst();
  }

  /** The same entry with its matches in order of their ids. */
  static TableEntry sorted(TableEntry entry) {
    return entry.toBuilder()
        .clearMatch()
        .addAllMatch(
            entry.getMatchList().stream()
                .sorted((a, b) -> Integer.compare(a.getFieldId(), b.getFieldId()))
                .toList())
        .build();
  }

  /** What a packet through the data plane showed. */
  record Seen(int a, long b, int d, int result, int instance) {}

  static ByteString payload(int op, int a, long b, int d) {
    return payload(op, a, b, d, new byte[0]);
  }

  private static ByteString payload(int op, int a, long b, int d, byte[] more) {
    byte[] fixed = {
      (byte) op,
      (byte) (a >>> 8),
      (byte) a,
      (byte) (b >>> 24),
      (byte) (b >>> 16),
      (byte) (b >>> 8),
      (byte) b,
      (byte) d,
      0
    };
    return ByteString.copyFrom(fixed).concat(ByteString.copyFrom(more));
  }

  static StreamMessageRequest packetOut(ByteString payload) {
    StreamMessageRequest.Builder request = StreamMessageRequest.newBuilder();
    request
        .getPacketBuilder()
        .setPayload(payload)
        .addMetadata(PacketMetadata.newBuilder().setMetadataId(1).setValue(bytes(1)))
        .addMetadata(PacketMetadata.newBuilder().setMetadataId(2).setValue(bytes(0)));
    return request.build();
  }

  /** Sends a packet through the data plane and says what came back of it. */
  final Seen probe(int op, int a, long b, int d) {
    primary().send(packetOut(payload(op, a, b, d)));
    return seen(primary().next(StreamMessageResponse::hasPacket).getPacket());
  }

  final int result(int op, int a, long b, int d) {
    return probe(op, a, b, d).result();
  }

  static Seen seen(PacketIn packet) {
    byte[] bytes = packet.getPayload().toByteArray();
    int instance = 0;
    for (PacketMetadata metadata : packet.getMetadataList()) {
      if (metadata.getMetadataId() == 3) {
        instance = number(metadata.getValue());
      }
    }
    return new Seen(
        number(ByteString.copyFrom(bytes, 1, 2)),
        Integer.toUnsignedLong(number(ByteString.copyFrom(bytes, 3, 4))),
        bytes[7] & 0xff,
        bytes[8] & 0xff,
        instance);
  }

  static int number(ByteString bytes) {
    int value = 0;
    for (byte b : bytes.toByteArray()) {
      value = value << 8 | b & 0xff;
    }
    return value;
  }

  /**
   * What comes back of a packet and of nothing else: a packet that certainly comes back is sent
   * after it, and packets of one port keep their order.
   */
  final List<Seen> allOf(int op, int a, long b, int d) {
    primary().send(packetOut(payload(op, a, b, d)));
    primary().send(packetOut(payload(12, 0xfeed, 3, 0)));
    List<Seen> all = new ArrayList<>();
    while (true) {
      Seen next = seen(primary().next(StreamMessageResponse::hasPacket).getPacket());
      if (next.a() == 0xfeed) {
        return all;
      }
      all.add(next);
    }
  }

  static List<Update> updates(Update... all) {
    return Arrays.asList(all);
  }
}
