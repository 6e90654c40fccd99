package dev.weir.rest.http;

import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.util.Optional;
import java.util.TreeSet;

/** Finds the endpoint of a call by method and path. */
public final class Router implements Endpoint {

  /**
   * One route.
   *
   * @param template a path whose segments may be variables, as in {@code /api/v1/pods/{name}}
   */
  public record Route(String method, String template, Endpoint endpoint) {
    Optional<ImmutableMap<String, String>> match(String path) {
      ImmutableList<String> wanted = segments(template);
      ImmutableList<String> given = segments(path);
      if (wanted.size() != given.size()) {
        return Optional.empty();
      }
      ImmutableMap.Builder<String, String> variables = ImmutableMap.builder();
      for (int i = 0; i < wanted.size(); i++) {
        String segment = wanted.get(i);
        if (segment.startsWith("{")) {
          variables.put(segment.substring(1, segment.length() - 1), given.get(i));
        } else if (!segment.equals(given.get(i))) {
          return Optional.empty();
        }
      }
      return Optional.of(variables.buildOrThrow());
    }

    private static ImmutableList<String> segments(String path) {
      return ImmutableList.copyOf(Splitter.on('/').split(path));
    }
  }

  private final ImmutableList<Route> routes;

  /**
   * @param routes of which the first that matches answers
   */
  public Router(Iterable<Route> routes) {
    this.routes = ImmutableList.copyOf(routes);
  }

  public ImmutableList<Route> routes() {
    return routes;
  }

  @Override
  public Reply answer(Call call) {
    String method = call.method().equals("HEAD") ? "GET" : call.method();
    TreeSet<String> allowed = new TreeSet<>();
    for (Route route : routes) {
      Optional<ImmutableMap<String, String>> variables = route.match(call.path());
      if (variables.isPresent()) {
        if (route.method().equals(method)) {
          return route.endpoint().answer(call.withVariables(variables.get()));
        }
        allowed.add(route.method());
      }
    }
    if (allowed.isEmpty()) {
      throw Refusal.notFound(call.path());
    }
    String list = String.join(", ", allowed);
    String message = call.path() + " does not take " + call.method();
    throw new Refusal(
        405,
        "MethodNotAllowed",
        message,
        ImmutableList.of(
            new Refusal.Cause("method-not-allowed", 0, "", "", message, "use one of " + list)),
        ImmutableMap.of("Allow", list));
  }
}
