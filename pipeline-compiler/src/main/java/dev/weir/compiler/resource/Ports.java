package dev.weir.compiler.resource;

/** Port numbers. */
final class Ports {
  private Ports() {}

  static void check(int number, FieldPath path, Findings findings) {
    if (number < 1 || number > 65535) {
      findings.add(
          Code.BAD_PORT, path, "port " + number + " is not within 1 to 65535", "correct it");
    }
  }
}
