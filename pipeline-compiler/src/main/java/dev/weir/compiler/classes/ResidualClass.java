package dev.weir.compiler.classes;

import com.google.common.collect.ImmutableSortedSet;
import dev.weir.compiler.request.RequestExpr;
import java.util.stream.Collectors;
import java.util.stream.Stream;

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
    return RequestExpr.or(of("").map(Predicate::request).toList());
  }

  /** The connections without HTTP that it gives its effect to. */
  public RequestExpr withoutHttp() {
    return RequestExpr.or(of("").map(Predicate::withoutHttp).toList());
  }

  /** The authorizers that decide on some of what it takes. */
  public ImmutableSortedSet<String> authorizers() {
    return predicates.stream()
        .map(Predicate::authorizer)
        .filter(name -> !name.isEmpty())
        .collect(ImmutableSortedSet.toImmutableSortedSet(String::compareTo));
  }

  /** The requests that the authorizer decides on. */
  public RequestExpr delegated(String authorizer) {
    return RequestExpr.or(of(authorizer).map(Predicate::request).toList());
  }

  /** The connections without HTTP that the authorizer decides on. */
  public RequestExpr delegatedWithoutHttp(String authorizer) {
    return RequestExpr.or(of(authorizer).map(Predicate::withoutHttp).toList());
  }

  private Stream<Predicate> of(String authorizer) {
    return predicates.stream().filter(p -> p.authorizer().equals(authorizer));
  }
}
