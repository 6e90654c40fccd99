package dev.weir.contract;

import static dev.weir.contract.Frame.ethernet;
import static dev.weir.contract.Frame.tcp;
import static dev.weir.contract.Frame.udp;
import static dev.weir.contract.World.LISTENER;
import static dev.weir.contract.World.host;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.primitives.Bytes;
import dev.weir.p4runtime.entry.Action;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The pipeline contract, packet by packet. A subclass names the pipeline and starts the target;
 * every test uses ports of its own, so that the cells of one are nothing to another.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.MethodName.class)
abstract class PipelineContract {
  static final int SYN = 0x02;
  private static final int SYN_ACK = 0x12;
  private static final int ACK = 0x10;
  private static final int RST = 0x04;
  static final Duration ARRIVES = Duration.ofSeconds(5);

  /** How long nothing has to come before it counts as dropped. */
  private static final Duration DROPPED = Duration.ofMillis(150);

  private final String pipeline;
  final World world;
  private @Nullable Target target;

  PipelineContract(String pipeline) {
    this.pipeline = pipeline;
    this.world = new World(pipeline);
  }

  abstract Target start(String pipeline) throws Exception;

  Target target() {
    if (target == null) {
      throw new IllegalStateException("the target was not started");
    }
    return target;
  }

  @BeforeAll
  void startTarget() throws Exception {
    target = start(pipeline);
    target.insert(world.entries());
  }

  @AfterAll
  void stopTarget() {
    if (target != null) {
      target.close();
    }
  }

  @BeforeEach
  void forgetEarlierFrames() {
    target().drain();
  }

  Stream<Boolean> families() {
    return !pipeline.equals("weir_basic") ? Stream.of(false, true) : Stream.of(false);
  }

  void send(int from, byte[] packet) {
    int type = (packet[0] & 0xf0) == 0x60 ? 0x86dd : 0x0800;
    target().send(from, ethernet(World.mac(from), type, packet));
  }

  Frame.Seen arrives(int at) {
    byte[] frame = target().receive(at, ARRIVES);
    assertThat(frame).as("a frame leaves port %d", at).isNotNull();
    Frame.Seen seen = Frame.read(frame);
    assertThat(seen.checksumsHold()).as("checksums of %s", seen).isTrue();
    return seen;
  }

  void nothingArrives(int at) {
    byte[] frame = target().receive(at, DROPPED);
    assertThat(frame).as("a frame at port %d", at).isNull();
  }

  /** Sends, and asks that exactly the drop counter of this reason moves, and nothing arrives. */
  void dropped(int from, byte[] packet, int at, int reason) {
    Map<Long, Long> before = target().counter("drops");
    send(from, packet);
    nothingArrives(at);
    Map<Long, Long> after = target().counter("drops");
    long index = reason;
    assertThat(after.getOrDefault(index, 0L) - before.getOrDefault(index, 0L))
        .as("drops for reason %d", reason)
        .isEqualTo(1);
  }

  @ParameterizedTest
  @MethodSource("families")
  void allowedConnectionPassesBothWaysWithItsOwnAddresses(boolean six) {
    String client = host(1, six);
    String server = host(2, six);
    send(1, tcp(client, 1000, server, 80, SYN));
    Frame.Seen seen = arrives(2);
    assertThat(seen.source()).isEqualTo(client);
    assertThat(seen.destination()).isEqualTo(server);
    assertThat(seen.destinationPort()).isEqualTo(80);
    assertThat(seen.destinationMac()).isEqualTo("020000000002");
    send(2, tcp(server, 80, client, 1000, SYN_ACK));
    assertThat(arrives(1).sourcePort()).isEqualTo(80);
    send(1, tcp(client, 1000, server, 80, ACK));
    arrives(2);
    send(2, tcp(server, 80, client, 1000, ACK));
    arrives(1);
  }

  @ParameterizedTest
  @MethodSource("families")
  void deniedDirectionOpensNoConnection(boolean six) {
    String client = host(1, six);
    String server = host(2, six);
    send(1, tcp(client, 1001, server, 80, SYN));
    arrives(2);
    dropped(2, tcp(server, 80, client, 1001, SYN), 1, 4);
    dropped(2, tcp(server, 5000, client, 1001, ACK), 1, 4);
    dropped(2, udp(server, 80, client, 1001), 1, 4);
    dropped(2, Frame.sctp(server, 80, client, 1001), 1, 4);
    dropped(2, Frame.echo(server, client, true, 9), 1, 4);
  }

  @ParameterizedTest
  @MethodSource("families")
  void bareSegmentFromAnAllowedServerPortPassesAsAReply(boolean six) {
    // What DESIGN states: a segment without a cell is judged once more as a reply.
    send(2, tcp(host(2, six), 80, host(1, six), 1002, ACK));
    arrives(1);
  }

  @ParameterizedTest
  @MethodSource("families")
  void whatNoEntryAllowsIsDenied(boolean six) {
    dropped(1, tcp(host(1, six), 1003, host(2, six), 81, SYN), 2, 4);
    dropped(3, tcp(host(3, six), 1003, host(2, six), 80, SYN), 2, 4);
  }

  @ParameterizedTest
  @MethodSource("families")
  void oneDatagramSocketTalksToTwoServersAndOnlyTheyAnswer(boolean six) {
    String client = host(1, six);
    send(2, udp(host(2, six), 80, client, 2000));
    nothingArrives(1);
    send(1, udp(client, 2000, host(2, six), 80));
    arrives(2);
    send(1, udp(client, 2000, host(3, six), 80));
    arrives(3);
    send(2, udp(host(2, six), 80, client, 2000));
    assertThat(arrives(1).source()).isEqualTo(host(2, six));
    send(3, udp(host(3, six), 80, client, 2000));
    assertThat(arrives(1).source()).isEqualTo(host(3, six));
    send(2, udp(host(2, six), 80, client, 2001));
    nothingArrives(1);
  }

  @ParameterizedTest
  @MethodSource("families")
  void sctpConnectionPassesBothWays(boolean six) {
    send(1, Frame.sctp(host(1, six), 2100, host(2, six), 80));
    arrives(2);
    send(2, Frame.sctp(host(2, six), 80, host(1, six), 2100));
    arrives(1);
  }

  @ParameterizedTest
  @MethodSource("families")
  void echoReplyNeedsItsRequest(boolean six) {
    String client = host(1, six);
    String server = host(2, six);
    dropped(2, Frame.echo(server, client, false, 77), 1, 5);
    send(1, Frame.echo(client, server, true, 77));
    arrives(2);
    send(2, Frame.echo(server, client, false, 77));
    arrives(1);
  }

  @ParameterizedTest
  @MethodSource("families")
  void icmpErrorNeedsTheConnectionItQuotes(boolean six) {
    String client = host(1, six);
    String server = host(2, six);
    dropped(2, Frame.portUnreachable(server, client, udp(client, 2200, server, 80)), 1, 10);
    send(1, udp(client, 2200, server, 80));
    arrives(2);
    send(2, Frame.portUnreachable(server, client, udp(client, 2200, server, 80)));
    arrives(1);
    // It quotes a packet of somebody else's.
    dropped(2, Frame.portUnreachable(server, client, udp(host(3, six), 2200, server, 80)), 1, 10);
  }

  @ParameterizedTest
  @MethodSource("families")
  void steeredConnectionMeetsItsClassListenerAndComesBackAsTheServers(boolean six) {
    String client = host(1, six);
    String server = host(3, six);
    String sidecar = host(4, six);
    send(1, tcp(client, 3000, server, 80, SYN));
    Frame.Seen steered = arrives(4);
    assertThat(steered.source()).isEqualTo(client);
    assertThat(steered.destination()).isEqualTo(sidecar);
    assertThat(steered.destinationPort()).isEqualTo(LISTENER);
    send(4, tcp(sidecar, LISTENER, client, 3000, SYN_ACK));
    Frame.Seen back = arrives(1);
    assertThat(back.source()).isEqualTo(server);
    assertThat(back.sourcePort()).isEqualTo(80);
    send(1, tcp(client, 3000, server, 80, ACK));
    arrives(4);
    // Neither another listener nor the server itself may answer.
    dropped(4, tcp(sidecar, LISTENER + 1, client, 3000, ACK), 1, 7);
    dropped(3, tcp(server, 80, client, 3000, ACK), 1, 8);
  }

  @ParameterizedTest
  @MethodSource("families")
  void noHeaderReachesASidecarButBySteering(boolean six) {
    String sidecar = host(4, six);
    dropped(1, tcp(host(1, six), 3100, sidecar, LISTENER, SYN), 4, 7);
    send(1, tcp(host(1, six), 3100, sidecar, LISTENER, ACK));
    send(3, tcp(host(3, six), 80, sidecar, LISTENER, ACK));
    send(1, udp(host(1, six), 3100, sidecar, LISTENER));
    send(1, Frame.echo(host(1, six), sidecar, true, 5));
    nothingArrives(4);
  }

  @ParameterizedTest
  @MethodSource("families")
  void sidecarReachesOnlyWhatItsEntriesName(boolean six) {
    String sidecar = host(4, six);
    send(4, tcp(sidecar, 40000, host(3, six), 80, SYN));
    arrives(3);
    send(3, tcp(host(3, six), 80, sidecar, 40000, SYN_ACK));
    arrives(4);
    dropped(4, tcp(sidecar, 40000, host(3, six), 81, SYN), 3, 12);
    dropped(4, tcp(sidecar, 40000, host(2, six), 80, SYN), 2, 12);
    dropped(4, udp(sidecar, 40000, host(3, six), 80), 3, 12);
    dropped(4, tcp(sidecar, 20000, host(3, six), 80, SYN), 3, 12);
    // Not even in its endpoint's name, from the port where it answers for it.
    dropped(4, tcp(sidecar, LISTENER, host(2, six), 80, SYN), 2, 12);
  }

  @ParameterizedTest
  @MethodSource("families")
  void spoofedSourceIsDroppedAtItsPort(boolean six) {
    dropped(1, tcp(host(3, six), 3200, host(2, six), 80, SYN), 2, 1);
    dropped(2, tcp(host(1, six), 3200, host(3, six), 80, SYN), 4, 1);
  }

  @ParameterizedTest
  @MethodSource("families")
  void oddFlagsAreDropped(boolean six) {
    for (int flags : new int[] {SYN | 0x01, SYN | RST, 0}) {
      dropped(1, tcp(host(1, six), 3300, host(2, six), 80, flags), 2, 3);
    }
  }

  @Test
  void whatIsNotFullyParsedIsDropped() {
    String client = host(1, false);
    String server = host(2, false);
    byte[] syn = Frame.tcpHeader(3400, 80, SYN);
    int sum =
        Frame.checksum(
            Frame.address(client), Frame.address(server), Frame.ints(6), Frame.ints(20), syn);
    System.arraycopy(Frame.shorts(sum), 0, syn, 16, 2);
    byte[] options = {1, 1, 1, 1};
    dropped(1, Frame.ipv4(client, server, 6, 0, options, syn), 2, 0);
    byte[] head = Arrays.copyOf(syn, 8);
    byte[] tail = Arrays.copyOfRange(syn, 8, 20);
    dropped(1, Frame.ipv4(client, server, 6, 0x2000, new byte[0], head), 2, 0);
    dropped(1, Frame.ipv4(client, server, 6, 1, new byte[0], tail), 2, 0);
    dropped(1, Frame.ipv4(client, server, 6, 0, new byte[0], head), 2, 0);
    dropped(1, Frame.bareIp(client, server, 47, syn), 2, 0); // GRE
    byte[] wrongSum = tcp(client, 3400, server, 80, SYN);
    wrongSum[10] ^= 1;
    dropped(1, wrongSum, 2, 0);
    byte[] longer = tcp(client, 3400, server, 80, SYN);
    byte[] beyondFrame = Frame.ipv4(client, server, 6, 0, new byte[0], syn);
    beyondFrame[3] += 8; // total length past the frame's end, checksum made to fit
    beyondFrame[10] = 0;
    beyondFrame[11] = 0;
    int header = Frame.checksum(Arrays.copyOf(beyondFrame, 20));
    System.arraycopy(Frame.shorts(header), 0, beyondFrame, 10, 2);
    dropped(1, beyondFrame, 2, 0);
    send(1, longer); // the same segment whole does pass
    arrives(2);
  }

  @Test
  void arpIsAnsweredForOthersAndNotForOneself() {
    byte[] own = World.mac(1);
    target().send(1, ethernet(own, 0x0806, Frame.arpRequest(own, host(1, false), host(2, false))));
    byte[] answer = target().receive(1, ARRIVES);
    assertThat(answer).isNotNull();
    byte[] expected =
        Bytes.concat(
            own,
            Frame.FABRIC_MAC,
            new byte[] {8, 6, 0, 1, 8, 0, 6, 4, 0, 2},
            Frame.FABRIC_MAC,
            Frame.address(host(2, false)),
            own,
            Frame.address(host(1, false)));
    assertThat(Arrays.copyOf(answer, expected.length)).isEqualTo(expected);
    for (String[] ask :
        new String[][] {
          {host(1, false), host(1, false)}, // announces itself
          {"0.0.0.0", host(2, false)}, // probes
          {"0.0.0.0", host(1, false)},
          {host(3, false), host(2, false)}, // claims to be another
          {host(1, false), "10.9.9.9"} // asks for nobody
        }) {
      target().send(1, ethernet(own, 0x0806, Frame.arpRequest(own, ask[0], ask[1])));
      nothingArrives(1);
    }
  }

  @ParameterizedTest
  @MethodSource("families")
  void promotedConnectionStaysWithItsSidecarAndADirectOneIsCutWhenItIsSteered(boolean six) {
    String client = host(1, six);
    String server = host(3, six);
    String sidecar = host(4, six);
    send(1, tcp(client, 3600, server, 80, SYN));
    arrives(4);
    target().modify(world.authorization(Action.of("allow")));
    try {
      send(1, tcp(client, 3600, server, 80, ACK));
      arrives(4);
      send(4, tcp(sidecar, LISTENER, client, 3600, ACK));
      arrives(1);
      send(1, tcp(client, 3601, server, 80, SYN));
      arrives(3);
      send(3, tcp(server, 80, client, 3601, SYN_ACK));
      arrives(1);
    } finally {
      target().modify(world.authorization(World.steerClass(2)));
    }
    send(1, tcp(client, 3601, server, 80, ACK));
    assertThat(arrives(4).destinationPort()).isEqualTo(LISTENER);
    send(4, tcp(sidecar, LISTENER, client, 3601, RST));
    assertThat(arrives(1).source()).isEqualTo(server);
    dropped(3, tcp(server, 80, client, 3601, ACK), 1, 8);
  }

  @ParameterizedTest
  @MethodSource("families")
  void spillKeepsDirectConnectionsAndSteersNewOnes(boolean six) {
    String client = host(1, six);
    String server = host(3, six);
    target().modify(world.authorization(Action.of("allow")));
    try {
      send(1, tcp(client, 3700, server, 80, SYN));
      arrives(3);
      target().modify(world.authorization(Action.of("spill")));
      send(1, tcp(client, 3700, server, 80, ACK));
      arrives(3);
      send(3, tcp(server, 80, client, 3700, ACK));
      arrives(1);
      send(1, tcp(client, 3701, server, 80, SYN));
      assertThat(arrives(4).destinationPort()).isEqualTo(LISTENER - 2);
    } finally {
      target().modify(world.authorization(World.steerClass(2)));
    }
  }

  @ParameterizedTest
  @MethodSource("families")
  void deniedNowEndsAnOpenConnectionInBothDirections(boolean six) {
    String client = host(1, six);
    String server = host(3, six);
    target().modify(world.authorization(Action.of("allow")));
    try {
      send(1, tcp(client, 3800, server, 80, SYN));
      arrives(3);
      target().modify(world.authorization(Action.of("deny")));
      dropped(1, tcp(client, 3800, server, 80, ACK), 3, 4);
      dropped(3, tcp(server, 80, client, 3800, ACK), 1, 4);
    } finally {
      target().modify(world.authorization(World.steerClass(2)));
    }
  }

  @Test
  void expiredHopLimitIsDropped() {
    byte[] packet = tcp(host(1, false), 3900, host(2, false), 80, SYN);
    packet[8] = 1;
    packet[10] = 0;
    packet[11] = 0;
    System.arraycopy(Frame.shorts(Frame.checksum(Arrays.copyOf(packet, 20))), 0, packet, 10, 2);
    dropped(1, packet, 2, 11);
  }

  @Test
  void openingsAreCountedByTheirOutcome() {
    Map<Long, Long> before = target().counter("openings");
    send(1, tcp(host(1, false), 4000, host(2, false), 80, SYN));
    arrives(2);
    send(1, tcp(host(1, false), 4000, host(3, false), 80, SYN));
    arrives(4);
    send(1, tcp(host(1, false), 4000, host(2, false), 81, SYN));
    nothingArrives(2);
    send(4, tcp(host(4, false), 41000, host(3, false), 80, SYN));
    arrives(3);
    Map<Long, Long> after = target().counter("openings");
    for (long outcome = 0; outcome < 4; outcome++) {
      assertThat(after.getOrDefault(outcome, 0L) - before.getOrDefault(outcome, 0L))
          .as("openings with outcome %d", outcome)
          .isEqualTo(1);
    }
  }
}
