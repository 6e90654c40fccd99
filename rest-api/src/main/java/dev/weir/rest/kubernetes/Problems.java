package dev.weir.rest.kubernetes;

import com.google.common.collect.ImmutableList;
import dev.weir.compiler.resource.Problem;
import dev.weir.rest.http.Refusal;
import dev.weir.rest.http.Refusal.Cause;
import java.util.function.IntUnaryOperator;

/** Turns the compiler's problems into refusals. */
public final class Problems {
  /** For bodies that are one resource: no document is named. */
  public static final IntUnaryOperator NO_DOCUMENTS = index -> 0;

  private Problems() {}

  /**
   * A refusal that carries every problem.
   *
   * @param problems at least one
   * @param document from a problem's 0-based index to the document's number counted from 1, 0 for
   *     none
   */
  public static Refusal refusal(ImmutableList<Problem> problems, IntUnaryOperator document) {
    ImmutableList<Cause> causes =
        problems.stream()
            .map(
                problem ->
                    new Cause(
                        problem.code(),
                        problem.document() < 0 ? 0 : document.applyAsInt(problem.document()),
                        problem.resource(),
                        problem.path(),
                        problem.message(),
                        problem.advice()))
            .collect(ImmutableList.toImmutableList());
    boolean unreadable = causes.stream().anyMatch(cause -> cause.code().startsWith("broken-"));
    String first = causes.getFirst().sentence();
    String more = causes.size() > 1 ? " (and " + (causes.size() - 1) + " more)" : "";
    return unreadable
        ? new Refusal(400, "BadRequest", first + more, causes)
        : new Refusal(422, "Invalid", first + more, causes);
  }
}
