package dev.weir.softswitch.server;

import java.net.InetSocketAddress;

/**
 * How the switch serves P4Runtime.
 *
 * @param address where to listen; port 0 takes any free one
 * @param cpuPort the switch port that stands for the controller; -1: none
 * @param dropPort the egress port that means drop
 */
public record ServerOptions(long deviceId, InetSocketAddress address, int cpuPort, int dropPort) {}
