package dev.weir.softswitch.server;

import com.google.protobuf.ByteString;
import dev.weir.softswitch.engine.Counters;
import dev.weir.softswitch.engine.FieldMatch;
import dev.weir.softswitch.engine.Meter;
import dev.weir.softswitch.engine.Meters;
import dev.weir.softswitch.engine.Program;
import dev.weir.softswitch.engine.Replication;
import dev.weir.softswitch.engine.Switch;
import dev.weir.softswitch.engine.ValueSet;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import p4.config.v1.P4InfoOuterClass;
import p4.v1.P4DataOuterClass.P4Data;
import p4.v1.P4RuntimeOuterClass.BackupReplica;
import p4.v1.P4RuntimeOuterClass.CloneSessionEntry;
import p4.v1.P4RuntimeOuterClass.CounterEntry;
import p4.v1.P4RuntimeOuterClass.MeterEntry;
import p4.v1.P4RuntimeOuterClass.MulticastGroupEntry;
import p4.v1.P4RuntimeOuterClass.RegisterEntry;
import p4.v1.P4RuntimeOuterClass.Replica;
import p4.v1.P4RuntimeOuterClass.Update;
import p4.v1.P4RuntimeOuterClass.ValueSetEntry;
import p4.v1.P4RuntimeOuterClass.ValueSetMember;

/** Writes counters, meters, registers, value sets and the replication engine (§9.3 to §9.9). */
final class ExternWriter {
  /** {@code EgressInstance_t} of v1model: egress_rid. */
  private static final int MAX_INSTANCE = 0xffff;

  private static final int MAX_SESSION = 0x7fff;
  private final PipelineView view;
  private final Program program;

  /** What a controller keeps with a multicast group. */
  final Map<Integer, MulticastGroupEntry> groupsAsWritten = new HashMap<>();

  final Map<Integer, CloneSessionEntry> sessionsAsWritten = new HashMap<>();

  private final Switch of;

  ExternWriter(PipelineView view, Switch of) {
    this.view = view;
    this.of = of;
    this.program = view.program;
  }

  private static void modifyOnly(Update.Type type, String what) {
    if (type != Update.Type.MODIFY) {
      throw Refused.invalid("", what + " is modified, neither inserted nor deleted");
    }
  }

  /** The indices a write means: one, or all when none is given. */
  private static int[] indices(boolean given, long index, int size, String what) {
    if (!given) {
      return java.util.stream.IntStream.range(0, size).toArray();
    }
    if (index < 0) {
      throw Refused.invalid("index", "index " + index + " of " + what + " is negative");
    }
    if (index >= size) {
      throw Refused.outOfRange("index", "index " + index + " of " + what + " is not below " + size);
    }
    return new int[] {(int) index};
  }

  PipelineView.CounterView counter(int id) {
    PipelineView.CounterView counter = view.counters.get(id);
    if (counter == null) {
      throw id == 0
          ? Refused.invalid("counter_id", "is missing")
          : Refused.notFound("counter_id", "there is no counter " + id);
    }
    return counter;
  }

  void write(Transaction tx, Update.Type type, CounterEntry entry) {
    modifyOnly(type, "a counter");
    Counters counters = tx.counters(counter(entry.getCounterId()).index());
    int[] indices =
        indices(
            entry.hasIndex(),
            entry.getIndex().getIndex(),
            counters.size(),
            "counter " + counters.name());
    if (!entry.hasData()) {
      return;
    }
    long packets = entry.getData().getPacketCount();
    long bytes = entry.getData().getByteCount();
    if (tx.atomic() && !entry.hasIndex()) {
      counters.replaceAll(packets, bytes);
      return;
    }
    for (int i : indices) {
      if (tx.atomic()) {
        counters.replace(i, packets, bytes);
        continue;
      }
      long packetsBefore = counters.packets(i);
      long bytesBefore = counters.bytes(i);
      counters.set(i, packets, bytes);
      tx.onRollback(() -> counters.set(i, packetsBefore, bytesBefore));
    }
  }

  PipelineView.MeterView meter(int id) {
    PipelineView.MeterView meter = view.meters.get(id);
    if (meter == null) {
      throw id == 0
          ? Refused.invalid("meter_id", "is missing")
          : Refused.notFound("meter_id", "there is no meter " + id);
    }
    return meter;
  }

  void write(Transaction tx, Update.Type type, MeterEntry entry) {
    modifyOnly(type, "a meter");
    PipelineView.MeterView meter = meter(entry.getMeterId());
    Meters meters = tx.meters(meter.index());
    Rates.checkColours(entry.hasCounterData(), entry.getCounterData(), "counter_data");
    Meter.@Nullable Rates rates =
        Rates.read(
            entry.hasConfig(), entry.getConfig(), meter.info().getSpec().getType(), "config");
    for (int i :
        indices(
            entry.hasIndex(),
            entry.getIndex().getIndex(),
            meters.size(),
            "meter " + meters.name())) {
      if (tx.atomic()) {
        meters.replace(i, Rates.successor(meters.meter(i), rates, entry.hasCounterData()));
      } else {
        Rates.configure(tx, meters.meter(i), rates, entry.hasCounterData());
      }
    }
  }

  P4InfoOuterClass.Register register(int id) {
    P4InfoOuterClass.Register register = view.registers.get(id);
    if (register == null) {
      throw id == 0
          ? Refused.invalid("register_id", "is missing")
          : Refused.notFound("register_id", "there is no register " + id);
    }
    return register;
  }

  void write(Transaction tx, Update.Type type, RegisterEntry entry) {
    modifyOnly(type, "a register");
    P4InfoOuterClass.Register register = register(entry.getRegisterId());
    String name = register.getPreamble().getName();
    int size = program.registerSize(name);
    int[] indices =
        indices(entry.hasIndex(), entry.getIndex().getIndex(), size, "register " + name);
    if (entry.getData().getDataCase() != P4Data.DataCase.BITSTRING) {
      throw Refused.invalid("data", "register " + name + " holds a bit string");
    }
    BigInteger value =
        Numbers.read(entry.getData().getBitstring(), program.registerWidth(name), "data.bitstring");
    for (int i : indices) {
      BigInteger before = program.register(name, i);
      program.setRegister(name, i, value);
      tx.onRollback(() -> program.setRegister(name, i, before));
    }
  }

  PipelineView.SetView valueSet(int id) {
    PipelineView.SetView set = view.valueSets.get(id);
    if (set == null) {
      throw id == 0
          ? Refused.invalid("value_set_id", "is missing")
          : Refused.notFound("value_set_id", "there is no value set " + id);
    }
    return set;
  }

  void write(Transaction tx, Update.Type type, ValueSetEntry entry) {
    modifyOnly(type, "a value set");
    PipelineView.SetView set = valueSet(entry.getValueSetId());
    String name = set.info().getPreamble().getName();
    if (set.info().getSize() > 0 && entry.getMembersCount() > set.info().getSize()) {
      throw Refused.exhausted(
          "members", "value set " + name + " has " + set.info().getSize() + " members");
    }
    List<ValueSet.Member> members = new ArrayList<>();
    Set<List<@Nullable FieldMatch>> seen = new HashSet<>();
    for (int i = 0; i < entry.getMembersCount(); i++) {
      ValueSet.Member read;
      try {
        read = member(set, entry.getMembers(i));
      } catch (Refused e) {
        throw e.of("value set " + name).below("members[" + i + "]");
      }
      if (!seen.add(read.matches())) {
        throw Refused.exists("members", "value set " + name + " is given a member twice");
      }
      members.add(read);
    }
    ValueSet written = tx.valueSet(set.index());
    List<ValueSet.Member> before = written.members();
    written.set(members);
    tx.onRollback(() -> written.set(before));
  }

  private static ValueSet.Member member(PipelineView.SetView set, ValueSetMember member) {
    @Nullable FieldMatch[] matches = new FieldMatch[set.info().getMatchCount()];
    for (int k = 0; k < member.getMatchCount(); k++) {
      var match = member.getMatch(k);
      int index = -1;
      for (int i = 0; i < matches.length; i++) {
        if (set.info().getMatch(i).getId() == match.getFieldId()) {
          index = i;
        }
      }
      if (index < 0 || matches[index] != null) {
        throw Refused.invalid(
            "match[" + k + "].field_id",
            "field " + match.getFieldId() + " is unknown or there twice");
      }
      try {
        matches[index] =
            Matches.match(
                set.info().getMatch(index),
                set.info().getMatch(index).getBitwidth(),
                null,
                Matches.Texts.KNOWN,
                match);
      } catch (Refused e) {
        throw e.below("match[" + k + "]");
      }
    }
    BigInteger value = BigInteger.ZERO;
    BigInteger mask = BigInteger.ZERO;
    for (int i = 0; i < matches.length; i++) {
      int width = set.info().getMatch(i).getBitwidth();
      BigInteger all = Numbers.ones(width);
      BigInteger fieldValue;
      BigInteger fieldMask;
      switch (matches[i]) {
        case null -> {
          if (set.info().getMatch(i).getMatchType()
              == P4InfoOuterClass.MatchField.MatchType.EXACT) {
            throw Refused.invalid(
                "match", "exact field " + set.info().getMatch(i).getName() + " is missing");
          }
          fieldValue = BigInteger.ZERO;
          fieldMask = BigInteger.ZERO;
        }
        case FieldMatch.Exact m -> {
          fieldValue = m.value();
          fieldMask = all;
        }
        case FieldMatch.Prefix m -> {
          fieldValue = m.value();
          fieldMask = all.shiftRight(width - m.length()).shiftLeft(width - m.length());
        }
        case FieldMatch.Masked m -> {
          fieldValue = m.value();
          fieldMask = m.mask();
        }
        case FieldMatch.Between m -> {
          if (!m.low().equals(m.high())) {
            throw Refused.unimplemented("match", "ranges in value sets");
          }
          fieldValue = m.low();
          fieldMask = all;
        }
      }
      value = value.shiftLeft(width).or(fieldValue);
      mask = mask.shiftLeft(width).or(fieldMask);
    }
    return new ValueSet.Member(value, mask, java.util.Arrays.asList(matches));
  }

  void write(Transaction tx, Update.Type type, MulticastGroupEntry entry) {
    int id = entry.getMulticastGroupId();
    if (id <= 0 || id > MAX_INSTANCE) {
      throw Refused.invalid("multicast_group_id", "is from 1 to " + MAX_INSTANCE + ", not " + id);
    }
    Replication replication = tx.replication();
    MulticastGroupEntry before = groupsAsWritten.get(id);
    List<Replication.Replica> replicas =
        type == Update.Type.DELETE ? null : replicas(entry.getReplicasList());
    checkExists(type, before != null, "multicast group " + id);
    replication.setGroup(id, replicas);
    keep(
        groupsAsWritten,
        id,
        replicas == null
            ? null
            : entry.toBuilder()
                .clearReplicas()
                .addAllReplicas(canonical(entry.getReplicasList()))
                .build());
    tx.onRollback(
        () -> {
          replication.setGroup(id, before == null ? null : replicas(before.getReplicasList()));
          keep(groupsAsWritten, id, before);
        });
  }

  void write(Transaction tx, Update.Type type, CloneSessionEntry entry) {
    int id = entry.getSessionId();
    if (id <= 0 || id > MAX_SESSION) {
      throw Refused.invalid("session_id", "is from 1 to " + MAX_SESSION + ", not " + id);
    }
    if (entry.getPacketLengthBytes() < 0) {
      throw Refused.invalid("packet_length_bytes", "is negative");
    }
    Replication replication = tx.replication();
    CloneSessionEntry before = sessionsAsWritten.get(id);
    Replication.CloneSession session = type == Update.Type.DELETE ? null : session(entry);
    checkExists(type, before != null, "clone session " + id);
    replication.setSession(id, session);
    keep(
        sessionsAsWritten,
        id,
        session == null
            ? null
            : entry.toBuilder()
                .clearReplicas()
                .addAllReplicas(canonical(entry.getReplicasList()))
                .build());
    tx.onRollback(
        () -> {
          replication.setSession(id, before == null ? null : session(before));
          keep(sessionsAsWritten, id, before);
        });
  }

  /** Replicas whose port is down give way to their backups, and come back. */
  void linksChanged() {
    groupsAsWritten.forEach(
        (id, group) ->
            program.inForce().replication().setGroup(id, replicas(group.getReplicasList())));
    sessionsAsWritten.forEach(
        (id, s) -> program.inForce().replication().setSession(id, session(s)));
  }

  private static List<Replica> canonical(List<Replica> given) {
    List<Replica> replicas = new ArrayList<>();
    for (Replica replica : given) {
      Replica.Builder to = replica.toBuilder();
      if (replica.hasPort()) {
        to.setPort(shortest(replica.getPort()));
      }
      to.getBackupReplicasBuilderList().forEach(b -> b.setPort(shortest(b.getPort())));
      replicas.add(to.build());
    }
    return replicas;
  }

  private static ByteString shortest(ByteString number) {
    return Numbers.write(new BigInteger(1, number.toByteArray()));
  }

  private static <T> void keep(Map<Integer, T> map, int id, @Nullable T entry) {
    if (entry == null) {
      map.remove(id);
    } else {
      map.put(id, entry);
    }
  }

  private static void checkExists(Update.Type type, boolean exists, String what) {
    switch (type) {
      case INSERT -> {
        if (exists) {
          throw Refused.exists("", what + " exists");
        }
      }
      case MODIFY, DELETE -> {
        if (!exists) {
          throw Refused.notFound("", "there is no " + what);
        }
      }
      case UNSPECIFIED, UNRECOGNIZED -> throw new IllegalStateException("checked before");
    }
  }

  private Replication.CloneSession session(CloneSessionEntry entry) {
    return new Replication.CloneSession(
        replicas(entry.getReplicasList()), entry.getClassOfService(), entry.getPacketLengthBytes());
  }

  private List<Replication.Replica> replicas(List<Replica> given) {
    List<Replication.Replica> replicas = new ArrayList<>();
    Set<Replication.Replica> seen = new HashSet<>();
    for (int i = 0; i < given.size(); i++) {
      try {
        replicas.add(replica(given.get(i), seen));
      } catch (Refused e) {
        throw e.below("replicas[" + i + "]");
      }
    }
    return replicas;
  }

  /** The replica, or the first of its backups whose port is up when its own is down. */
  @SuppressWarnings("deprecation") // old controllers still use egress_port
  private Replication.Replica replica(Replica replica, Set<Replication.Replica> seen) {
    int port =
        switch (replica.getPortKindCase()) {
          case EGRESS_PORT -> replica.getEgressPort();
          case PORT -> Numbers.read(replica.getPort(), 32, "port").intValue();
          case PORTKIND_NOT_SET -> throw Refused.invalid("port", "is missing");
        };
    Replication.Replica chosen = replica(port, replica.getInstance(), seen);
    boolean up = of.linkIsUp(port);
    for (int k = 0; k < replica.getBackupReplicasCount(); k++) {
      BackupReplica backup = replica.getBackupReplicas(k);
      try {
        int backupPort = Numbers.read(backup.getPort(), 32, "port").intValue();
        if (backupPort == port) {
          throw Refused.invalid("port", "is the replica's own, " + port);
        }
        Replication.Replica read = replica(backupPort, backup.getInstance(), seen);
        if (!up && of.linkIsUp(backupPort)) {
          chosen = read;
          up = true;
        }
      } catch (Refused e) {
        throw e.below("backup_replicas[" + k + "]");
      }
    }
    return chosen;
  }

  private static Replication.Replica replica(
      int port, int instance, Set<Replication.Replica> seen) {
    if (instance < 0 || instance > MAX_INSTANCE) {
      throw Refused.invalid("instance", "a replica's instance is at most " + MAX_INSTANCE);
    }
    Replication.Replica read = new Replication.Replica(port, instance);
    if (!seen.add(read)) {
      throw Refused.invalid("", "port " + port + " with instance " + instance + " is there twice");
    }
    return read;
  }
}
