package dev.weir.bench.softswitch;

import dev.weir.p4runtime.entry.Entry;
import dev.weir.p4runtime.wire.EntryCodec;
import java.util.ArrayList;
import java.util.List;
import p4.v1.P4RuntimeOuterClass.Update;

/** Routes written over P4Runtime, so many in each request. */
final class EntryRate {
  static final List<Integer> BATCHES = List.of(1, 10, 100, 1000);

  /** Of each turn with batches; fewer one by one, to stay short. */
  private static final int ENTRIES = 4000;

  private static final int SINGLE_ENTRIES = 1000;

  private EntryRate() {}

  static List<Entry> routes(int count) {
    List<Entry> routes = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      routes.add(Workload.route(0x14000000L + i, 32, 2));
    }
    return routes;
  }

  /** Entries per second inserted; they are deleted again. */
  static double turn(Device device, Workload router, int batch) {
    EntryCodec codec = new EntryCodec(router.config().pipeline());
    List<Entry> entries = routes(batch == 1 ? SINGLE_ENTRIES : ENTRIES);
    List<Update> inserts = entries.stream().map(codec::insert).toList();
    List<Update> deletes = entries.stream().map(e -> codec.delete(e.key())).toList();
    long start = System.nanoTime();
    device.client().writeAll(inserts, batch);
    double seconds = (System.nanoTime() - start) / 1e9;
    device.client().writeAll(deletes, 1000);
    return entries.size() / seconds;
  }
}
