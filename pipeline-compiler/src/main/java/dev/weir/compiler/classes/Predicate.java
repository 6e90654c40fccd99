package dev.weir.compiler.classes;

import dev.weir.compiler.intent.Rule;
import dev.weir.compiler.request.RequestExpr;

/**
 * What some rules of one layer ask of a request.
 *
 * @param name the first of the rules: it names classes, so that they keep their parts while their
 *     members stay together, whatever the request expression becomes
 * @param authorizer whom a CUSTOM rule asks of what it takes; empty where the rules give the
 *     layer's effect
 */
public record Predicate(
    Rule.Id name, RequestExpr request, RequestExpr withoutHttp, String authorizer)
    implements Comparable<Predicate> {
  @Override
  public int compareTo(Predicate other) {
    return name.compareTo(other.name);
  }
}
