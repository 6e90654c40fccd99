package dev.weir.rest.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.compiler.resource.Kind;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class ApiKindTest {
  @Test
  void everyKindThatManifestsMayHoldIsServed() {
    assertThat(Arrays.stream(ApiKind.values()).map(ApiKindTest::text))
        .containsExactlyInAnyOrderElementsOf(
            Arrays.stream(Kind.values())
                .map(k -> k.text() + " " + k.apiVersion() + " " + k.plural() + " " + k.namespaced())
                .toList());
  }

  private static String text(ApiKind kind) {
    return kind.kind() + " " + kind.apiVersion() + " " + kind.plural() + " " + kind.namespaced();
  }
}
