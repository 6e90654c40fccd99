package dev.weir.contract;

import static dev.weir.contract.Frame.address;

import dev.weir.p4runtime.entry.Action;
import dev.weir.p4runtime.entry.Bits;
import dev.weir.p4runtime.entry.Entry;
import dev.weir.p4runtime.entry.Match;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Three workloads (ports 1 to 3) and a sidecar (port 4), with entries written by hand from the
 * pipeline contract, so that a pipeline is tested without the compiler: 1 may reach 2 on ports 80
 * (TCP, UDP, SCTP) and by echo, and 3 on port 80, where TCP is steered with part 2; nothing else
 * opens.
 */
final class World {
  static final int LISTENER = 10066;
  private static final int FIRST_PORT = 10064;

  private final boolean mapped;
  private final boolean ranges;
  private final boolean oneLookup;

  World(String pipeline) {
    mapped = !pipeline.equals("weir_basic");
    ranges = mapped;
    oneLookup = pipeline.equals("weir_compact");
  }

  static String host(int number, boolean six) {
    return six ? "fd00::" + number : "10.0.0." + number;
  }

  static byte[] mac(int number) {
    return Frame.mac("0200000000" + String.format("%02x", number));
  }

  Bits bits(String literal) {
    byte[] raw = address(literal);
    Bits value = Bits.ofBytes(raw);
    return raw.length == 4 && mapped ? value.or(Bits.parse("0xffff00000000")) : value;
  }

  private Match lpm(String literal) {
    return new Match.Lpm(bits(literal), mapped ? 128 : 32);
  }

  private static Match exact(Bits bits) {
    return new Match.Exact(bits);
  }

  private static Match exact(long value) {
    return new Match.Exact(Bits.of(value));
  }

  private static Match code(int value) {
    return new Match.Ternary(Bits.of(value), Bits.of(0xff));
  }

  private static Match protocol(int number) {
    return new Match.Ternary(Bits.of(number), Bits.of(0xff));
  }

  private Match port(int number) {
    return ranges
        ? new Match.Range(Bits.of(number), Bits.of(number))
        : new Match.Optional(Bits.of(number));
  }

  private static Action action(String name, Object... params) {
    Map<String, Bits> values = new HashMap<>();
    for (int i = 0; i < params.length; i += 2) {
      Object value = params[i + 1];
      values.put(
          (String) params[i], value instanceof Bits b ? b : Bits.of(((Number) value).longValue()));
    }
    return Action.of(name, values);
  }

  /** The entry by which 1 reaches port 80 of 3: steered, or as a test changes it. */
  Entry authorization(Action action) {
    return Entry.of(
        "authorization_allow",
        Map.of(
            "source_code", code(1),
            "destination_code", code(3),
            "protocol", protocol(6),
            "port", port(80)),
        10,
        action);
  }

  static Action steerClass(int part) {
    return action("steer_class", "part", part);
  }

  /** An entry for TCP from 1 to 2. */
  Entry policy(String table, int port, int priority, String action) {
    return Entry.of(
        table,
        Map.of(
            "source_code", code(1),
            "destination_code", code(2),
            "protocol", protocol(6),
            "port", port(port)),
        priority,
        action(action));
  }

  /** The address that host {@code number} forms of its MAC address. */
  static String linkLocal(int number) {
    return "fe80::ff:fe00:" + number;
  }

  List<Entry> entries() {
    List<Entry> all = new ArrayList<>();
    if (mapped) {
      all.add(
          Entry.of(
              "source_guard",
              Map.of("ingress_port", exact(1), "source_address", lpm(linkLocal(1))),
              0,
              action("pass_source")));
    }
    for (boolean six : mapped ? new boolean[] {false, true} : new boolean[] {false}) {
      for (int n = 1; n <= 4; n++) {
        String at = host(n, six);
        Bits own = bits(at);
        Bits macBits = Bits.ofBytes(mac(n));
        Bits fabric = Bits.ofBytes(Frame.FABRIC_MAC);
        all.add(
            Entry.of(
                "source_guard",
                Map.of("ingress_port", exact(n), "source_address", lpm(at)),
                0,
                action(n == 4 ? "pass_sidecar" : "pass_source")));
        all.add(
            Entry.of(
                "neighbour",
                Map.of("target_address", exact(own)),
                0,
                action("answer", "mac", fabric, "attached_port", n)));
        all.add(
            Entry.of(
                "route",
                Map.of("address", lpm(at)),
                0,
                action("forward", "port", n, "destination_mac", macBits, "source_mac", fabric)));
        Map<String, Match> address = Map.of("address", oneLookup ? lpm(at) : exact(own));
        all.add(
            Entry.of(
                "source_workload",
                address,
                0,
                n == 4
                    ? action("set_source_sidecar", "sidecar", 1)
                    : action("set_source", "code0", n, "code1", n)));
        all.add(
            Entry.of(
                "destination_workload",
                address,
                0,
                n == 4
                    ? action("set_destination_sidecar")
                    : action("set_destination", "code0", n, "code1", n)));
      }
      Bits server = bits(host(3, six));
      Bits sidecar = bits(host(4, six));
      Map<String, Match> endpoint =
          Map.of("address", exact(server), "protocol", exact(6), "port", exact(80));
      all.add(
          Entry.of(
              "steer",
              endpoint,
              0,
              action("steer_to", "address", sidecar, "first_port", FIRST_PORT)));
      all.add(
          Entry.of(
              "unsteer",
              Map.of("listener_address", exact(sidecar), "listener_port", exact(LISTENER)),
              0,
              action("unsteer_to", "address", server, "port", 80)));
      Map<String, Match> upstream = new HashMap<>(endpoint);
      upstream.put("sidecar", exact(1));
      all.add(Entry.of("sidecar_upstream", upstream, 1, action("allow_upstream")));
    }
    for (String table : List.of("egress_policy", "authorization_deny", "authorization_allow")) {
      all.add(Entry.of(table, Map.of(), 1, action("allow")));
    }
    all.add(Entry.of("ingress_policy", Map.of(), 1, action("deny")));
    for (int server : List.of(2, 3)) {
      all.add(
          Entry.of(
              "ingress_policy",
              Map.of("source_code", code(1), "destination_code", code(server), "port", port(80)),
              10,
              action("allow")));
    }
    for (int icmp : mapped ? List.of(1, 58) : List.of(1)) {
      all.add(
          Entry.of(
              "ingress_policy",
              Map.of(
                  "source_code", code(1),
                  "destination_code", code(2),
                  "protocol", protocol(icmp)),
              10,
              action("allow")));
    }
    all.add(authorization(steerClass(2)));
    return all;
  }
}
