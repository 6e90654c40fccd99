package dev.weir.controller.device;

import com.google.common.collect.ImmutableList;
import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.weir.compiler.placement.Step.Update;
import dev.weir.controller.device.WriteOutcome.Failure;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import java.util.List;

/**
 * Reads the errors of a write (P4Runtime 1.5 §12.3): a status whose details hold one {@code
 * p4.v1.Error} per update, in order. A failed call without such details is a failure of every
 * update in it, whatever the device did.
 */
final class WriteErrors {
  private WriteErrors() {}

  static WriteOutcome outcome(List<Update> updates, StatusRuntimeException failure) {
    com.google.rpc.Status status = StatusProto.fromThrowable(failure);
    List<Any> details = status == null ? List.of() : status.getDetailsList();
    if (details.size() != updates.size()) {
      return all(updates, failure.getStatus());
    }
    ImmutableList.Builder<Update> done = ImmutableList.builder();
    ImmutableList.Builder<Failure> failed = ImmutableList.builder();
    for (int i = 0; i < updates.size(); i++) {
      p4.v1.P4RuntimeOuterClass.Error error;
      try {
        error = details.get(i).unpack(p4.v1.P4RuntimeOuterClass.Error.class);
      } catch (InvalidProtocolBufferException _) {
        return all(updates, failure.getStatus());
      }
      if (error.getCanonicalCode() == Status.Code.OK.value()) {
        done.add(updates.get(i));
      } else {
        failed.add(
            new Failure(
                updates.get(i),
                Status.fromCodeValue(error.getCanonicalCode()).getCode(),
                error.getMessage()));
      }
    }
    return new WriteOutcome(done.build(), failed.build());
  }

  private static WriteOutcome all(List<Update> updates, Status status) {
    String message = status.getDescription() == null ? "" : status.getDescription();
    return new WriteOutcome(
        ImmutableList.of(),
        updates.stream()
            .map(update -> new Failure(update, status.getCode(), message))
            .collect(ImmutableList.toImmutableList()));
  }
}
