// SPDX-License-Identifier: Apache-2.0
package dev.weir.bench;

import dev.weir.bench.cluster.Cluster;
import dev.weir.bench.cluster.Fabrics;
import dev.weir.compiler.Compiled;
import dev.weir.compiler.Compiler;
import dev.weir.compiler.Counters;
import dev.weir.compiler.allocation.Allocation;
import dev.weir.compiler.intent.Intent;
import dev.weir.compiler.resolve.Resolver;
import dev.weir.compiler.resource.Manifest;
import dev.weir.compiler.resource.Resource;
import dev.weir.p4runtime.info.P4InfoReader;
import dev.weir.p4runtime.info.Pipeline;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/** Entries of policies beside those of identity pairs, by size. */
public final class CompactnessBenchmark {
  private static final long SEED = 20_240_607;

  private CompactnessBenchmark() {}

  private record Size(int workloads, int policies) {}

  private static final List<Size> SIZES =
      List.of(
          new Size(10, 10),
          new Size(100, 50),
          new Size(1_000, 100),
          new Size(1_000, 500),
          new Size(10_000, 1_000),
          new Size(10_000, 5_000));

  /**
   * @param args the P4Info file
   */
  public static void main(String[] args) throws IOException {
    Pipeline pipeline = Fabrics.wide(P4InfoReader.readText(Path.of(args[0])));
    System.out.printf(
        "%9s %8s %7s %8s %8s   %12s %12s %8s   %s%n",
        "workloads", "policies", "rules", "entries", "per rule", "pairs", "shared", "gain", "bits");
    for (Size size : SIZES) {
      Compactness c = measure(size.workloads, size.policies, pipeline);
      System.out.printf(
          Locale.ROOT,
          "%9d %8d %7d %8d %8.2f   %12d %12d %7.0fx   %d + %d%n",
          size.workloads,
          size.policies,
          c.rules(),
          c.entries(),
          c.perRule(),
          c.pairs().perEndpoint(),
          c.pairs().perIdentity(),
          c.gain(),
          c.sourceBits(),
          c.destinationBits());
    }
    System.out.println(
        "per rule: entries of rules that the header decides. pairs: entries of an identity-pair"
            + " encoding in all endpoints' maps; shared: one map for each identity.");
  }

  static Compactness measure(int workloads, int policies, Pipeline pipeline) {
    Cluster cluster = Cluster.of(Math.max(2, workloads / 10), workloads, policies, SEED);
    List<Resource> resources =
        cluster.manifests().stream().flatMap(m -> Manifest.read(m).resources().stream()).toList();
    Intent intent = Resolver.resolve(resources).intent();
    Compiled compiled =
        Compiler.compile(intent, Fabrics.of(intent, pipeline), Allocation.EMPTY, Counters.NONE);
    return Compactness.of(intent, compiled);
  }
}
