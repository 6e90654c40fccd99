package dev.weir.app.offline;

import com.google.common.collect.ImmutableList;
import dev.weir.compiler.intent.Workload.Application;
import dev.weir.compiler.net.IpAddress;
import dev.weir.compiler.placement.Placement.Listener;
import dev.weir.compiler.request.RequestExpr;
import dev.weir.compiler.request.RequestExpr.StringMatch;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Whether what a listener lets pass depends on the request, for one client. */
final class Constancy {
  /** Characters of methods and normalised paths, of which one that no matcher has is fresh. */
  private static final String UNRESERVED =
      "~_.-0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

  private final Set<StringMatch> methods = new LinkedHashSet<>();
  private final Set<StringMatch> paths = new LinkedHashSet<>();

  private Constancy() {}

  /** The one verdict on every request of {@code client}; empty where it depends. */
  static Optional<Boolean> verdict(Listener listener, IpAddress client) {
    RequestExpr allow = bound(listener.allow(), client);
    Optional<Boolean> verdict = new Constancy().always(allow);
    // What a port carries that is named for no protocol may be HTTP or not.
    if (listener.application() == Application.DETECTED
        && !verdict.equals(withoutHttp(listener, client))) {
      return Optional.empty();
    }
    return verdict;
  }

  /** What becomes of a connection of {@code client} that carries no HTTP. */
  static Optional<Boolean> withoutHttp(Listener listener, IpAddress client) {
    return switch (bound(listener.allowWithoutHttp(), client)) {
      case RequestExpr.Constant c -> Optional.of(c.value());
      case RequestExpr.Not _,
          RequestExpr.And _,
          RequestExpr.Or _,
          RequestExpr.Method _,
          RequestExpr.Path _,
          RequestExpr.Source _ ->
          Optional.empty();
    };
  }

  /** The expression with the client's address put in. */
  private static RequestExpr bound(RequestExpr expr, IpAddress client) {
    return switch (expr) {
      case RequestExpr.Not n -> RequestExpr.not(bound(n.term(), client));
      case RequestExpr.And a ->
          RequestExpr.and(a.terms().stream().map(t -> bound(t, client)).toList());
      case RequestExpr.Or o ->
          RequestExpr.or(o.terms().stream().map(t -> bound(t, client)).toList());
      case RequestExpr.Source s ->
          RequestExpr.of(s.blocks().stream().anyMatch(b -> b.contains(client)));
      case RequestExpr.Constant _, RequestExpr.Method _, RequestExpr.Path _ -> expr;
    };
  }

  private Optional<Boolean> always(RequestExpr expr) {
    collect(expr);
    Set<Boolean> seen = new HashSet<>();
    for (String method : samples(methods, "")) {
      for (String path : samples(paths, "/")) {
        seen.add(holds(expr, method, path));
        if (seen.size() > 1) {
          return Optional.empty();
        }
      }
    }
    return seen.stream().findFirst();
  }

  private void collect(RequestExpr expr) {
    switch (expr) {
      case RequestExpr.Not n -> collect(n.term());
      case RequestExpr.And a -> a.terms().forEach(this::collect);
      case RequestExpr.Or o -> o.terms().forEach(this::collect);
      case RequestExpr.Method m -> methods.add(m.match());
      case RequestExpr.Path p -> paths.add(p.match());
      case RequestExpr.Constant _, RequestExpr.Source _ -> {}
    }
  }

  private static boolean holds(RequestExpr expr, String method, String path) {
    return switch (expr) {
      case RequestExpr.Constant c -> c.value();
      case RequestExpr.Not n -> !holds(n.term(), method, path);
      case RequestExpr.And a -> a.terms().stream().allMatch(t -> holds(t, method, path));
      case RequestExpr.Or o -> o.terms().stream().anyMatch(t -> holds(t, method, path));
      case RequestExpr.Method m -> m.match().matches(method);
      case RequestExpr.Path p -> p.match().matches(path);
      case RequestExpr.Source _ -> throw new IllegalStateException("the client is put in");
    };
  }

  /**
   * Texts that begin with {@code start}, one at least for each way to answer all matchers: which
   * prefixes a text has is said by the longest one, likewise suffixes, and between the two stands a
   * character that no matcher has.
   */
  private static ImmutableList<String> samples(Set<StringMatch> matches, String start) {
    Set<String> exact = new LinkedHashSet<>();
    Set<String> prefixes = new LinkedHashSet<>();
    Set<String> suffixes = new LinkedHashSet<>();
    prefixes.add(start);
    suffixes.add("");
    for (StringMatch match : matches) {
      switch (match) {
        case StringMatch.Exact e -> exact.add(e.value());
        case StringMatch.StartsWith s -> prefixes.add(s.prefix());
        case StringMatch.EndsWith e -> suffixes.add(e.suffix());
        case StringMatch.Present _ -> {}
      }
    }
    String fresh = fresh(exact, prefixes, suffixes);
    List<String> samples = new ArrayList<>(exact);
    for (String prefix : prefixes) {
      for (String suffix : suffixes) {
        samples.add(prefix + fresh + suffix);
      }
    }
    return samples.stream()
        .filter(s -> !s.isEmpty() && s.startsWith(start))
        .collect(ImmutableList.toImmutableList());
  }

  private static String fresh(Set<String> exact, Set<String> prefixes, Set<String> suffixes) {
    String all = String.join("", exact) + String.join("", prefixes) + String.join("", suffixes);
    return UNRESERVED
        .chars()
        .filter(c -> all.indexOf(c) < 0)
        .mapToObj(Character::toString)
        .findFirst()
        // Longer than all of them together: no matcher holds of it in part.
        .orElseGet(() -> "~".repeat(all.length() + 1));
  }
}
