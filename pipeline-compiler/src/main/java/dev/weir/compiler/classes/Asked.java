// SPDX-License-Identifier: Apache-2.0
package dev.weir.compiler.classes;

import dev.weir.compiler.intent.Rule;
import dev.weir.compiler.request.RequestExpr;

/** What a rule asks of a request: rules that ask the same share a predicate. */
record Asked(RequestExpr request, RequestExpr withoutHttp, String authorizer) {
  static Asked by(Rule rule) {
    return new Asked(rule.request(), rule.withoutHttp(), rule.authorizer());
  }

  /**
   * @param first of the rules that ask it
   */
  Predicate named(Rule.Id first) {
    return new Predicate(first, request, withoutHttp, authorizer);
  }
}
