package dev.weir.app.bench;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.weir.app.print.TextTable;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/** The turns of both paths, and how their medians compare. */
record OffloadReport(String client, String server, int connections, List<Turn> turns) {

  /** Which way the requests take. */
  enum Way {
    DIRECT,
    STEERED;

    String text() {
      return name().toLowerCase(Locale.ROOT);
    }

    @Override
    public String toString() {
      return text();
    }
  }

  /**
   * One turn.
   *
   * @param cpuMicros processor time of switch, Envoys and server for each request, microseconds
   */
  record Turn(Way way, Load load, double cpuMicros) {}

  private enum Figure {
    RATE("requests/s", turn -> turn.load().requestsPerSecond()),
    P50("p50 latency, us", turn -> turn.load().p50Micros()),
    P99("p99 latency, us", turn -> turn.load().p99Micros()),
    CPU("CPU per request, us", Turn::cpuMicros);

    private final String text;
    private final ToDoubleFunction<Turn> of;

    Figure(String text, ToDoubleFunction<Turn> of) {
      this.text = text;
      this.of = of;
    }
  }

  long errors() {
    return turns.stream().mapToLong(turn -> turn.load().errors()).sum();
  }

  private double median(Figure figure, Way way) {
    double[] values =
        turns.stream().filter(turn -> turn.way() == way).mapToDouble(figure.of).sorted().toArray();
    int middle = values.length / 2;
    return values.length % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
  }

  /** How many times the direct path's median the steered one's is. */
  private double ratio(Figure figure) {
    return median(figure, Way.STEERED) / median(figure, Way.DIRECT);
  }

  ObjectNode json() {
    ObjectNode node = JsonNodeFactory.instance.objectNode();
    node.put("client", client).put("server", server).put("connections", connections);
    node.put("errors", errors());
    ArrayNode list = node.putArray("turns");
    for (Turn turn : turns) {
      list.addObject()
          .put("way", turn.way().text())
          .put("requests", turn.load().requests())
          .put("requestsPerSecond", turn.load().requestsPerSecond())
          .put("p50Micros", turn.load().p50Micros())
          .put("p99Micros", turn.load().p99Micros())
          .put("cpuMicrosPerRequest", turn.cpuMicros())
          .put("errors", turn.load().errors());
    }
    ObjectNode ratios = node.putObject("steeredToDirect");
    ratios.put("requestsPerSecond", ratio(Figure.RATE));
    ratios.put("p50", ratio(Figure.P50));
    ratios.put("p99", ratio(Figure.P99));
    ratios.put("cpuPerRequest", ratio(Figure.CPU));
    return node;
  }

  void print(PrintWriter out) {
    out.println(
        client
            + " -> "
            + server
            + ", "
            + connections
            + " connections, medians of "
            + turns.size() / 2
            + " turns each:");
    TextTable table = new TextTable("FIGURE", "DIRECT", "STEERED", "STEERED / DIRECT");
    for (Figure figure : Figure.values()) {
      table.add(
          figure.text,
          number(median(figure, Way.DIRECT)),
          number(median(figure, Way.STEERED)),
          String.format(Locale.ROOT, "%.2f", ratio(figure)));
    }
    table.print(out);
    out.println("CPU is that of switch, Envoys and server together.");
    if (errors() > 0) {
      out.println(errors() + " requests FAILED.");
    }
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, value < 100 ? "%.1f" : "%.0f", value);
  }
}
