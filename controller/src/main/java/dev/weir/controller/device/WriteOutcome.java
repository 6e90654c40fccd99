package dev.weir.controller.device;

import com.google.common.collect.ImmutableList;
import dev.weir.compiler.placement.Step.Update;
import io.grpc.Status;

/**
 * What became of each update of a write.
 *
 * @param done those the device carried out
 * @param failed those it did not, or of which it gave no account
 */
public record WriteOutcome(ImmutableList<Update> done, ImmutableList<Failure> failed) {
  /**
   * One update that failed.
   *
   * @param code {@link Status.Code#UNKNOWN} where the device gave none
   */
  public record Failure(Update update, Status.Code code, String message) {
    @Override
    public String toString() {
      return update.kind() + " in " + update.entry().table() + ": " + code + " " + message;
    }
  }

  /** Whether every update was carried out. */
  public boolean complete() {
    return failed.isEmpty();
  }
}
