package dev.weir.softswitch.engine;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Takes packets through the program, one at a time, as simple_switch does: ingress, then for each
 * copy egress, in the order in which simple_switch would queue them.
 */
final class Worker {
  /** A packet that is resubmitted or recirculated more often than this will not end. */
  static final int MAX_PASSES = 4096;

  private static final int USUAL_FRAME = 2048;

  private final Switch of;
  private final Program program;
  private final StandardMetadata std;
  private final ArrayDeque<PacketState> free = new ArrayDeque<>();
  private final ArrayDeque<PacketState> pending = new ArrayDeque<>();
  private final Outbox outbox = new Outbox();
  private final FrameBuffer out = new FrameBuffer(USUAL_FRAME);

  /** What the frame now being processed meets, with all that it causes. */
  private InForce inForce;

  Worker(Switch of, Program program) {
    this.of = of;
    this.program = program;
    this.inForce = program.inForce();
    this.std = program.metadata;
  }

  boolean runs(Program current) {
    return program == current;
  }

  void process(int port, byte[] bytes, int from, int length, @Nullable TraceRecorder trace) {
    inForce = program.inForce();
    PacketState s = take();
    s.load(bytes, from, length);
    s.trace = trace;
    s.ingressPort = port;
    s.ingressLength = length;
    s.packetLength = length;
    long[] w = s.words;
    w[std.ingressPort()] = port & std.portMask();
    w[std.packetLength()] = length;
    w[std.instanceType()] = StandardMetadata.NORMAL;
    if (std.ingressTimestamp() >= 0) {
      w[std.ingressTimestamp()] = of.microsSinceStart();
    }
    s.awaitsEgress = false;
    run(s);
  }

  private void run(PacketState first) {
    if (program.oneAtATime) {
      of.serial.lock();
      try {
        runAll(first);
      } finally {
        of.serial.unlock();
      }
      // Sent after the lock is free: what a receiver does in turn may need another switch's.
      outbox.flush(of);
    } else {
      runAll(first);
    }
  }

  private void runAll(PacketState first) {
    int passes = 0;
    PacketState s = first;
    while (s != null) {
      if (++passes > MAX_PASSES) {
        drop(s, "resubmitted, recirculated or copied more than " + MAX_PASSES + " times");
        pending.forEach(free::push);
        pending.clear();
        return;
      }
      try {
        if (s.awaitsEgress) {
          egress(s);
        } else {
          ingress(s);
        }
      } catch (PacketAbort e) {
        of.report(e.cause);
        drop(s, e.cause);
      }
      s = pending.poll();
    }
  }

  private PacketState take() {
    PacketState s = free.poll();
    if (s == null) {
      return program.newPacket(USUAL_FRAME, inForce);
    }
    s.inForce = inForce;
    return s;
  }

  private void release(PacketState s) {
    s.trace = null;
    free.push(s);
  }

  private void drop(PacketState s, String cause) {
    if (s.trace != null) {
      s.trace.dropped(cause);
    }
    of.countDrop();
    release(s);
  }

  private static void runPipeline(PacketState s, @Nullable Node first) {
    Node node = first;
    while (node != null && !s.exit) {
      node = node.run(s);
    }
  }

  private void ingress(PacketState s) {
    long[] w = s.words;
    int length = s.packetLength;
    if (s.trace != null) {
      s.trace.pass("ingress", s.ingressPort, length, instance((int) w[std.instanceType()]));
    }
    parse(s);
    if (s.dropCause != null) {
      drop(s, s.dropCause);
      return;
    }
    RowLocks rows = program.rows;
    if (rows == null) {
      runPipeline(s, program.ingress);
    } else {
      try {
        runPipeline(s, program.ingress);
      } finally {
        rows.release(s);
      }
    }
    s.exit = false;
    int group = std.multicastGroup() >= 0 ? (int) w[std.multicastGroup()] : 0;
    if (s.cloneSession != PacketState.NO_SESSION) {
      ingressClone(s, length);
    }
    if (s.digest != PacketState.NO_LIST) {
      of.digest(s);
    }
    if (s.resubmitList != PacketState.NO_LIST) {
      resubmit(s, length);
      return;
    }
    if (group != 0) {
      w[std.instanceType()] = StandardMetadata.REPLICATION;
      List<Replication.Replica> replicas = s.inForce.replication.group(group);
      if (replicas == null || replicas.isEmpty()) {
        drop(s, "multicast group " + group + " has no members");
        return;
      }
      // A request to be cut is the packet's own: simple_switch's copies know nothing of it.
      replicate(s, replicas, Integer.MAX_VALUE);
      release(s);
      return;
    }
    int port = (int) w[std.egressSpec()];
    if (port == std.dropPort()) {
      drop(s, "egress_spec is the drop port after ingress");
      return;
    }
    w[std.instanceType()] = StandardMetadata.NORMAL;
    enqueue(s, port);
    if (pending.isEmpty()) {
      egress(s);
    } else {
      pending.add(s);
    }
  }

  private void parse(PacketState s) {
    program.parser.parse(s);
    long[] w = s.words;
    if (std.parserError() >= 0) {
      w[std.parserError()] = s.parserError;
    }
    if (std.checksumError() >= 0) {
      w[std.checksumError()] = s.checksumError ? 1 : 0;
    }
    if (s.trace != null && s.parserError != program.errors.noError()) {
      s.trace.parserError(program.errors.name(s.parserError));
    }
  }

  private static String instance(int type) {
    return switch (type) {
      case StandardMetadata.NORMAL -> "normal";
      case StandardMetadata.INGRESS_CLONE -> "ingress clone";
      case StandardMetadata.EGRESS_CLONE -> "egress clone";
      case StandardMetadata.RECIRCULATED -> "recirculated";
      case StandardMetadata.REPLICATION -> "replica";
      case StandardMetadata.RESUBMITTED -> "resubmitted";
      default -> "instance type " + type;
    };
  }

  /** The packet as it came, parsed again, with nothing but the listed metadata. */
  private void ingressClone(PacketState s, int length) {
    Replication.CloneSession session = s.inForce.replication.session(s.cloneSession);
    if (session == null) {
      if (s.trace != null) {
        s.trace.message("clone session " + s.cloneSession + " is not configured");
      }
      return;
    }
    PacketState c = take();
    c.load(s.data, s.start, s.end - s.start);
    c.trace = s.trace;
    c.ingressPort = s.ingressPort;
    c.ingressLength = s.ingressLength;
    c.packetLength = length;
    c.words[std.ingressPort()] = s.ingressPort & std.portMask();
    parse(c);
    resetMetadata(c);
    copyFields(s, c, s.cloneFieldList);
    c.words[std.instanceType()] = StandardMetadata.INGRESS_CLONE;
    sendClone(c, session);
  }

  private void sendClone(PacketState c, Replication.CloneSession session) {
    replicate(
        c,
        session.replicas(),
        session.lengthBytes() > 0 ? session.lengthBytes() : Integer.MAX_VALUE);
    release(c);
  }

  private void resubmit(PacketState s, int length) {
    PacketState c = take();
    c.load(s.data, s.start, s.end - s.start);
    c.trace = s.trace;
    copyFields(s, c, s.resubmitList);
    c.ingressPort = s.ingressPort;
    c.ingressLength = s.ingressLength;
    c.packetLength = length;
    c.words[std.instanceType()] = StandardMetadata.RESUBMITTED;
    c.words[std.packetLength()] = length;
    c.awaitsEgress = false;
    if (s.trace != null) {
      s.trace.copied("resubmit", -1);
    }
    release(s);
    pending.add(c);
  }

  private void replicate(PacketState s, List<Replication.Replica> replicas, int truncateTo) {
    for (Replication.Replica replica : replicas) {
      PacketState c = take();
      c.copy(s);
      c.truncateTo = truncateTo;
      if (std.egressRid() >= 0) {
        c.words[std.egressRid()] = replica.instance() & 0xffff;
      }
      if (s.trace != null) {
        s.trace.copied(instance((int) s.words[std.instanceType()]), replica.port());
      }
      enqueue(c, replica.port());
      pending.add(c);
    }
  }

  private void enqueue(PacketState s, int port) {
    s.egressPort = port;
    s.awaitsEgress = true;
    long[] w = s.words;
    if (std.enqueueTimestamp() >= 0) {
      w[std.enqueueTimestamp()] = of.microsSinceStart() & 0xffffffffL;
    }
    if (std.enqueueDepth() >= 0) {
      w[std.enqueueDepth()] = 0;
    }
    s.cloneSession = PacketState.NO_SESSION;
    s.cloneFieldList = PacketState.NO_LIST;
    s.digest = PacketState.NO_LIST;
    s.recirculateList = PacketState.NO_LIST;
  }

  private void egress(PacketState s) {
    long[] w = s.words;
    if (std.egressTimestamp() >= 0) {
      w[std.egressTimestamp()] = of.microsSinceStart();
    }
    if (std.dequeueDelta() >= 0 && std.enqueueTimestamp() >= 0) {
      w[std.dequeueDelta()] = of.microsSinceStart() - w[std.enqueueTimestamp()] & 0xffffffffL;
    }
    w[std.egressPort()] = s.egressPort & std.portMask();
    // Anything but the drop port: what simple_switch puts there.
    w[std.egressSpec()] = std.dropPort() + 1 & std.portMask();
    w[std.packetLength()] = s.packetLength & 0xffffffffL;
    if (s.trace != null) {
      s.trace.pass("egress", s.egressPort, s.packetLength, instance((int) w[std.instanceType()]));
    }
    runPipeline(s, program.egress);
    if (s.cloneSession != PacketState.NO_SESSION) {
      egressClone(s);
    }
    if (w[std.egressSpec()] == std.dropPort()) {
      drop(s, "egress_spec is the drop port after egress");
      return;
    }
    int length = program.deparser.deparse(s, out);
    if (s.recirculateList != PacketState.NO_LIST) {
      recirculate(s, length);
      return;
    }
    if (s.trace != null) {
      s.trace.output(s.egressPort, out.bytes, length);
      release(s);
      return;
    }
    int port = s.egressPort;
    release(s);
    if (program.oneAtATime) {
      outbox.add(port, out.bytes, length);
    } else {
      of.transmit(port, out.bytes, length);
    }
  }

  /** The packet as egress left it, headers and all, with nothing but the listed metadata. */
  private void egressClone(PacketState s) {
    Replication.CloneSession session = s.inForce.replication.session(s.cloneSession);
    if (session == null) {
      if (s.trace != null) {
        s.trace.message("clone session " + s.cloneSession + " is not configured");
      }
      return;
    }
    PacketState c = take();
    c.copy(s);
    resetMetadata(c);
    copyFields(s, c, s.cloneFieldList);
    c.words[std.instanceType()] = StandardMetadata.EGRESS_CLONE;
    sendClone(c, session);
  }

  private void recirculate(PacketState s, int length) {
    PacketState c = take();
    c.load(out.bytes, 0, length);
    c.trace = s.trace;
    copyFields(s, c, s.recirculateList);
    c.ingressPort = s.ingressPort;
    c.ingressLength = length;
    c.packetLength = length;
    c.words[std.instanceType()] = StandardMetadata.RECIRCULATED;
    c.words[std.packetLength()] = length;
    c.awaitsEgress = false;
    if (s.trace != null) {
      s.trace.copied("recirculate", -1);
    }
    release(s);
    pending.add(c);
  }

  private void resetMetadata(PacketState s) {
    for (int[] area : program.metadataAreas) {
      Arrays.fill(s.words, area[0], area[1], 0);
      s.words[area[0]] = 1;
    }
  }

  private void copyFields(PacketState from, PacketState to, int list) {
    int[][] fields = program.fieldLists.get(list);
    if (fields != null) {
      for (int[] field : fields) {
        System.arraycopy(from.words, field[0], to.words, field[0], field[1]);
      }
    }
  }
}
