package dev.weir.softswitch.server;

import dev.weir.softswitch.engine.Switch;
import java.util.Locale;
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
      throw Refused.invalid("type", "is missing");
    }
    Entity entity = update.getEntity();
    if (entity.getEntityCase() == Entity.EntityCase.ENTITY_NOT_SET) {
      throw Refused.invalid("entity", "is missing");
    }
    if (tx.atomic() && (entity.hasRegisterEntry() || entity.hasDigestEntry())) {
      throw Refused.unimplemented(
          "entity",
          "registers and digests do not change together with others atomically for the data plane");
    }
    try {
      write(tx, type, entity);
    } catch (Refused e) {
      throw e.below(field(entity)).below("entity");
    }
  }

  /** The name of the field that is set. */
  static String field(Entity entity) {
    return entity.getEntityCase().name().toLowerCase(Locale.ROOT);
  }

  private void write(Transaction tx, Update.Type type, Entity entity) {
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
        modifyOnly(type, "a direct counter");
        tables.write(tx, entity.getDirectCounterEntry());
      }
      case DIRECT_METER_ENTRY -> {
        modifyOnly(type, "a direct meter");
        tables.write(tx, entity.getDirectMeterEntry());
      }
      case EXTERN_ENTRY -> throw Refused.unimplemented("", "extern entries");
      case ENTITY_NOT_SET -> throw new IllegalStateException("checked before");
    }
  }

  private static void modifyOnly(Update.Type type, String what) {
    if (type != Update.Type.MODIFY) {
      throw Refused.invalid("", what + " is modified, neither inserted nor deleted");
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
      case MULTICAST_GROUP_ENTRY -> {
        try {
          externs.write(tx, type, entry.getMulticastGroupEntry());
        } catch (Refused e) {
          throw e.below("multicast_group_entry");
        }
      }
      case CLONE_SESSION_ENTRY -> {
        try {
          externs.write(tx, type, entry.getCloneSessionEntry());
        } catch (Refused e) {
          throw e.below("clone_session_entry");
        }
      }
      case TYPE_NOT_SET ->
          throw Refused.invalid("", "a multicast group or a clone session is meant");
    }
  }
}
