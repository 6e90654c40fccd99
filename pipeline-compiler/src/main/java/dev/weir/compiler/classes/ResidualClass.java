package dev.weir.compiler.classes;

import com.google.common.collect.ImmutableSortedSet;
import dev.weir.compiler.request.RequestExpr;
import java.util.stream.Collectors;

/**
 * The predicates that one layer asks of a connection: it gives its effect to the requests that some
 * predicate takes.
 */
public record ResidualClass(ImmutableSortedSet<Predicate> predicates) {

  /** Its name in allocations: the names of its predicates. */
  public String name() {
    return predicates.stream().map(p -> p.name().toString()).collect(Collectors.joining(" & "));
  }

  /** The requests it gives its effect to. */
  public RequestExpr request() {
    return RequestExpr.or(predicates.stream().map(Predicate::request).toList());
  }

  /** Whether it gives its effect to a connection without HTTP. */
  public boolean withoutHttp() {
    return predicates.stream().anyMatch(Predicate::withoutHttp);
  }
}
