// SPDX-License-Identifier: Apache-2.0
package dev.weir.bench;

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
import dev.weir.compiler.resource.Resource;
import dev.weir.compiler.validate.Certificate;
import dev.weir.compiler.validate.Validator;
import dev.weir.p4runtime.info.P4InfoReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** The compiler's steps one by one, warm. Run from the repository's root. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(1)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
public class CompilerPaths {
  private static final long SEED = 20_240_607;

  /** Of the cluster; a tenth as many services and policies. */
  @Param({"300", "3000"})
  @SuppressWarnings("NullAway.Init") // by JMH
  public int pods;

  private List<Resource> resources = List.of();

  @SuppressWarnings("NullAway.Init") // by setUp
  private Intent intent;

  @SuppressWarnings("NullAway.Init") // by setUp
  private Fabric fabric;

  @SuppressWarnings("NullAway.Init") // by setUp
  private Compiled compiled;

  /** Makes the cluster. */
  @Setup
  public void setUp() throws IOException {
    resources =
        Cluster.of(pods / 10, pods, pods / 10, SEED).manifests().stream()
            .flatMap(m -> Manifest.read(m).resources().stream())
            .toList();
    intent = Resolver.resolve(resources).intent();
    fabric =
        Fabrics.of(
            intent, Fabrics.wide(P4InfoReader.readText(Path.of("p4src/build/weir.p4info.txtpb"))));
    compiled = Compiler.compile(intent, fabric, Allocation.EMPTY, Counters.NONE);
  }

  /** Resources to rules and workloads. */
  @Benchmark
  public Resolved resolve() {
    return Resolver.resolve(resources);
  }

  /** To a placement, from nothing. */
  @Benchmark
  public Compiled compileAnew() {
    return Compiler.compile(intent, fabric, Allocation.EMPTY, Counters.NONE);
  }

  /** To a placement that keeps its allocation. */
  @Benchmark
  public Compiled compileAgain() {
    return Compiler.compile(intent, fabric, compiled.allocation(), Counters.NONE);
  }

  /** The proof. */
  @Benchmark
  public Certificate validate() {
    return Validator.check(intent, fabric, compiled.placement());
  }
}
