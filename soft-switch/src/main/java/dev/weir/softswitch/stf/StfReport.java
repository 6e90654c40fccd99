package dev.weir.softswitch.stf;

import java.util.List;

/** How a script went: what was not as it says, or nothing. */
public record StfReport(int packets, int expected, List<String> failures) {
  public StfReport {
    failures = List.copyOf(failures);
  }

  public boolean passed() {
    return failures.isEmpty();
  }
}
