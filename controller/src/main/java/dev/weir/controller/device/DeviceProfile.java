package dev.weir.controller.device;

/**
 * What a kind of device can do. A device's quirks are data here, not branches elsewhere.
 *
 * @param updatesPerWrite most updates sent in one write; a device works a write off before it
 *     answers anything else
 * @param largestMessageBytes most bytes of one answer
 * @param atomicBatches whether a write can be all or nothing (P4Runtime 1.5 §12)
 * @param registerReads whether registers can be read
 * @param defaultCounters whether a table's default action has its direct counter
 */
public record DeviceProfile(
    String name,
    int updatesPerWrite,
    int largestMessageBytes,
    boolean atomicBatches,
    boolean registerReads,
    boolean defaultCounters) {

  /**
   * BMv2's simple_switch_grpc 1.15 on PI: ROLLBACK_ON_ERROR and DATAPLANE_ATOMIC are answered with
   * UNIMPLEMENTED, register reads too, and a miss moves no direct counter. Whatever asks no more
   * than this runs on the soft switch alike, so it serves both.
   */
  public static final DeviceProfile BMV2 =
      new DeviceProfile("bmv2", 256, 64 << 20, false, false, false);
}
