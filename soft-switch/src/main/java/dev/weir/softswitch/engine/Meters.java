package dev.weir.softswitch.engine;

/** A meter array, or the meters of a table's entries when it is direct. */
public final class Meters {
  private final String name;
  private final boolean bytes;
  private final Meter[] meters;

  Meters(String name, int size, boolean bytes) {
    this.name = name;
    this.bytes = bytes;
    this.meters = new Meter[size];
    for (int i = 0; i < size; i++) {
      meters[i] = new Meter();
    }
  }

  public String name() {
    return name;
  }

  public int size() {
    return meters.length;
  }

  /** Whether rates are in bytes rather than packets. */
  public boolean bytes() {
    return bytes;
  }

  public Meter meter(int index) {
    return meters[index];
  }

  int execute(int index, int packetBytes, long nowNanos) {
    return meters[index].execute(bytes ? packetBytes : 1, packetBytes, nowNanos);
  }
}
