package dev.weir.p4runtime.wire;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Maps;
import dev.weir.p4runtime.RefusalCode;
import dev.weir.p4runtime.RefusedException;
import dev.weir.p4runtime.info.Externs;
import dev.weir.p4runtime.info.Pipeline;
import p4.v1.P4RuntimeOuterClass.CounterData;
import p4.v1.P4RuntimeOuterClass.CounterEntry;
import p4.v1.P4RuntimeOuterClass.Entity;
import p4.v1.P4RuntimeOuterClass.Index;

/**
 * Indexed counters by name, for one pipeline (P4Runtime 1.5 §9.3). Immutable; safe for use by many
 * threads. Direct counters come with their entries ({@link EntryCodec#readEntries}).
 */
public final class CounterCodec {
  private final Pipeline pipeline;
  private final ImmutableMap<Integer, Externs.Counter> counters;

  /** How much was counted. A unit that the counter does not count stays 0. */
  public record Count(long packets, long bytes) {
    public static Count of(CounterData data) {
      return new Count(data.getPacketCount(), data.getByteCount());
    }
  }

  /**
   * One place of a counter.
   *
   * @param counter the counter's name
   */
  public record Place(String counter, long index, Count count) {}

  public CounterCodec(Pipeline pipeline) {
    this.pipeline = pipeline;
    counters = Maps.uniqueIndex(pipeline.externs().counters().values(), Externs.Counter::id);
  }

  /** What to read for every place of {@code counter}. */
  public Entity readAll(String counter) {
    return entity(CounterEntry.newBuilder().setCounterId(pipeline.counter(counter).id()));
  }

  /**
   * What to read for one place of {@code counter}.
   *
   * @throws RefusedException {@code out-of-range} when there is no such place
   */
  public Entity read(String counter, long index) {
    Externs.Counter found = pipeline.counter(counter);
    requireIndex(found, index);
    return entity(
        CounterEntry.newBuilder()
            .setCounterId(found.id())
            .setIndex(Index.newBuilder().setIndex(index)));
  }

  /** The place in a device's answer. */
  public Place fromProto(CounterEntry proto) {
    Externs.Counter counter = counters.get(proto.getCounterId());
    if (counter == null) {
      throw new RefusedException(
          RefusalCode.UNKNOWN_NAME,
          "counter_id",
          "pipeline %s has no counter with id %s"
              .formatted(pipeline.name(), Integer.toUnsignedString(proto.getCounterId())),
          "compare the P4Info of both ends");
    }
    if (!proto.hasIndex()) {
      throw new RefusedException(
          RefusalCode.MISSING, "index", "the place is not named", "give an index");
    }
    long index = proto.getIndex().getIndex();
    requireIndex(counter, index);
    return new Place(counter.name(), index, Count.of(proto.getData()));
  }

  private static void requireIndex(Externs.Counter counter, long index) {
    if (index < 0 || index >= counter.size()) {
      throw new RefusedException(
          RefusalCode.OUT_OF_RANGE,
          "index",
          "counter %s has no place %d".formatted(counter.name(), index),
          "give 0 to " + (counter.size() - 1));
    }
  }

  private static Entity entity(CounterEntry.Builder counter) {
    return Entity.newBuilder().setCounterEntry(counter).build();
  }
}
