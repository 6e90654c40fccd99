package dev.weir.controller.device;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Any;
import com.google.rpc.Status;
import dev.weir.compiler.placement.Step.Update;
import dev.weir.p4runtime.entry.Action;
import dev.weir.p4runtime.entry.Bits;
import dev.weir.p4runtime.entry.Entry;
import dev.weir.p4runtime.entry.Match;
import io.grpc.Status.Code;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import p4.v1.P4RuntimeOuterClass.Error;

/** P4Runtime 1.5 §12.3. */
final class WriteErrorsTest {
  private static final Update FIRST = update(1);
  private static final Update SECOND = update(2);

  @Test
  void detailsSayWhatBecameOfEachUpdate() {
    WriteOutcome outcome =
        WriteErrors.outcome(
            List.of(FIRST, SECOND),
            failure(error(Code.OK, ""), error(Code.RESOURCE_EXHAUSTED, "table full")));
    assertThat(outcome.done()).containsExactly(FIRST);
    assertThat(outcome.failed())
        .containsExactly(new WriteOutcome.Failure(SECOND, Code.RESOURCE_EXHAUSTED, "table full"));
  }

  @Test
  void failureWithoutDetailsIsAFailureOfEveryUpdate() {
    WriteOutcome outcome =
        WriteErrors.outcome(
            List.of(FIRST, SECOND),
            io.grpc.Status.UNAVAILABLE.withDescription("gone").asRuntimeException());
    assertThat(outcome.done()).isEmpty();
    assertThat(outcome.failed())
        .extracting(WriteOutcome.Failure::code)
        .containsExactly(Code.UNAVAILABLE, Code.UNAVAILABLE);
  }

  @Test
  void fewerDetailsThanUpdatesAccountForNone() {
    WriteOutcome outcome = WriteErrors.outcome(List.of(FIRST, SECOND), failure(error(Code.OK, "")));
    assertThat(outcome.done()).isEmpty();
    assertThat(outcome.failed()).hasSize(2);
  }

  private static StatusRuntimeException failure(Error... errors) {
    Status.Builder status = Status.newBuilder().setCode(Code.UNKNOWN.value());
    for (Error error : errors) {
      status.addDetails(Any.pack(error));
    }
    return StatusProto.toStatusRuntimeException(status.build());
  }

  private static Error error(Code code, String message) {
    return Error.newBuilder().setCanonicalCode(code.value()).setMessage(message).build();
  }

  private static Update update(int port) {
    return new Update(
        Update.Kind.INSERT,
        Entry.of(
            "source_guard",
            Map.of("ingress_port", new Match.Exact(Bits.of(port))),
            0,
            Action.of("pass_source")));
  }
}
