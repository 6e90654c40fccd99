package dev.weir.softswitch.server;

import dev.weir.softswitch.engine.Program;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import p4.config.v1.P4InfoOuterClass;
import p4.v1.P4DataOuterClass.P4Data;
import p4.v1.P4RuntimeOuterClass.DigestEntry;
import p4.v1.P4RuntimeOuterClass.DigestList;
import p4.v1.P4RuntimeOuterClass.DigestListAck;
import p4.v1.P4RuntimeOuterClass.Update;

/**
 * Digests on their way to the primary (P4Runtime 1.5 §9.10): collected until a list is full or the
 * oldest has waited long enough; a value already sent is not sent again before it is acknowledged
 * or its time is over.
 */
final class Digests {
  private final PipelineView view;
  private final ScheduledExecutorService timer;
  private final Consumer<DigestList> send;
  private final Map<Integer, Stream> streams = new TreeMap<>();
  private long nextListId = 1;

  private static final class Stream {
    DigestEntry entry;
    final LinkedHashMap<List<BigInteger>, P4Data> waiting = new LinkedHashMap<>();
    final Map<List<BigInteger>, Long> sentUntil = new HashMap<>();
    final Map<Long, List<List<BigInteger>>> unacknowledged = new HashMap<>();

    Stream(DigestEntry entry) {
      this.entry = entry;
    }
  }

  Digests(PipelineView view, ScheduledExecutorService timer, Consumer<DigestList> send) {
    this.view = view;
    this.timer = timer;
    this.send = send;
  }

  P4InfoOuterClass.Digest info(int id) {
    P4InfoOuterClass.Digest digest = view.digests.get(id);
    if (digest == null) {
      throw id == 0
          ? Refused.invalid("digest_id", "is missing")
          : Refused.notFound("digest_id", "there is no digest " + id);
    }
    return digest;
  }

  synchronized Collection<DigestEntry> entries() {
    return streams.values().stream().map(s -> s.entry).toList();
  }

  synchronized void write(Transaction tx, Update.Type type, DigestEntry update) {
    int id = info(update.getDigestId()).getPreamble().getId();
    Stream before = streams.get(id);
    switch (type) {
      case INSERT -> {
        check(update);
        if (before != null) {
          throw Refused.exists("digest_id", "digest " + id + " is enabled");
        }
        streams.put(id, new Stream(update));
        tx.onRollback(() -> restore(id, null));
      }
      case MODIFY -> {
        check(update);
        if (before == null) {
          throw Refused.notFound("digest_id", "digest " + id + " is not enabled");
        }
        DigestEntry old = before.entry;
        before.entry = update;
        tx.onRollback(() -> before.entry = old);
      }
      case DELETE -> {
        if (before == null) {
          throw Refused.notFound("digest_id", "digest " + id + " is not enabled");
        }
        streams.remove(id);
        tx.onRollback(() -> restore(id, before));
      }
      case UNSPECIFIED, UNRECOGNIZED -> throw new IllegalStateException("checked before");
    }
  }

  private synchronized void restore(int id, @org.jspecify.annotations.Nullable Stream stream) {
    if (stream == null) {
      streams.remove(id);
    } else {
      streams.put(id, stream);
    }
  }

  private static void check(DigestEntry update) {
    DigestEntry.Config config = update.getConfig();
    if (config.getMaxTimeoutNs() < 0
        || config.getMaxListSize() < 0
        || config.getAckTimeoutNs() < 0) {
      throw Refused.invalid("config", "timeouts and list sizes of a digest are not negative");
    }
  }

  /** A packet made a digest. */
  synchronized void add(Program.DigestList list, List<BigInteger> values) {
    for (Map.Entry<Integer, Stream> each : streams.entrySet()) {
      P4InfoOuterClass.Digest digest = info(each.getKey());
      if (!digest.getPreamble().getName().equals(list.name())) {
        continue;
      }
      Stream stream = each.getValue();
      long now = System.nanoTime();
      Long until = stream.sentUntil.get(values);
      if (until != null && now - until < 0) {
        return;
      }
      boolean first = stream.waiting.isEmpty();
      stream.waiting.putIfAbsent(values, data(digest, values));
      int most = Math.max(1, stream.entry.getConfig().getMaxListSize());
      long wait = stream.entry.getConfig().getMaxTimeoutNs();
      if (stream.waiting.size() >= most || wait == 0) {
        flush(each.getKey(), stream);
      } else if (first) {
        int id = each.getKey();
        var _ = timer.schedule(() -> flushLater(id, stream), wait, TimeUnit.NANOSECONDS);
      }
      return;
    }
  }

  private synchronized void flushLater(int id, Stream stream) {
    if (streams.get(id) == stream && !stream.waiting.isEmpty()) {
      flush(id, stream);
    }
  }

  private void flush(int id, Stream stream) {
    long listId = nextListId++;
    DigestList.Builder list =
        DigestList.newBuilder()
            .setDigestId(id)
            .setListId(listId)
            .setTimestamp(TimeUnit.MILLISECONDS.toNanos(System.currentTimeMillis()));
    list.addAllData(stream.waiting.values());
    long ackTimeout = stream.entry.getConfig().getAckTimeoutNs();
    if (ackTimeout > 0) {
      long until = System.nanoTime() + ackTimeout;
      stream.sentUntil.values().removeIf(t -> System.nanoTime() - t >= 0);
      stream.waiting.keySet().forEach(v -> stream.sentUntil.put(v, until));
      stream.unacknowledged.put(listId, new ArrayList<>(stream.waiting.keySet()));
    }
    stream.waiting.clear();
    send.accept(list.build());
  }

  synchronized void acknowledge(DigestListAck ack) {
    Stream stream = streams.get(ack.getDigestId());
    if (stream != null) {
      List<List<BigInteger>> values = stream.unacknowledged.remove(ack.getListId());
      if (values != null) {
        values.forEach(stream.sentUntil::remove);
      }
    }
  }

  /** One value alone is a bit string; several are a struct or a tuple, as P4Info says. */
  private static P4Data data(P4InfoOuterClass.Digest digest, List<BigInteger> values) {
    P4Data.Builder to = P4Data.newBuilder();
    if (digest.getTypeSpec().hasStruct()) {
      for (BigInteger value : values) {
        to.getStructBuilder().addMembersBuilder().setBitstring(Numbers.write(value));
      }
    } else if (digest.getTypeSpec().hasTuple()) {
      for (BigInteger value : values) {
        to.getTupleBuilder().addMembersBuilder().setBitstring(Numbers.write(value));
      }
    } else {
      to.setBitstring(Numbers.write(values.getFirst()));
    }
    return to.build();
  }
}
