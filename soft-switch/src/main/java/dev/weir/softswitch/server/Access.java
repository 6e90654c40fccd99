package dev.weir.softswitch.server;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.WireFormat;
import java.io.IOException;
import java.math.BigInteger;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import p4.v1.P4RuntimeOuterClass.Entity;
import p4.v1.P4RuntimeOuterClass.PacketIn;
import p4.v1.P4RuntimeOuterClass.PacketMetadata;

/**
 * What a role may do (P4Runtime 1.5 §5.2). Without a configuration: everything. The configuration's
 * scheme is the {@code stratum.P4RoleConfig} message, which existing controllers can already send:
 * P4Info ids the role has to itself or shares, whether it takes part in packet I/O, which
 * packet-ins, and whether it may set pipeline configurations. What it does not name is not allowed,
 * so the replication engine, which has no P4Info id, belongs to roles without a configuration.
 */
final class Access {
  static final Access FULL = new Access(null);
  private static final String TYPE = "stratum.P4RoleConfig";

  private final @Nullable Any config;
  private final Set<Integer> exclusive = new HashSet<>();
  private final Set<Integer> shared = new HashSet<>();
  private int filteredField;
  private BigInteger filteredValue = BigInteger.ZERO;
  private boolean packets;
  private boolean pipeline;

  private Access(@Nullable Any config) {
    this.config = config;
  }

  /**
   * Reads a role's configuration.
   *
   * @throws Refused INVALID_ARGUMENT when it is of another scheme
   */
  static Access read(Any config) {
    String url = config.getTypeUrl();
    if (!url.substring(url.lastIndexOf('/') + 1).equals(TYPE)) {
      throw Refused.invalid(
          "arbitration.role.config",
          "is a \"" + url + "\": leave it unset or give a " + TYPE + " message");
    }
    Access access = new Access(config);
    try {
      access.parse(config.getValue().newCodedInput());
    } catch (IOException e) {
      throw Refused.invalid(
          "arbitration.role.config", "is no " + TYPE + " message: " + e.getMessage());
    }
    return access;
  }

  private void parse(CodedInputStream in) throws IOException {
    for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
      switch (WireFormat.getTagFieldNumber(tag)) {
        case 1 -> ids(in, tag, exclusive);
        case 2 -> ids(in, tag, shared);
        case 3 -> filter(in.readBytes().newCodedInput());
        case 4 -> packets = in.readBool();
        case 5 -> pipeline = in.readBool();
        default -> throw new IOException("unknown field " + WireFormat.getTagFieldNumber(tag));
      }
    }
  }

  private static void ids(CodedInputStream in, int tag, Set<Integer> to) throws IOException {
    if (WireFormat.getTagWireType(tag) == WireFormat.WIRETYPE_VARINT) {
      to.add(in.readUInt32());
      return;
    }
    CodedInputStream packed = in.readBytes().newCodedInput();
    while (!packed.isAtEnd()) {
      to.add(packed.readUInt32());
    }
  }

  private void filter(CodedInputStream in) throws IOException {
    for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
      switch (WireFormat.getTagFieldNumber(tag)) {
        case 1 -> filteredField = in.readUInt32();
        case 2 -> filteredValue = new BigInteger(1, in.readByteArray());
        default -> throw new IOException("unknown field of packet_in_filter");
      }
    }
  }

  /** The configuration as it was given; null: none was. */
  @Nullable Any config() {
    return config;
  }

  /** Whether two roles cannot have both: one has to itself what the other has, too. */
  boolean conflictsWith(Access other) {
    return overlap(exclusive, other.exclusive)
        || overlap(exclusive, other.shared)
        || overlap(shared, other.exclusive);
  }

  private static boolean overlap(Set<Integer> a, Set<Integer> b) {
    return a.stream().anyMatch(b::contains);
  }

  boolean toPackets() {
    return config == null || packets;
  }

  boolean toPipeline() {
    return config == null || pipeline;
  }

  /** Whether the object with this P4Info id is the role's. */
  boolean to(int p4Id) {
    return config == null || exclusive.contains(p4Id) || shared.contains(p4Id);
  }

  boolean to(Entity entity) {
    return config == null || to(p4Id(entity));
  }

  boolean to(PacketIn packet) {
    if (config == null) {
      return true;
    }
    if (!packets || filteredField == 0) {
      return packets;
    }
    for (PacketMetadata metadata : packet.getMetadataList()) {
      if (metadata.getMetadataId() == filteredField) {
        return number(metadata.getValue()).equals(filteredValue);
      }
    }
    return false;
  }

  private static BigInteger number(ByteString bytes) {
    return new BigInteger(1, bytes.toByteArray());
  }

  /** The P4Info id that an entity belongs to; 0 where there is none. */
  private static int p4Id(Entity entity) {
    return switch (entity.getEntityCase()) {
      case TABLE_ENTRY -> entity.getTableEntry().getTableId();
      case DIRECT_COUNTER_ENTRY -> entity.getDirectCounterEntry().getTableEntry().getTableId();
      case DIRECT_METER_ENTRY -> entity.getDirectMeterEntry().getTableEntry().getTableId();
      case ACTION_PROFILE_MEMBER -> entity.getActionProfileMember().getActionProfileId();
      case ACTION_PROFILE_GROUP -> entity.getActionProfileGroup().getActionProfileId();
      case COUNTER_ENTRY -> entity.getCounterEntry().getCounterId();
      case METER_ENTRY -> entity.getMeterEntry().getMeterId();
      case REGISTER_ENTRY -> entity.getRegisterEntry().getRegisterId();
      case VALUE_SET_ENTRY -> entity.getValueSetEntry().getValueSetId();
      case DIGEST_ENTRY -> entity.getDigestEntry().getDigestId();
      case EXTERN_ENTRY -> entity.getExternEntry().getExternId();
      case PACKET_REPLICATION_ENGINE_ENTRY, ENTITY_NOT_SET -> 0;
    };
  }
}
