package dev.weir.softswitch.server;

import io.grpc.Channel;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import p4.v1.P4RuntimeGrpc;
import p4.v1.P4RuntimeOuterClass.ActionProfileGroup;
import p4.v1.P4RuntimeOuterClass.ActionProfileMember;
import p4.v1.P4RuntimeOuterClass.CloneSessionEntry;
import p4.v1.P4RuntimeOuterClass.CounterData;
import p4.v1.P4RuntimeOuterClass.CounterEntry;
import p4.v1.P4RuntimeOuterClass.DigestEntry;
import p4.v1.P4RuntimeOuterClass.Entity;
import p4.v1.P4RuntimeOuterClass.ForwardingPipelineConfig;
import p4.v1.P4RuntimeOuterClass.GetForwardingPipelineConfigRequest;
import p4.v1.P4RuntimeOuterClass.MeterConfig;
import p4.v1.P4RuntimeOuterClass.MeterEntry;
import p4.v1.P4RuntimeOuterClass.MulticastGroupEntry;
import p4.v1.P4RuntimeOuterClass.PacketReplicationEngineEntry;
import p4.v1.P4RuntimeOuterClass.ReadRequest;
import p4.v1.P4RuntimeOuterClass.ReadResponse;
import p4.v1.P4RuntimeOuterClass.RegisterEntry;
import p4.v1.P4RuntimeOuterClass.TableEntry;
import p4.v1.P4RuntimeOuterClass.Update;
import p4.v1.P4RuntimeOuterClass.ValueSetEntry;

/**
 * Everything a device holds: its pipeline and all entities, in an order in which they can be
 * written again (members before groups before entries).
 *
 * @param missing what the device does not let one read, in words
 */
public record ForwardingState(
    ForwardingPipelineConfig config, List<Entity> entities, List<String> missing) {

  public ForwardingState {
    entities = List.copyOf(entities);
    missing = List.copyOf(missing);
  }

  /** Reads of everything. */
  static List<Entity> filters() {
    TableEntry.Builder entries =
        TableEntry.newBuilder()
            .setCounterData(CounterData.getDefaultInstance())
            .setMeterConfig(MeterConfig.getDefaultInstance());
    return List.of(
        of(e -> e.setActionProfileMember(ActionProfileMember.getDefaultInstance())),
        of(e -> e.setActionProfileGroup(ActionProfileGroup.getDefaultInstance())),
        of(e -> e.setTableEntry(entries)),
        of(e -> e.setTableEntry(TableEntry.newBuilder().setIsDefaultAction(true))),
        of(e -> e.setCounterEntry(CounterEntry.getDefaultInstance())),
        of(e -> e.setMeterEntry(MeterEntry.getDefaultInstance())),
        of(e -> e.setRegisterEntry(RegisterEntry.getDefaultInstance())),
        of(e -> e.setValueSetEntry(ValueSetEntry.getDefaultInstance())),
        of(e -> e.setDigestEntry(DigestEntry.getDefaultInstance())),
        of(
            e ->
                e.setPacketReplicationEngineEntry(
                    PacketReplicationEngineEntry.newBuilder()
                        .setMulticastGroupEntry(MulticastGroupEntry.getDefaultInstance()))),
        of(
            e ->
                e.setPacketReplicationEngineEntry(
                    PacketReplicationEngineEntry.newBuilder()
                        .setCloneSessionEntry(CloneSessionEntry.getDefaultInstance()))));
  }

  private interface Filling {
    void fill(Entity.Builder entity);
  }

  private static Entity of(Filling filling) {
    Entity.Builder entity = Entity.newBuilder();
    filling.fill(entity);
    return entity.build();
  }

  /** How an entity that was read is written to a device that does not have it. */
  static Update.Type updateType(Entity entity) {
    return switch (entity.getEntityCase()) {
      case TABLE_ENTRY ->
          entity.getTableEntry().getIsDefaultAction() ? Update.Type.MODIFY : Update.Type.INSERT;
      case ACTION_PROFILE_MEMBER,
          ACTION_PROFILE_GROUP,
          PACKET_REPLICATION_ENGINE_ENTRY,
          DIGEST_ENTRY ->
          Update.Type.INSERT;
      case COUNTER_ENTRY,
          METER_ENTRY,
          REGISTER_ENTRY,
          VALUE_SET_ENTRY,
          DIRECT_COUNTER_ENTRY,
          DIRECT_METER_ENTRY,
          EXTERN_ENTRY,
          ENTITY_NOT_SET ->
          Update.Type.MODIFY;
    };
  }

  /**
   * Reads a device over P4Runtime; it needs no election, and nothing changes there.
   *
   * @throws StatusRuntimeException when the device does not answer or has no pipeline
   */
  public static ForwardingState fetch(Channel channel, long deviceId) {
    P4RuntimeGrpc.P4RuntimeBlockingStub device = P4RuntimeGrpc.newBlockingStub(channel);
    ForwardingPipelineConfig config =
        device
            .getForwardingPipelineConfig(
                GetForwardingPipelineConfigRequest.newBuilder().setDeviceId(deviceId).build())
            .getConfig();
    if (config.getP4DeviceConfig().isEmpty()) {
      throw Status.FAILED_PRECONDITION
          .withDescription("the device has no pipeline, or does not give its program")
          .asRuntimeException();
    }
    List<Entity> entities = new ArrayList<>();
    List<String> missing = new ArrayList<>();
    for (Entity filter : filters()) {
      try {
        Iterator<ReadResponse> responses =
            device.read(ReadRequest.newBuilder().setDeviceId(deviceId).addEntities(filter).build());
        while (responses.hasNext()) {
          entities.addAll(responses.next().getEntitiesList());
        }
      } catch (StatusRuntimeException e) {
        // BMv2 cannot read registers, for one. What is missing is said.
        if (e.getStatus().getCode() == Status.Code.UNAVAILABLE) {
          throw e;
        }
        missing.add(filter.getEntityCase() + ": " + e.getStatus().getCode());
      }
    }
    return new ForwardingState(config, entities, missing);
  }
}
