// SPDX-License-Identifier: Apache-2.0
package dev.weir.bench;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.collect.ImmutableList;
import dev.weir.bench.cluster.Cluster;
import dev.weir.compiler.resolve.IncrementalResolver;
import dev.weir.compiler.resolve.ResolvedChange;
import dev.weir.compiler.resource.Manifest;
import dev.weir.compiler.resource.Resource;
import dev.weir.compiler.resource.ResourceKey;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.function.Supplier;

/**
 * How long single edits take to resolve, by size of the cluster; <i>busy</i> is the time of the
 * processor, which other programs do not lengthen.
 */
public final class ResolveBenchmark {
  private static final long SEED = 20_240_607;
  private static final int EDITS = 2_000;

  private final IncrementalResolver resolver = new IncrementalResolver();
  private final Random random = new Random(SEED);
  private final Cluster cluster;

  private ResolveBenchmark(int pods) {
    this.cluster = Cluster.of(Math.max(2, pods / 10), pods, Math.max(1, pods / 10), SEED);
  }

  /** What an edit puts and deletes. */
  private record Edit(ImmutableList<Resource> put, ImmutableList<ResourceKey> deleted) {
    static Edit put(ObjectNode manifest) {
      return new Edit(Manifest.read(manifest).resources(), ImmutableList.of());
    }
  }

  /**
   * @param args numbers of pods; a tenth as many services and policies
   */
  public static void main(String[] args) {
    List<Integer> sizes =
        args.length == 0
            ? List.of(1_000, 10_000, 100_000)
            : Arrays.stream(args).map(Integer::valueOf).toList();
    System.out.printf(
        "%10s  %-28s %10s %10s %14s%n", "pods", "edit", "p50 us", "p99 us", "busy p99 us");
    for (int size : sizes) {
      new ResolveBenchmark(size).run(size);
    }
  }

  private void run(int pods) {
    apply(
        new Edit(
            cluster.manifests().stream()
                .flatMap(m -> Manifest.read(m).resources().stream())
                .collect(ImmutableList.toImmutableList()),
            ImmutableList.of()));
    row(pods, "pod's label changed", EDITS, () -> Edit.put(labelled(one(cluster.pods()))));
    row(pods, "pod added", EDITS, this::added);
    row(pods, "pod deleted", EDITS / 2, this::deleted);
    row(pods, "policy put again", EDITS, () -> Edit.put(one(cluster.policies())));
    row(
        pods,
        "namespace's label changed",
        100,
        () -> Edit.put(labelled(one(cluster.namespaces()))));
  }

  private <T> T one(List<T> of) {
    return of.get(random.nextInt(of.size()));
  }

  private ObjectNode labelled(ObjectNode manifest) {
    ObjectNode changed = manifest.deepCopy();
    ((ObjectNode) changed.path("metadata").path("labels")).put("version", "v" + random.nextInt(9));
    return changed;
  }

  private int number;

  /** A pod like another, with an address that no pod has. */
  private Edit added() {
    ObjectNode pod = one(cluster.pods()).deepCopy();
    ((ObjectNode) pod.path("metadata")).put("name", "added-" + number);
    ObjectNode status = (ObjectNode) pod.path("status");
    String address = "172.31." + number / 250 + "." + number++ % 250;
    status.put("podIP", address);
    status.putArray("podIPs").addObject().put("ip", address);
    return Edit.put(pod);
  }

  /** Each pod goes at most once. */
  private int next;

  private Edit deleted() {
    Resource pod =
        Manifest.read(cluster.pods().get(next++ % cluster.pods().size())).resources().getFirst();
    return new Edit(ImmutableList.of(), ImmutableList.of(pod.key()));
  }

  private void row(int pods, String what, int edits, Supplier<Edit> draw) {
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    double[] micros = new double[edits];
    double[] busy = new double[edits];
    for (int i = 0; i < edits; i++) {
      Edit edit = draw.get();
      long start = System.nanoTime();
      long worked = threads.getCurrentThreadCpuTime();
      apply(edit);
      busy[i] = (threads.getCurrentThreadCpuTime() - worked) / 1e3;
      micros[i] = (System.nanoTime() - start) / 1e3;
    }
    Arrays.sort(micros);
    Arrays.sort(busy);
    System.out.printf(
        Locale.ROOT,
        "%10d  %-28s %10.0f %10.0f %14.0f%n",
        pods,
        what,
        micros[edits / 2],
        micros[edits * 99 / 100],
        busy[edits * 99 / 100]);
  }

  private void apply(Edit edit) {
    ResolvedChange change = resolver.apply(edit.put, edit.deleted);
    if (!change.problems().isEmpty()) {
      throw new IllegalStateException(change.problems().toString());
    }
  }
}
