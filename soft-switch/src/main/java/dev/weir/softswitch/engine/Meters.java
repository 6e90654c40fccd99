package dev.weir.softswitch.engine;

/** A meter array, or the meters of a table's entries when it is direct. */
public final class Meters {
  private final String name;
  private final int index;
  private final boolean bytes;
  private final Meter[] meters;

  Meters(String name, int index, int size, boolean bytes) {
    this(name, index, bytes, new Meter[size]);
    for (int i = 0; i < size; i++) {
      meters[i] = new Meter();
    }
  }

  private Meters(String name, int index, boolean bytes, Meter[] meters) {
    this.name = name;
    this.index = index;
    this.bytes = bytes;
    this.meters = meters;
  }

  /** A second array of the same meters, in which some can be replaced before it is put in force. */
  Meters copy() {
    return new Meters(name, index, bytes, meters.clone());
  }

  public String name() {
    return name;
  }

  /** Its place among the program's meter arrays. */
  public int index() {
    return index;
  }

  public int size() {
    return meters.length;
  }

  /** Whether rates are in bytes rather than packets. */
  public boolean bytes() {
    return bytes;
  }

  public Meter meter(int cell) {
    return meters[cell];
  }

  /** In a copy that is not in force: puts another meter in a meter's place. */
  public void replace(int cell, Meter by) {
    meters[cell] = by;
  }

  int execute(int cell, int packetBytes, long nowNanos) {
    return meters[cell].execute(bytes ? packetBytes : 1, packetBytes, nowNanos);
  }
}
