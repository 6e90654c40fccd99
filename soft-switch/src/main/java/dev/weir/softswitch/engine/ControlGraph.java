package dev.weir.softswitch.engine;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Refuses a control flow that comes back to where it was: a packet would never leave it. */
final class ControlGraph {
  private final Map<String, List<JsonAt>> next = new HashMap<>();
  private final Set<String> done = new HashSet<>();
  private final Set<String> open = new HashSet<>();

  private ControlGraph() {}

  /** {@code pipeline}: all its names are known to be right. */
  static void check(JsonAt pipeline) {
    ControlGraph graph = new ControlGraph();
    for (JsonAt table : pipeline.each("tables")) {
      List<JsonAt> edges = graph.edges(table, "base_default_next");
      JsonAt nexts = table.at("next_tables");
      nexts.node().fieldNames().forEachRemaining(name -> nexts.find(name).ifPresent(edges::add));
    }
    for (JsonAt condition : pipeline.each("conditionals")) {
      graph.edges(condition, "true_next", "false_next");
    }
    for (JsonAt call : pipeline.each("action_calls")) {
      graph.edges(call, "next_node");
    }
    pipeline.find("init_table").ifPresent(graph::visit);
  }

  private List<JsonAt> edges(JsonAt from, String... members) {
    List<JsonAt> edges = new ArrayList<>();
    for (String member : members) {
      from.find(member).ifPresent(edges::add);
    }
    next.put(from.at("name").text(), edges);
    return edges;
  }

  /** Depth first, with a stack of its own: pipelines may be long. */
  private void visit(JsonAt first) {
    Deque<String> path = new ArrayDeque<>();
    Deque<Deque<JsonAt>> rest = new ArrayDeque<>();
    enter(first, path, rest);
    while (!path.isEmpty()) {
      JsonAt edge = rest.element().poll();
      if (edge == null) {
        rest.pop();
        String left = path.pop();
        open.remove(left);
        done.add(left);
      } else if (open.contains(edge.text())) {
        throw edge.problem("leads back to \"" + edge.text() + "\": the control flow has a loop");
      } else if (!done.contains(edge.text())) {
        enter(edge, path, rest);
      }
    }
  }

  private void enter(JsonAt to, Deque<String> path, Deque<Deque<JsonAt>> rest) {
    path.push(to.text());
    open.add(to.text());
    rest.push(new ArrayDeque<>(next.getOrDefault(to.text(), List.of())));
  }
}
