package dev.weir.softswitch.robustness;

import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import p4.v1.P4RuntimeOuterClass.Entity;
import p4.v1.P4RuntimeOuterClass.TableEntry;

/** Reads that together answer all state of a switch. */
final class Filters {
  static final List<Entity> ALL =
      Stream.<Consumer<Entity.Builder>>of(
              e ->
                  e.setTableEntry(
                      TableEntry.newBuilder()
                          .setCounterData(e.getDirectCounterEntryBuilder().getDataBuilder())
                          .setMeterConfig(e.getDirectMeterEntryBuilder().getConfigBuilder())),
              e -> e.setTableEntry(TableEntry.newBuilder().setIsDefaultAction(true)),
              e -> e.getActionProfileMemberBuilder(),
              e -> e.getActionProfileGroupBuilder(),
              e -> e.getCounterEntryBuilder(),
              e -> e.getMeterEntryBuilder(),
              e -> e.getRegisterEntryBuilder(),
              e -> e.getValueSetEntryBuilder(),
              e -> e.getDigestEntryBuilder(),
              e -> e.getPacketReplicationEngineEntryBuilder().getMulticastGroupEntryBuilder(),
              e -> e.getPacketReplicationEngineEntryBuilder().getCloneSessionEntryBuilder())
          .map(
              fill -> {
                Entity.Builder entity = Entity.newBuilder();
                fill.accept(entity);
                return entity.build();
              })
          .toList();

  private Filters() {}
}
