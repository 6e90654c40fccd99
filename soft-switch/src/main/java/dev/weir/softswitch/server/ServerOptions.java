package dev.weir.softswitch.server;

import java.net.InetSocketAddress;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * How the switch serves P4Runtime.
 *
 * @param address where to listen; port 0 takes any free one
 * @param cpuPort the switch port that stands for the controller; -1: none
 * @param dropPort the egress port that means drop
 * @param tls null: plain text
 */
public record ServerOptions(
    long deviceId, InetSocketAddress address, int cpuPort, int dropPort, @Nullable Tls tls) {

  /**
   * What TLS needs, both in PEM.
   *
   * @param certificates the server's chain, its own first
   * @param key its private key, PKCS#8, without a password
   */
  public record Tls(Path certificates, Path key) {}
}
