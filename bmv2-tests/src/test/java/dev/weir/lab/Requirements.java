package dev.weir.lab;

import java.util.List;
import org.junit.jupiter.api.Assumptions;

/** What a lab needs of this machine. What is missing is said aloud and the tests are skipped. */
final class Requirements {
  private Requirements() {}

  static void forLab(String kind) {
    require(
        Commands.run(List.of("id", "-u"), "").output().strip().equals("0"),
        "not root: no lab on " + kind + ", so its packets are NOT tested");
    require(
        Commands.run(List.of(Commands.PYTHON, "-c", "import mininet, scapy"), "").exitCode() == 0,
        "no Mininet or no Scapy (mininet/packages.txt): packets on " + kind + " are NOT tested");
    require(
        !kind.equals("bmv2") || Commands.onPath("simple_switch_grpc"),
        "simple_switch_grpc is not on PATH: packets on BMv2 are NOT tested");
  }

  private static void require(boolean holds, String otherwise) {
    if (!holds) {
      System.err.println("SKIPPED: " + otherwise);
      Assumptions.abort(otherwise);
    }
  }
}
