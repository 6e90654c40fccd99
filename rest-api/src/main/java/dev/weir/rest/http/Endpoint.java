package dev.weir.rest.http;

/** Answers the calls of one route. */
@FunctionalInterface
public interface Endpoint {
  /**
   * The answer.
   *
   * @throws Refusal where the call is not carried out
   */
  Reply answer(Call call);
}
