package dev.weir.softswitch.engine;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The entries that look at the same key bits: one hash lookup finds those that can match. One
 * writer at a time; readers take no lock, since a bucket is an immutable array that is replaced
 * whole.
 */
final class Tuple {
  private static final VarHandle BUCKET = MethodHandles.arrayElementVarHandle(Entry[][].class);
  private static final int SMALLEST = 8;

  final long[] mask;
  private final int[] used;
  private volatile Entry[][] buckets = new Entry[SMALLEST][];
  private int count;

  /** The greatest rank of any entry: a search with a better hit need not look here. */
  volatile int bestRank = Integer.MIN_VALUE;

  Tuple(long[] mask) {
    this.mask = mask;
    int n = 0;
    int[] positions = new int[mask.length];
    for (int i = 0; i < mask.length; i++) {
      if (mask[i] != 0) {
        positions[n++] = i;
      }
    }
    this.used = Arrays.copyOf(positions, n);
  }

  int count() {
    return count;
  }

  @Nullable Entry find(long[] w, int keyAt) {
    long hash = 0;
    for (int i : used) {
      hash = mix(hash, w[keyAt + i] & mask[i]);
    }
    Entry[][] table = buckets;
    Entry[] bucket = (Entry[]) BUCKET.getAcquire(table, (int) hash & table.length - 1);
    if (bucket == null) {
      return null;
    }
    search:
    for (Entry entry : bucket) {
      for (int i : used) {
        if ((w[keyAt + i] & mask[i]) != entry.value[i]) {
          continue search;
        }
      }
      if (entry.ranges.length == 0 || entry.inRange(w, keyAt)) {
        return entry;
      }
    }
    return null;
  }

  private static long mix(long hash, long word) {
    long h = (hash ^ word) * 0x9e3779b97f4a7c15L;
    return h ^ h >>> 29;
  }

  private long hash(Entry entry) {
    long hash = 0;
    for (int i : used) {
      hash = mix(hash, entry.value[i]);
    }
    return hash;
  }

  void add(Entry entry) {
    if (count >= buckets.length) {
      grow();
    }
    put(buckets, entry);
    count++;
    bestRank = Math.max(bestRank, entry.rank);
  }

  private void put(Entry[][] table, Entry entry) {
    int at = (int) hash(entry) & table.length - 1;
    Entry[] old = table[at];
    int n = old == null ? 0 : old.length;
    Entry[] bucket = old == null ? new Entry[1] : Arrays.copyOf(old, n + 1);
    int to = n;
    // Better rank first, then the older entry.
    while (to > 0 && before(entry, bucket[to - 1])) {
      bucket[to] = bucket[to - 1];
      to--;
    }
    bucket[to] = entry;
    BUCKET.setRelease(table, at, bucket);
  }

  private static boolean before(Entry a, Entry b) {
    return a.rank > b.rank || (a.rank == b.rank && a.sequence < b.sequence);
  }

  private void grow() {
    Entry[][] bigger = new Entry[buckets.length * 2][];
    for (Entry[] bucket : buckets) {
      if (bucket != null) {
        for (Entry entry : bucket) {
          put(bigger, entry);
        }
      }
    }
    buckets = bigger;
  }

  void remove(Entry entry) {
    Entry[][] table = buckets;
    int at = (int) hash(entry) & table.length - 1;
    Entry[] kept = Arrays.stream(table[at]).filter(e -> e != entry).toArray(Entry[]::new);
    BUCKET.setRelease(table, at, kept.length == 0 ? null : kept);
    count--;
    if (entry.rank == bestRank) {
      int best = Integer.MIN_VALUE;
      for (Entry[] bucket : table) {
        if (bucket != null) {
          best = Math.max(best, bucket[0].rank);
        }
      }
      bestRank = best;
    }
  }
}
