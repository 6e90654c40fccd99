package dev.weir.softswitch.robustness;

import dev.weir.softswitch.P4Client;
import dev.weir.softswitch.Programs;
import java.math.BigInteger;
import p4.v1.P4RuntimeOuterClass.ForwardingPipelineConfig;
import p4.v1.P4RuntimeOuterClass.TableEntry;
import p4.v1.P4RuntimeOuterClass.Update;

/** Entries and frames of the router program: route n leads 10.n.n.n by one of two ways. */
final class Routes {
  private static final P4Client.Names NAMES = new P4Client.Names(Programs.p4info("router"));
  private static final int CAPACITY = 100_000;

  private Routes() {}

  /** The router, with room for many routes. */
  static ForwardingPipelineConfig config() {
    ForwardingPipelineConfig.Builder config = Programs.config("router", 11).toBuilder();
    config.getP4InfoBuilder().getTablesBuilderList().forEach(t -> t.setSize(CAPACITY));
    return config.build();
  }

  static TableEntry.Builder all() {
    return NAMES.entry("route");
  }

  /** The route to host {@code n} by way 1 or 2: that next hop and that port. */
  static Update route(Update.Type type, int n, int way) {
    TableEntry.Builder entry =
        NAMES
            .entry("route")
            .addMatch(NAMES.lpm("route", "dst", BigInteger.valueOf(0x0a000000L + n), 32));
    if (type != Update.Type.DELETE) {
      entry.getActionBuilder().setAction(NAMES.action("via", way, way));
    }
    return P4Client.update(type, entry);
  }

  /** What is behind next hop {@code way}: its address ends in {@code way}. */
  static Update neighbour(int way) {
    TableEntry.Builder entry =
        NAMES.entry("neighbour").addMatch(NAMES.exact("neighbour", "next_hop", way));
    entry.getActionBuilder().setAction(NAMES.action("rewrite", 0x020000000000L + way, 0x22));
    return P4Client.insert(entry);
  }

  /** The way an entry leads. */
  static int way(TableEntry entry) {
    return entry.getAction().getAction().getParams(1).getValue().byteAt(0);
  }

  /** A frame to host {@code n}. */
  static byte[] frame(int n) {
    byte[] frame = new byte[64];
    frame[12] = 8;
    frame[14] = 0x45;
    frame[22] = 64;
    frame[30] = 10;
    frame[31] = (byte) (n >>> 16);
    frame[32] = (byte) (n >>> 8);
    frame[33] = (byte) n;
    int sum = 0;
    for (int i = 14; i < 34; i += 2) {
      sum += (frame[i] & 0xff) << 8 | frame[i + 1] & 0xff;
    }
    sum = (sum & 0xffff) + (sum >>> 16);
    sum = (sum & 0xffff) + (sum >>> 16);
    frame[24] = (byte) (~sum >>> 8);
    frame[25] = (byte) ~sum;
    return frame;
  }
}
