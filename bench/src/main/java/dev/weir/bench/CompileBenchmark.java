// SPDX-License-Identifier: Apache-2.0
package dev.weir.bench;

import static java.util.stream.Collectors.toMap;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.collect.ImmutableList;
import dev.weir.bench.cluster.Cluster;
import dev.weir.bench.cluster.Fabrics;
import dev.weir.compiler.Compiled;
import dev.weir.compiler.Compiler;
import dev.weir.compiler.Counters;
import dev.weir.compiler.allocation.Allocation;
import dev.weir.compiler.fabric.Fabric;
import dev.weir.compiler.intent.Intent;
import dev.weir.compiler.resolve.Resolved;
import dev.weir.compiler.resolve.Resolver;
import dev.weir.compiler.resource.Manifest;
import dev.weir.compiler.resource.Parsed;
import dev.weir.compiler.resource.Resource;
import dev.weir.compiler.validate.Certificate;
import dev.weir.compiler.validate.Validator;
import dev.weir.p4runtime.info.P4InfoReader;
import dev.weir.p4runtime.info.Pipeline;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;
import java.util.function.Supplier;

/** From manifests to a proved placement, end to end, by size of the cluster. */
public final class CompileBenchmark {
  private static final long SEED = 20_240_607;

  private final PrintStream out = System.out;
  private final Pipeline pipeline;

  private CompileBenchmark(Pipeline pipeline) {
    this.pipeline = pipeline;
  }

  /** What one size took, in seconds. */
  private record Row(
      int endpoints,
      Timed<?> parse,
      Timed<?> resolve,
      Timed<?> compile,
      Timed<?> validate,
      long bytes) {
    double total() {
      return resolve.seconds + compile.seconds + validate.seconds;
    }

    double busy() {
      return resolve.busy + compile.busy + validate.busy;
    }
  }

  /**
   * @param args the P4Info file, then numbers of endpoints; a tenth as many services and policies
   */
  public static void main(String[] args) throws IOException {
    Pipeline pipeline = Fabrics.wide(P4InfoReader.readText(Path.of(args[0])));
    List<Integer> sizes = new ArrayList<>();
    for (int i = 1; i < args.length; i++) {
      sizes.add(Integer.parseInt(args[i]));
    }
    new CompileBenchmark(pipeline).run(sizes.isEmpty() ? List.of(1_000, 10_000, 100_000) : sizes);
  }

  private void run(List<Integer> sizes) throws IOException {
    measure(sizes.getFirst(), false);
    List<Row> rows = new ArrayList<>();
    for (int size : sizes) {
      rows.add(measure(size, true));
    }
    out.printf(
        "%nSeconds by the clock, and all but parsing by the processor too; megabytes in the end.%n"
            + "%10s %9s %9s %9s %9s %9s %9s %6s   busy for ten times the endpoints%n",
        "pods", "parse", "resolve", "compile", "validate", "all three", "busy", "MB");
    for (int i = 0; i < rows.size(); i++) {
      Row row = rows.get(i);
      String growth = "";
      if (i > 0) {
        Row before = rows.get(i - 1);
        double tens = Math.log10((double) row.endpoints / before.endpoints);
        growth =
            String.format(Locale.ROOT, "x %.1f", Math.pow(row.busy() / before.busy(), 1 / tens));
      }
      out.printf(
          Locale.ROOT,
          "%10d %9.2f %9.2f %9.2f %9.2f %9.2f %9.2f %6d   %s%n",
          row.endpoints,
          row.parse.seconds,
          row.resolve.seconds,
          row.compile.seconds,
          row.validate.seconds,
          row.total(),
          row.busy(),
          row.bytes >> 20,
          growth);
    }
  }

  /**
   * @param seconds by the clock, and of the processor without the garbage collector's threads
   */
  private record Timed<T>(T value, double seconds, double busy) {
    static <T> Timed<T> of(Supplier<T> work) {
      ThreadMXBean threads = ManagementFactory.getThreadMXBean();
      long start = System.nanoTime();
      long busy = threads.getCurrentThreadCpuTime();
      T value = work.get();
      return new Timed<>(
          value,
          (System.nanoTime() - start) / 1e9,
          (threads.getCurrentThreadCpuTime() - busy) / 1e9);
    }
  }

  private Row measure(int endpoints, boolean print) throws IOException {
    Cluster cluster =
        Cluster.of(Math.max(2, endpoints / 10), endpoints, Math.max(1, endpoints / 10), SEED);
    List<byte[]> texts = new ArrayList<>();
    ObjectMapper json = new ObjectMapper();
    for (ObjectNode manifest : cluster.manifests()) {
      texts.add(json.writeValueAsBytes(manifest));
    }
    Timed<ImmutableList<Resource>> parsed = Timed.of(() -> parse(texts));
    Timed<Resolved> resolved = Timed.of(() -> Resolver.resolve(parsed.value));
    Intent intent = resolved.value.intent();
    Fabric fabric = Fabrics.of(intent, pipeline);
    Timed<Compiled> compiled =
        Timed.of(() -> Compiler.compile(intent, fabric, Allocation.EMPTY, Counters.NONE));
    Timed<Certificate> proved =
        Timed.of(() -> Validator.check(intent, fabric, compiled.value.placement()));
    if (!proved.value.holds()) {
      throw new IllegalStateException("refuted: " + proved.value.faults());
    }
    System.gc();
    long bytes = Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
    if (print) {
      describe(cluster, intent, compiled.value, proved.value);
    }
    return new Row(endpoints, parsed, resolved, compiled, proved, bytes);
  }

  private static ImmutableList<Resource> parse(List<byte[]> texts) {
    ImmutableList.Builder<Resource> resources = ImmutableList.builder();
    for (byte[] text : texts) {
      Parsed parsed = Manifest.read(text, true);
      if (!parsed.problems().isEmpty()) {
        throw new IllegalStateException(parsed.problems().toString());
      }
      resources.addAll(parsed.resources());
    }
    return resources.build();
  }

  private void describe(
      Cluster cluster, Intent intent, Compiled compiled, Certificate certificate) {
    out.printf(
        "%n%d services, %d pods, %d policies, %d rules%n",
        cluster.services().size(),
        cluster.pods().size(),
        cluster.policies().size(),
        intent.rules().size());
    TreeMap<String, Long> tables =
        compiled.placement().entries().stream()
            .collect(toMap(e -> e.entry().table(), _ -> 1L, Long::sum, TreeMap::new));
    out.println("entries " + tables);
    compiled
        .allocation()
        .books()
        .forEach(
            (side, book) -> {
              TreeMap<String, Integer> bits = new TreeMap<>();
              book.columns().forEach((key, column) -> bits.put(key, column.bits().size()));
              out.printf(
                  "%s code: %d bits, by key %s%n",
                  side, bits.values().stream().mapToInt(b -> b).sum(), bits);
            });
    out.println("certificate " + certificate.counts());
  }
}
