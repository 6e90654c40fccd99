// SPDX-License-Identifier: Apache-2.0
package dev.weir.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.bench.cluster.Cluster;
import dev.weir.bench.cluster.Fabrics;
import dev.weir.compiler.Compiled;
import dev.weir.compiler.Compiler;
import dev.weir.compiler.Counters;
import dev.weir.compiler.allocation.Allocation;
import dev.weir.compiler.fabric.Fabric;
import dev.weir.compiler.intent.Intent;
import dev.weir.compiler.resolve.Resolver;
import dev.weir.compiler.resource.Manifest;
import dev.weir.compiler.validate.Validator;
import dev.weir.p4runtime.info.P4InfoReader;
import dev.weir.p4runtime.info.Pipeline;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class CompactnessTest {
  private static final long SEED = 20_240_607;

  @Test
  void equalSeedsGiveEqualClusters() {
    assertThat(Cluster.of(20, 100, 30, SEED)).isEqualTo(Cluster.of(20, 100, 30, SEED));
    assertThat(Cluster.of(20, 100, 30, SEED)).isNotEqualTo(Cluster.of(20, 100, 30, SEED + 1));
  }

  @Test
  void aThousandWorkloadsTakeTwoEntriesARuleAtMostAndTenTimesFewerThanIdentityPairs()
      throws IOException {
    Pipeline pipeline =
        Fabrics.wide(P4InfoReader.readText(Path.of("../p4src/build/weir.p4info.txtpb")));
    Intent intent = intent(Cluster.of(100, 1000, 200, SEED));
    Fabric fabric = Fabrics.of(intent, pipeline);
    Compiled compiled = Compiler.compile(intent, fabric, Allocation.EMPTY, Counters.NONE);

    Compactness compactness = Compactness.of(intent, compiled);
    assertThat(Validator.check(intent, fabric, compiled.placement()).faults()).isEmpty();
    assertThat(compactness.workloads()).isEqualTo(1000);
    assertThat(compactness.perRule()).isLessThanOrEqualTo(2);
    assertThat(compactness.gain()).isGreaterThanOrEqualTo(10);
    assertThat(compactness.pairs().perIdentity())
        .isGreaterThanOrEqualTo(10 * compactness.entries());
    assertThat(compactness.sourceBits()).isLessThanOrEqualTo(40);
    assertThat(compactness.destinationBits()).isLessThanOrEqualTo(40);
  }

  private static Intent intent(Cluster cluster) {
    return Resolver.resolve(
            cluster.manifests().stream()
                .flatMap(m -> Manifest.read(m).resources().stream())
                .toList())
        .intent();
  }
}
