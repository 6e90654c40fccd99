package dev.weir.softswitch.server;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;

/** A request or one update of it that is not carried out, with the canonical code that says why. */
final class Refused extends RuntimeException {
  private static final long serialVersionUID = 1L;
  private final Status.Code code;
  private final String problem;

  Refused(Status.Code code, String problem) {
    super(problem, null, false, false);
    this.code = code;
    this.problem = problem;
  }

  Status.Code code() {
    return code;
  }

  String problem() {
    return problem;
  }

  StatusRuntimeException asStatus() {
    return Status.fromCode(code).withDescription(problem).asRuntimeException();
  }

  static Refused invalid(String problem) {
    return new Refused(Status.Code.INVALID_ARGUMENT, problem);
  }

  static Refused notFound(String problem) {
    return new Refused(Status.Code.NOT_FOUND, problem);
  }

  static Refused outOfRange(String problem) {
    return new Refused(Status.Code.OUT_OF_RANGE, problem);
  }

  static Refused exists(String problem) {
    return new Refused(Status.Code.ALREADY_EXISTS, problem);
  }

  static Refused denied(String problem) {
    return new Refused(Status.Code.PERMISSION_DENIED, problem);
  }

  static Refused precondition(String problem) {
    return new Refused(Status.Code.FAILED_PRECONDITION, problem);
  }

  static Refused exhausted(String problem) {
    return new Refused(Status.Code.RESOURCE_EXHAUSTED, problem);
  }

  static Refused unimplemented(String problem) {
    return new Refused(Status.Code.UNIMPLEMENTED, problem);
  }
}
