package dev.weir.controller.device;

/**
 * Where a switch's P4Runtime server is.
 *
 * @param name the switch's, for messages
 * @param deviceId P4Runtime's
 */
public record DeviceAddress(String name, long deviceId, String host, int port) {}
