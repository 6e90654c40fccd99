package dev.weir.softswitch.robustness;

import com.google.protobuf.ByteString;
import java.math.BigInteger;
import java.util.List;
import java.util.Random;
import p4.config.v1.P4InfoOuterClass;
import p4.config.v1.P4InfoOuterClass.P4Info;
import p4.v1.P4RuntimeOuterClass.Action;
import p4.v1.P4RuntimeOuterClass.Entity;
import p4.v1.P4RuntimeOuterClass.FieldMatch;
import p4.v1.P4RuntimeOuterClass.TableEntry;
import p4.v1.P4RuntimeOuterClass.Update;

/** Well-formed updates of a pipeline, most of which a device without other entries accepts. */
final class RandomEntities {
  private final P4Info info;
  private final Random random;

  RandomEntities(P4Info info, Random random) {
    this.info = info;
    this.random = random;
  }

  Update update() {
    Update.Type type =
        switch (random.nextInt(6)) {
          case 0 -> Update.Type.DELETE;
          case 1 -> Update.Type.MODIFY;
          default -> Update.Type.INSERT;
        };
    Entity entity = entity();
    boolean cell =
        entity.hasCounterEntry()
            || entity.hasMeterEntry()
            || entity.hasRegisterEntry()
            || entity.hasValueSetEntry()
            || entity.hasDirectCounterEntry()
            || entity.hasDirectMeterEntry()
            || entity.getTableEntry().getIsDefaultAction();
    return Update.newBuilder().setType(cell ? Update.Type.MODIFY : type).setEntity(entity).build();
  }

  Entity entity() {
    Entity.Builder entity = Entity.newBuilder();
    switch (random.nextInt(14)) {
      case 0 -> {
        if (info.getCountersCount() == 0) {
          return entity();
        }
        P4InfoOuterClass.Counter counter = any(info.getCountersList());
        entity.getCounterEntryBuilder().setCounterId(counter.getPreamble().getId());
        index(entity.getCounterEntryBuilder().getIndexBuilder(), counter.getSize());
        entity
            .getCounterEntryBuilder()
            .getDataBuilder()
            .setPacketCount(random.nextInt(1000))
            .setByteCount(random.nextInt(100_000));
      }
      case 1 -> {
        if (info.getMetersCount() == 0) {
          return entity();
        }
        P4InfoOuterClass.Meter meter = any(info.getMetersList());
        entity.getMeterEntryBuilder().setMeterId(meter.getPreamble().getId());
        index(entity.getMeterEntryBuilder().getIndexBuilder(), meter.getSize());
        entity
            .getMeterEntryBuilder()
            .getConfigBuilder()
            .setCir(1 + random.nextInt(1000))
            .setCburst(1 + random.nextInt(100))
            .setPir(1001 + random.nextInt(1000))
            .setPburst(101 + random.nextInt(100));
      }
      case 2 -> {
        if (info.getRegistersCount() == 0) {
          return entity();
        }
        P4InfoOuterClass.Register register = any(info.getRegistersList());
        entity.getRegisterEntryBuilder().setRegisterId(register.getPreamble().getId());
        index(entity.getRegisterEntryBuilder().getIndexBuilder(), register.getSize());
        entity
            .getRegisterEntryBuilder()
            .getDataBuilder()
            .setBitstring(value(register.getTypeSpec().getBitstring().getBit().getBitwidth()));
      }
      case 3 -> {
        var group = entity.getPacketReplicationEngineEntryBuilder().getMulticastGroupEntryBuilder();
        group.setMulticastGroupId(1 + random.nextInt(8));
        for (int i = random.nextInt(4); i > 0; i--) {
          group
              .addReplicasBuilder()
              .setPort(ByteString.copyFrom(new byte[] {(byte) random.nextInt(8)}))
              .setInstance(i);
        }
      }
      case 4 -> {
        var session = entity.getPacketReplicationEngineEntryBuilder().getCloneSessionEntryBuilder();
        session
            .setSessionId(1 + random.nextInt(500))
            .setPacketLengthBytes(random.nextInt(3) * 20)
            .addReplicasBuilder()
            .setPort(ByteString.copyFrom(new byte[] {(byte) random.nextInt(8)}))
            .setInstance(1);
      }
      case 5 -> {
        if (info.getDigestsCount() == 0) {
          return entity();
        }
        entity
            .getDigestEntryBuilder()
            .setDigestId(any(info.getDigestsList()).getPreamble().getId())
            .getConfigBuilder()
            .setMaxListSize(random.nextInt(10))
            .setMaxTimeoutNs(random.nextInt(1_000_000));
      }
      case 6, 7 -> {
        if (info.getActionProfilesCount() == 0) {
          return entity();
        }
        P4InfoOuterClass.ActionProfile profile = any(info.getActionProfilesList());
        if (profile.getWithSelector() && random.nextBoolean()) {
          entity
              .getActionProfileGroupBuilder()
              .setActionProfileId(profile.getPreamble().getId())
              .setGroupId(1 + random.nextInt(6))
              .setMaxSize(8)
              .addMembersBuilder()
              .setMemberId(1 + random.nextInt(6))
              .setWeight(1 + random.nextInt(3));
        } else {
          P4InfoOuterClass.Table table = tableOf(profile);
          entity
              .getActionProfileMemberBuilder()
              .setActionProfileId(profile.getPreamble().getId())
              .setMemberId(1 + random.nextInt(6))
              .setAction(action(table));
        }
      }
      default -> {
        if (info.getTablesCount() == 0) {
          return entity();
        }
        entity.setTableEntry(tableEntry());
      }
    }
    return entity.build();
  }

  private void index(p4.v1.P4RuntimeOuterClass.Index.Builder index, long size) {
    index.setIndex(random.nextInt((int) Math.max(1, Math.min(size, 1 << 20))));
  }

  private P4InfoOuterClass.Table tableOf(P4InfoOuterClass.ActionProfile profile) {
    return info.getTablesList().stream()
        .filter(t -> t.getImplementationId() == profile.getPreamble().getId())
        .findFirst()
        .orElseThrow();
  }

  TableEntry tableEntry() {
    P4InfoOuterClass.Table table = any(info.getTablesList());
    TableEntry.Builder entry = TableEntry.newBuilder().setTableId(table.getPreamble().getId());
    boolean ranked = false;
    boolean isDefault = random.nextInt(10) == 0;
    for (P4InfoOuterClass.MatchField field : table.getMatchFieldsList()) {
      boolean absent = random.nextInt(4) == 0;
      ranked |=
          switch (field.getMatchType()) {
            case TERNARY, RANGE, OPTIONAL -> true;
            default -> false;
          };
      if (!isDefault
          && (field.getMatchType() == P4InfoOuterClass.MatchField.MatchType.EXACT || !absent)) {
        entry.addMatch(match(field));
      }
    }
    if (isDefault) {
      entry.setIsDefaultAction(true);
    } else if (ranked) {
      entry.setPriority(1 + random.nextInt(100));
    }
    if (table.getImplementationId() == 0) {
      entry.getActionBuilder().setAction(action(table));
    } else if (random.nextBoolean()) {
      entry.getActionBuilder().setActionProfileMemberId(1 + random.nextInt(6));
    } else if (random.nextBoolean()) {
      entry.getActionBuilder().setActionProfileGroupId(1 + random.nextInt(6));
    } else {
      entry
          .getActionBuilder()
          .getActionProfileActionSetBuilder()
          .addActionProfileActionsBuilder()
          .setWeight(1 + random.nextInt(3))
          .setAction(action(table));
    }
    return entry.build();
  }

  private FieldMatch match(P4InfoOuterClass.MatchField field) {
    FieldMatch.Builder match = FieldMatch.newBuilder().setFieldId(field.getId());
    int width = field.getBitwidth();
    switch (field.getMatchType()) {
      case LPM -> {
        int length = 1 + random.nextInt(width);
        BigInteger mask = ones(width).xor(ones(width - length));
        match.getLpmBuilder().setValue(bytes(number(width).and(mask))).setPrefixLen(length);
      }
      case TERNARY -> {
        BigInteger mask = number(width).setBit(0);
        match.getTernaryBuilder().setValue(bytes(number(width).and(mask))).setMask(bytes(mask));
      }
      case RANGE -> {
        BigInteger a = number(width);
        BigInteger b = number(width);
        match.getRangeBuilder().setLow(bytes(a.min(b))).setHigh(bytes(a.max(b)));
      }
      case OPTIONAL -> match.getOptionalBuilder().setValue(value(width));
      default -> match.getExactBuilder().setValue(value(width));
    }
    return match.build();
  }

  private Action action(P4InfoOuterClass.Table table) {
    P4InfoOuterClass.ActionRef ref = any(table.getActionRefsList());
    Action.Builder action = Action.newBuilder().setActionId(ref.getId());
    info.getActionsList().stream()
        .filter(a -> a.getPreamble().getId() == ref.getId())
        .flatMap(a -> a.getParamsList().stream())
        .forEach(
            p -> action.addParamsBuilder().setParamId(p.getId()).setValue(value(p.getBitwidth())));
    return action.build();
  }

  /** Small numbers often, so that entries meet each other and packets. */
  private BigInteger number(int width) {
    return random.nextInt(3) > 0
        ? BigInteger.valueOf(random.nextInt(8)).and(ones(width))
        : new BigInteger(width, random);
  }

  private ByteString value(int width) {
    return bytes(number(Math.max(1, width)));
  }

  private static BigInteger ones(int width) {
    return BigInteger.ONE.shiftLeft(width).subtract(BigInteger.ONE);
  }

  private static ByteString bytes(BigInteger value) {
    byte[] digits = value.toByteArray();
    return digits.length > 1 && digits[0] == 0
        ? ByteString.copyFrom(digits, 1, digits.length - 1)
        : ByteString.copyFrom(digits);
  }

  private <T> T any(List<T> from) {
    return from.get(random.nextInt(from.size()));
  }
}
