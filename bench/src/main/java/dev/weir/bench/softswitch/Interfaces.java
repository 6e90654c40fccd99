package dev.weir.bench.softswitch;

import com.google.common.base.Splitter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Four pairs of virtual interfaces in this process's own network namespace: {@code h1} to {@code
 * h4} for the hosts, {@code s1} to {@code s4} for the switch.
 */
final class Interfaces {
  static final int PORTS = 4;

  private Interfaces() {}

  static void create() throws IOException {
    Processes.run("ip", "link", "set", "lo", "up");
    for (int port = 1; port <= PORTS; port++) {
      String host = "h" + port;
      String there = "s" + port;
      Processes.run("ip", "link", "add", host, "type", "veth", "peer", "name", there);
      for (String name : List.of(host, there)) {
        Files.writeString(Path.of("/proc/sys/net/ipv6/conf", name, "disable_ipv6"), "1");
        Processes.run("ethtool", "-K", name, "tx", "off", "tso", "off", "gso", "off", "gro", "off");
        Processes.run("ip", "link", "set", name, "up");
      }
    }
  }

  /** Frames that have arrived at the hosts behind ports 2 and 4. */
  static long delivered() throws IOException {
    long sum = 0;
    for (String line : Files.readAllLines(Path.of("/proc/self/net/dev"), StandardCharsets.UTF_8)) {
      List<String> fields = Splitter.on(' ').omitEmptyStrings().splitToList(line);
      if (fields.getFirst().equals("h2:") || fields.getFirst().equals("h4:")) {
        sum += Long.parseLong(fields.get(2));
      }
    }
    return sum;
  }
}
