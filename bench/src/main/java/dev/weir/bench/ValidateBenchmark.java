// SPDX-License-Identifier: Apache-2.0
package dev.weir.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.ImmutableSortedSet;
import dev.weir.bench.cluster.Cluster;
import dev.weir.bench.cluster.Fabrics;
import dev.weir.compiler.Compiled;
import dev.weir.compiler.Compiler;
import dev.weir.compiler.Counters;
import dev.weir.compiler.allocation.Allocation;
import dev.weir.compiler.change.Change;
import dev.weir.compiler.change.PlacementChange;
import dev.weir.compiler.fabric.Fabric;
import dev.weir.compiler.fabric.Fabric.Attachment;
import dev.weir.compiler.intent.Intent;
import dev.weir.compiler.intent.Workload;
import dev.weir.compiler.net.IpAddress;
import dev.weir.compiler.resolve.Resolver;
import dev.weir.compiler.resource.Manifest;
import dev.weir.compiler.resource.Resource;
import dev.weir.compiler.validate.Certificate;
import dev.weir.compiler.validate.IncrementalValidator;
import dev.weir.p4runtime.info.P4InfoReader;
import dev.weir.p4runtime.info.Pipeline;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.math.BigInteger;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Supplier;

/**
 * How long it takes to check what a change touches, by kind of change, beside a check of
 * everything. What changes of the placement comes of compiles that are not timed; each edit is
 * carried out and taken back again and again.
 */
public final class ValidateBenchmark {
  private static final long SEED = 20_240_607;
  private static final int ROUNDS = 40;
  private static final int WARM_UP = 10;

  /** The processor's time of the one thread counts: other programs may want the cores, too. */
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  private final Random random = new Random(SEED);
  private final int edits;
  private final Intent intent;
  private final Fabric fabric;
  private final Compiled compiled;
  private int next;

  private ValidateBenchmark(Pipeline pipeline, int pods, int edits) throws IOException {
    this.edits = edits;
    this.next = pods;
    intent = Resolver.resolve(resources(pods)).intent();
    fabric = Fabrics.of(intent, pipeline);
    compiled = Compiler.compile(intent, fabric, Allocation.EMPTY, Counters.NONE);
  }

  /**
   * @param args the P4Info file, the number of pods, the number of edits of each kind
   */
  public static void main(String[] args) throws IOException {
    Pipeline pipeline = Fabrics.wide(P4InfoReader.readText(Path.of(args[0])));
    int pods = args.length > 1 ? Integer.parseInt(args[1]) : 10_000;
    int edits = args.length > 2 ? Integer.parseInt(args[2]) : 10;
    new ValidateBenchmark(pipeline, pods, edits).run(pods);
  }

  private static List<Resource> resources(int pods) throws IOException {
    ObjectMapper json = new ObjectMapper();
    List<Resource> resources = new ArrayList<>();
    for (ObjectNode manifest : Cluster.of(pods / 10, pods, pods / 10, SEED).manifests()) {
      resources.addAll(Manifest.read(json.writeValueAsBytes(manifest), true).resources());
    }
    return resources;
  }

  private void run(int pods) {
    List<Step> added = prepare(this::added);
    List<Step> labelled = prepare(this::labelled);
    List<Step> without = prepare(this::without);
    long start = THREADS.getCurrentThreadCpuTime();
    IncrementalValidator validator = new IncrementalValidator(intent, fabric, compiled.placement());
    double everything = (THREADS.getCurrentThreadCpuTime() - start) / 1e6;
    System.out.printf(
        Locale.ROOT,
        "%d pods, %d edits of a kind, %d times; everything %.0f ms%n%16s %8s %8s %8s %9s %14s%n",
        pods,
        edits,
        ROUNDS,
        everything,
        "change",
        "p50 ms",
        "p99 ms",
        "worst ms",
        "entries",
        "whole : p50");
    measure(validator, added, "pod added", "pod gone", everything);
    measure(validator, labelled, "label changed", "label back", everything);
    measure(validator, without, "policy gone", "policy added", everything);
  }

  /** What an edit makes of an intent and a fabric. */
  private record Edited(Intent intent, Fabric fabric) {}

  /** One edit, there and back. */
  private record Step(
      Change change, PlacementChange placed, Change back, PlacementChange placedBack) {}

  private List<Step> prepare(Supplier<Edited> edit) {
    List<Step> steps = new ArrayList<>();
    for (int i = 0; i < edits; i++) {
      Edited edited = edit.get();
      Compiled after =
          Compiler.compile(edited.intent, edited.fabric, compiled.allocation(), Counters.NONE);
      steps.add(
          new Step(
              Change.between(intent, fabric, edited.intent, edited.fabric).orElseThrow(),
              PlacementChange.between(compiled.placement(), after.placement()),
              Change.between(edited.intent, edited.fabric, intent, fabric).orElseThrow(),
              PlacementChange.between(after.placement(), compiled.placement())));
    }
    return steps;
  }

  private void measure(
      IncrementalValidator validator,
      List<Step> steps,
      String kind,
      String kindBack,
      double everything) {
    List<Double> there = new ArrayList<>();
    List<Double> back = new ArrayList<>();
    for (int round = 0; round < WARM_UP + ROUNDS; round++) {
      for (Step step : steps) {
        double first = timed(validator, step.change, step.placed);
        double second = timed(validator, step.back, step.placedBack);
        if (round >= WARM_UP) {
          there.add(first);
          back.add(second);
        }
      }
    }
    double entries =
        steps.stream()
            .mapToInt(s -> s.placed.put().size() + s.placed.removed().size())
            .average()
            .orElse(0);
    print(kind, there, entries, everything);
    print(kindBack, back, entries, everything);
  }

  private static double timed(
      IncrementalValidator validator, Change change, PlacementChange placed) {
    long start = THREADS.getCurrentThreadCpuTime();
    Certificate certificate = validator.apply(change, placed);
    double millis = (THREADS.getCurrentThreadCpuTime() - start) / 1e6;
    if (!certificate.holds()) {
      throw new IllegalStateException("refuted: " + certificate.faults());
    }
    return millis;
  }

  private static void print(String kind, List<Double> times, double entries, double everything) {
    List<Double> sorted = times.stream().sorted().toList();
    double median = sorted.get(sorted.size() / 2);
    System.out.printf(
        Locale.ROOT,
        "%16s %8.2f %8.2f %8.2f %9.1f %14.0f%n",
        kind,
        median,
        sorted.get((int) Math.ceil(sorted.size() * 0.99) - 1),
        sorted.getLast(),
        entries,
        everything / median);
  }

  private Workload one() {
    List<Workload> all = intent.workloads().values().asList();
    return all.get(random.nextInt(all.size()));
  }

  private Edited with(Fabric fabric, TreeMap<String, Workload> workloads) {
    return new Edited(
        new Intent(
            ImmutableSortedMap.copyOf(workloads),
            intent.rules(),
            intent.paths(),
            intent.authorizers()),
        fabric);
  }

  /** One more of a deployment, at a port of its own. */
  private Edited added() {
    Workload like = one();
    int number = next++;
    String id = like.id() + "-" + number;
    Workload pod =
        new Workload(
            id,
            like.namespace(),
            like.serviceAccount(),
            like.labels(),
            like.namespaceLabels(),
            ImmutableSortedSet.of(
                new IpAddress(
                    IpAddress.Family.IPV4, BigInteger.valueOf((10L << 24) + 0xc00000 + number))),
            like.ports());
    TreeMap<String, Workload> workloads = new TreeMap<>(intent.workloads());
    workloads.put(id, pod);
    List<Attachment> attachments = new ArrayList<>(fabric.attachments());
    Attachment.WorkloadPort beside =
        (Attachment.WorkloadPort)
            fabric.attachments().stream()
                .filter(a -> a instanceof Attachment.WorkloadPort w && w.id().equals(like.id()))
                .findFirst()
                .orElseThrow();
    attachments.add(
        new Attachment.WorkloadPort(
            4_000_000 + number,
            0x020000000000L + 4_000_000 + number,
            id,
            ImmutableSet.copyOf(pod.addresses()),
            beside.sidecar()));
    return with(attached(fabric, attachments), workloads);
  }

  private static Fabric attached(Fabric fabric, List<Attachment> attachments) {
    return new Fabric(
        fabric.switchName(),
        fabric.pipeline(),
        fabric.fabricMac(),
        fabric.gateways(),
        ImmutableList.copyOf(attachments));
  }

  /** A pod takes another's labels. */
  private Edited labelled() {
    Workload pod = one();
    TreeMap<String, Workload> workloads = new TreeMap<>(intent.workloads());
    workloads.put(
        pod.id(),
        new Workload(
            pod.id(),
            pod.namespace(),
            pod.serviceAccount(),
            one().labels(),
            pod.namespaceLabels(),
            pod.addresses(),
            pod.ports()));
    return with(fabric, workloads);
  }

  private Edited without() {
    String resource = intent.rules().get(random.nextInt(intent.rules().size())).id().resource();
    return new Edited(
        new Intent(
            intent.workloads(),
            intent.rules().stream()
                .filter(r -> !r.id().resource().equals(resource))
                .collect(ImmutableList.toImmutableList()),
            intent.paths(),
            intent.authorizers()),
        fabric);
  }
}
