package dev.weir.softswitch.server;

import io.grpc.Status;
import io.grpc.StatusRuntimeException;

/** A request or one update of it that is not carried out, with the canonical code that says why. */
final class Refused extends RuntimeException {
  private static final long serialVersionUID = 1L;
  private final Status.Code code;
  private final String path;
  private final String problem;

  private Refused(Status.Code code, String path, String problem) {
    super(path.isEmpty() ? problem : path + ": " + problem, null, false, false);
    this.code = code;
    this.path = path;
    this.problem = problem;
  }

  Status.Code code() {
    return code;
  }

  /** Where it is, and what is wrong. */
  String problem() {
    return path.isEmpty() ? problem : path + ": " + problem;
  }

  /** The same, for who knows where in another message the message with the problem stands. */
  Refused below(String field) {
    return new Refused(code, path.isEmpty() ? field : field + "." + path, problem);
  }

  /** The same, for who knows the name of what has the problem. */
  Refused of(String what) {
    return new Refused(code, path, what + ": " + problem);
  }

  StatusRuntimeException asStatus() {
    return Status.fromCode(code).withDescription(problem()).asRuntimeException();
  }

  // path: the field's in the message at hand, as in table_entry.match[1].lpm.prefix_len; empty for
  // the message as a whole.

  static Refused invalid(String path, String problem) {
    return new Refused(Status.Code.INVALID_ARGUMENT, path, problem);
  }

  static Refused notFound(String path, String problem) {
    return new Refused(Status.Code.NOT_FOUND, path, problem);
  }

  static Refused outOfRange(String path, String problem) {
    return new Refused(Status.Code.OUT_OF_RANGE, path, problem);
  }

  static Refused exists(String path, String problem) {
    return new Refused(Status.Code.ALREADY_EXISTS, path, problem);
  }

  static Refused denied(String path, String problem) {
    return new Refused(Status.Code.PERMISSION_DENIED, path, problem);
  }

  static Refused precondition(String path, String problem) {
    return new Refused(Status.Code.FAILED_PRECONDITION, path, problem);
  }

  static Refused exhausted(String path, String problem) {
    return new Refused(Status.Code.RESOURCE_EXHAUSTED, path, problem);
  }

  static Refused unimplemented(String path, String problem) {
    return new Refused(Status.Code.UNIMPLEMENTED, path, problem);
  }
}
