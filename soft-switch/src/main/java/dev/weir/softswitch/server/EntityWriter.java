package dev.weir.softswitch.server;

import dev.weir.softswitch.engine.Switch;
import p4.v1.P4RuntimeOuterClass.DirectCounterEntry;
import p4.v1.P4RuntimeOuterClass.DirectMeterEntry;
import p4.v1.P4RuntimeOuterClass.Entity;
import p4.v1.P4RuntimeOuterClass.PacketReplicationEngineEntry;
import p4.v1.P4RuntimeOuterClass.Update;

/** Carries out single updates of any entity. The caller holds the write lock. */
final class EntityWriter {
  final TableWriter tables;
  final ProfileWriter profiles;
  final ExternWriter externs;
  final Digests digests;

  EntityWriter(PipelineView view, Switch of, Digests digests) {
    this.profiles = new ProfileWriter(view, of);
    this.tables = new TableWriter(view, profiles);
    this.externs = new ExternWriter(view, of);
    this.digests = digests;
  }

  void write(Transaction tx, Update update) {
    Update.Type type = update.getType();
    if (type == Update.Type.UNSPECIFIED || type == Update.Type.UNRECOGNIZED) {
      throw Refused.invalid("the update's type is missing");
    }
    Entity entity = update.getEntity();
    if (tx.atomic() && (entity.hasRegisterEntry() || entity.hasDigestEntry())) {
      throw Refused.unimplemented(
          "registers and digests do not change together with others atomically for the data plane");
    }
    switch (entity.getEntityCase()) {
      case TABLE_ENTRY -> tables.write(tx, type, entity.getTableEntry());
      case ACTION_PROFILE_MEMBER -> profiles.write(tx, type, entity.getActionProfileMember());
      case ACTION_PROFILE_GROUP -> profiles.write(tx, type, entity.getActionProfileGroup());
      case COUNTER_ENTRY -> externs.write(tx, type, entity.getCounterEntry());
      case METER_ENTRY -> externs.write(tx, type, entity.getMeterEntry());
      case REGISTER_ENTRY -> externs.write(tx, type, entity.getRegisterEntry());
      case VALUE_SET_ENTRY -> externs.write(tx, type, entity.getValueSetEntry());
      case DIGEST_ENTRY -> digests.write(tx, type, entity.getDigestEntry());
      case PACKET_REPLICATION_ENGINE_ENTRY ->
          replication(tx, type, entity.getPacketReplicationEngineEntry());
      case DIRECT_COUNTER_ENTRY -> {
        DirectCounterEntry entry = entity.getDirectCounterEntry();
        modifyOnly(type, "a direct counter");
        tables.writeDirectCounter(tx, entry.getTableEntry(), entry.hasData(), entry.getData());
      }
      case DIRECT_METER_ENTRY -> {
        DirectMeterEntry entry = entity.getDirectMeterEntry();
        modifyOnly(type, "a direct meter");
        tables.writeDirectMeter(tx, entry);
      }
      case EXTERN_ENTRY -> throw Refused.unimplemented("extern entries");
      case ENTITY_NOT_SET -> throw Refused.invalid("the update's entity is missing");
    }
  }

  private static void modifyOnly(Update.Type type, String what) {
    if (type != Update.Type.MODIFY) {
      throw Refused.invalid(what + " is modified, neither inserted nor deleted");
    }
  }

  /** Some port's link came up or went down. */
  void linksChanged() {
    profiles.linksChanged();
    tables.linksChanged();
    externs.linksChanged();
  }

  private void replication(Transaction tx, Update.Type type, PacketReplicationEngineEntry entry) {
    switch (entry.getTypeCase()) {
      case MULTICAST_GROUP_ENTRY -> externs.write(tx, type, entry.getMulticastGroupEntry());
      case CLONE_SESSION_ENTRY -> externs.write(tx, type, entry.getCloneSessionEntry());
      case TYPE_NOT_SET -> throw Refused.invalid("a multicast group or a clone session is meant");
    }
  }
}
