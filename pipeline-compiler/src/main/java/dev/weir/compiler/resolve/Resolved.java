package dev.weir.compiler.resolve;

import static com.google.common.base.Preconditions.checkState;

import com.google.common.collect.ImmutableList;
import dev.weir.compiler.intent.Intent;
import dev.weir.compiler.resource.Problem;

/**
 * What the resources amount to, or why they amount to nothing.
 *
 * @param problems if there are any, there is no intent: half of one would enforce half a policy
 * @param notes in sentences: what was left out of the intent, and why
 */
public record Resolved(
    Intent intent, ImmutableList<Problem> problems, ImmutableList<String> notes) {

  /**
   * The intent.
   *
   * @throws IllegalStateException if there are problems
   */
  @Override
  public Intent intent() {
    checkState(problems.isEmpty(), "no intent: %s", problems);
    return intent;
  }
}
