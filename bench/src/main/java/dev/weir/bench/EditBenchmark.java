// SPDX-License-Identifier: Apache-2.0
package dev.weir.bench;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import dev.weir.bench.cluster.Cluster;
import dev.weir.bench.cluster.Edits;
import dev.weir.bench.cluster.Fabrics;
import dev.weir.compiler.Counters;
import dev.weir.compiler.allocation.Allocation;
import dev.weir.compiler.change.Change;
import dev.weir.compiler.change.PlacementChange;
import dev.weir.compiler.encode.IncrementalCompiler;
import dev.weir.compiler.fabric.Fabric;
import dev.weir.compiler.intent.Intent;
import dev.weir.compiler.resolve.IncrementalResolver;
import dev.weir.compiler.resolve.ResolvedChange;
import dev.weir.compiler.resource.Manifest;
import dev.weir.compiler.resource.Parsed;
import dev.weir.compiler.resource.Resource;
import dev.weir.compiler.validate.Certificate;
import dev.weir.compiler.validate.IncrementalValidator;
import dev.weir.p4runtime.info.P4InfoReader;
import dev.weir.p4runtime.info.Pipeline;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Supplier;

/**
 * One edit of a running cluster, from the resource to the proved change of the placement, by kind
 * of edit: what it takes beside the whole compile and proof of the same cluster.
 */
public final class EditBenchmark {
  private static final long SEED = 20_240_607;

  /** Edits of each kind before those that count. */
  private static final int WARM_UP = 300;

  private static final int COUNTED = 1_000;

  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  private final Cluster cluster;
  private final Edits edits;
  private final IncrementalResolver resolver = new IncrementalResolver();
  private final IncrementalCompiler compiler;
  private final IncrementalValidator validator;
  private final double whole;
  private final int sidecars;

  /** Workloads that are attached. */
  private final Set<String> attached;

  /** The number of the next attachment. */
  private int next;

  private EditBenchmark(Pipeline pipeline, int pods) {
    this.cluster = Cluster.of(Math.max(2, pods / 10), pods, Math.max(1, pods / 10), SEED);
    this.edits = new Edits(cluster, SEED);
    List<Resource> resources = new ArrayList<>();
    cluster.manifests().forEach(manifest -> resources.addAll(read(manifest)));
    long start = THREADS.getCurrentThreadCpuTime();
    ResolvedChange resolved = resolver.apply(resources, ImmutableList.of());
    if (!resolved.problems().isEmpty()) {
      throw new IllegalStateException(resolved.problems().toString());
    }
    Intent intent = resolver.intent();
    Fabric fabric = Fabrics.of(intent, pipeline);
    this.sidecars =
        (int)
            fabric.attachments().stream()
                .filter(Fabric.Attachment.SidecarPort.class::isInstance)
                .count();
    this.next = intent.workloads().size();
    this.attached = new HashSet<>(intent.workloads().keySet());
    this.compiler = new IncrementalCompiler(intent, fabric, Allocation.EMPTY, Counters.NONE);
    this.validator = new IncrementalValidator(intent, fabric, compiler.placement());
    this.whole = (THREADS.getCurrentThreadCpuTime() - start) / 1e6;
    holds(validator.certificate());
  }

  /**
   * @param args the P4Info file, then numbers of pods; a tenth as many services and policies
   */
  public static void main(String[] args) throws IOException {
    Pipeline pipeline = Fabrics.wide(P4InfoReader.readText(Path.of(args[0])));
    List<Integer> sizes =
        args.length == 1
            ? List.of(1_000, 10_000, 100_000)
            : Arrays.stream(args).skip(1).map(Integer::valueOf).toList();
    for (int size : sizes) {
      new EditBenchmark(pipeline, size).run(size);
    }
  }

  private static ImmutableList<Resource> read(ObjectNode manifest) {
    Parsed parsed = Manifest.read(manifest);
    if (!parsed.problems().isEmpty()) {
      throw new IllegalStateException(parsed.problems().toString());
    }
    return parsed.resources();
  }

  private static void holds(Certificate certificate) {
    if (!certificate.holds()) {
      throw new IllegalStateException("refuted: " + certificate.faults());
    }
  }

  private void run(int size) {
    System.out.printf(
        Locale.ROOT,
        "%n%d pods; all of it at once takes the thread %.0f ms%n"
            + "Milliseconds of the thread for an edit:%n"
            + "%-28s %8s %8s %8s   %8s %8s %8s %8s   %9s %8s   %s%n",
        size,
        whole,
        "",
        "resolve",
        "compile",
        "validate",
        "p50",
        "p90",
        "p99",
        "max",
        "all/p99",
        "entries",
        "compiled whole");
    row("pod added", COUNTED, edits::podAdded);
    row("pod's label changed", COUNTED, edits::podLabelled);
    row("policy changed", COUNTED, edits::policyChanged);
    row("namespace's label changed", 20, edits::namespaceLabelled);
  }

  /** What an edit took, in milliseconds. */
  private record Took(double resolve, double compile, double validate) {
    double all() {
      return resolve + compile + validate;
    }
  }

  private void row(String what, int counted, Supplier<ObjectNode> draw) {
    Map<String, Integer> wholes = new TreeMap<>();
    List<Took> took = new ArrayList<>();
    long entries = 0;
    int warmUp = Math.min(WARM_UP, counted);
    for (int i = 0; i < warmUp + counted; i++) {
      ImmutableList<Resource> edit = read(draw.get());
      long start = THREADS.getCurrentThreadCpuTime();
      ResolvedChange resolved = resolver.apply(edit, ImmutableList.of());
      Change change = attached(resolved.change().orElseThrow());
      long resolvedAt = THREADS.getCurrentThreadCpuTime();
      PlacementChange placed = compiler.apply(change, Counters.NONE);
      long compiledAt = THREADS.getCurrentThreadCpuTime();
      Certificate certificate = validator.apply(change, placed);
      long validatedAt = THREADS.getCurrentThreadCpuTime();
      holds(certificate);
      if (i >= warmUp) {
        took.add(
            new Took(
                (resolvedAt - start) / 1e6,
                (compiledAt - resolvedAt) / 1e6,
                (validatedAt - compiledAt) / 1e6));
        entries += placed.put().size() + placed.removed().size();
        compiler.whole().ifPresent(why -> wholes.merge(why, 1, Integer::sum));
      }
    }
    double[] all = took.stream().mapToDouble(Took::all).sorted().toArray();
    double p99 = all[counted * 99 / 100];
    System.out.printf(
        Locale.ROOT,
        "%-28s %8.2f %8.2f %8.2f   %8.2f %8.2f %8.2f %8.2f   %9.0f %8.1f   %s%n",
        what,
        median(took.stream().mapToDouble(Took::resolve).toArray()),
        median(took.stream().mapToDouble(Took::compile).toArray()),
        median(took.stream().mapToDouble(Took::validate).toArray()),
        all[counted / 2],
        all[counted * 9 / 10],
        p99,
        all[counted - 1],
        whole / p99,
        (double) entries / counted,
        wholes);
  }

  private static double median(double[] some) {
    Arrays.sort(some);
    return some[some.length / 2];
  }

  /** The same with an attachment for each workload that comes. */
  private Change attached(Change change) {
    ImmutableSortedMap.Builder<Integer, Optional<Fabric.Attachment>> attachments =
        ImmutableSortedMap.naturalOrder();
    change
        .workloads()
        .forEach(
            (id, workload) -> {
              if (workload.isPresent() && attached.add(id)) {
                Fabric.Attachment port =
                    Fabrics.workload(workload.get(), next, "sidecar-" + next % sidecars);
                attachments.put(port.port(), Optional.of(port));
                next++;
              }
            });
    return new Change(change.workloads(), change.rules(), attachments.buildOrThrow());
  }
}
