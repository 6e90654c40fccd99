package dev.weir.compiler.envoy;

import static dev.weir.compiler.request.RequestExpr.and;
import static dev.weir.compiler.request.RequestExpr.not;
import static dev.weir.compiler.request.RequestExpr.or;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.collect.ImmutableSet;
import com.google.common.collect.ImmutableSortedSet;
import dev.weir.compiler.net.IpAddress;
import dev.weir.compiler.net.IpAddress.Family;
import dev.weir.compiler.net.Prefix;
import dev.weir.compiler.request.RequestExpr;
import dev.weir.compiler.request.RequestExpr.StringMatch;
import java.math.BigInteger;
import java.util.Arrays;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

final class PassingSourcesTest {
  @Test
  void namedBlocksAreKeptApart() {
    assertThat(PassingSources.of(source("10.0.0.2/32", "10.0.0.3/32")))
        .containsExactly(prefix("10.0.0.2/32"), prefix("10.0.0.3/32"));
  }

  @Test
  void passingBlockIsSplitAroundADeniedOne() {
    assertThat(PassingSources.of(and(source("10.0.0.0/30"), not(source("10.0.0.1/32")))))
        .containsExactly(prefix("10.0.0.0/32"), prefix("10.0.0.2/31"));
  }

  @Test
  void passingBlockInsideADeniedOneInsideAPassingOneIsKept() {
    RequestExpr expr =
        or(and(source("10.0.0.0/29"), not(source("10.0.0.0/30"))), source("10.0.0.1/32"));
    assertThat(PassingSources.of(expr))
        .containsExactly(prefix("10.0.0.1/32"), prefix("10.0.0.4/30"));
  }

  @Test
  void everythingIsOneBlockOfEachFamilyAndNothingIsNone() {
    assertThat(PassingSources.of(RequestExpr.TRUE))
        .containsExactly(prefix("0.0.0.0/0"), prefix("::/0"));
    assertThat(PassingSources.of(RequestExpr.FALSE)).isEmpty();
  }

  @Test
  void requestConditionIsRefused() {
    assertThatThrownBy(
            () -> PassingSources.of(not(new RequestExpr.Method(new StringMatch.Exact("GET")))))
        .isInstanceOf(IllegalArgumentException.class);
  }

  /** An address passes by the chain of its longest block exactly where the expression holds. */
  @Property(tries = 500, seed = "77")
  void longestBlockDecidesAsTheExpression(
      @ForAll("expressions") RequestExpr expr, @ForAll("addresses") IpAddress address) {
    ImmutableSortedSet<Prefix> passing = PassingSources.of(expr);
    assertThat(passing.stream().anyMatch(block -> block.contains(address)))
        .isEqualTo(holds(expr, address));
  }

  /** No block that passes holds an address that does not, so who is denied always loses a chain. */
  @Property(tries = 500, seed = "78")
  void everyBlockPassesAsAWhole(
      @ForAll("expressions") RequestExpr expr, @ForAll("addresses") IpAddress address) {
    for (Prefix block : PassingSources.of(expr)) {
      if (block.contains(address)) {
        assertThat(holds(expr, address)).isTrue();
      }
    }
  }

  private static boolean holds(RequestExpr expr, IpAddress address) {
    return switch (expr) {
      case RequestExpr.Constant c -> c.value();
      case RequestExpr.Not n -> !holds(n.term(), address);
      case RequestExpr.And a -> a.terms().stream().allMatch(t -> holds(t, address));
      case RequestExpr.Or o -> o.terms().stream().anyMatch(t -> holds(t, address));
      case RequestExpr.Source s -> s.blocks().stream().anyMatch(b -> b.contains(address));
      case RequestExpr.Method _, RequestExpr.Path _, RequestExpr.Sent _, RequestExpr.Forwarded _ ->
          throw new AssertionError(expr);
    };
  }

  /** Addresses and blocks from sixteen of each family, so that they meet. */
  @Provide
  Arbitrary<IpAddress> addresses() {
    return net.jqwik.api.Combinators.combine(
            Arbitraries.of(Family.values()), Arbitraries.integers().between(0, 15))
        .as((family, low) -> new IpAddress(family, BigInteger.valueOf(0x0a000000L + low)));
  }

  @Provide
  Arbitrary<RequestExpr> expressions() {
    Arbitrary<RequestExpr> leaves =
        net.jqwik.api.Combinators.combine(addresses(), Arbitraries.integers().between(0, 4))
            .as(
                (address, free) ->
                    new RequestExpr.Source(
                        ImmutableSet.of(Prefix.around(address, address.family().width() - free))));
    return Arbitraries.recursive(
        () -> leaves,
        inner ->
            Arbitraries.oneOf(
                inner.list().ofMaxSize(3).map(RequestExpr::and),
                inner.list().ofMaxSize(3).map(RequestExpr::or),
                inner.map(RequestExpr::not)),
        0,
        3);
  }

  private static RequestExpr source(String... blocks) {
    return new RequestExpr.Source(
        Arrays.stream(blocks)
            .map(PassingSourcesTest::prefix)
            .collect(ImmutableSet.toImmutableSet()));
  }

  private static Prefix prefix(String text) {
    return Prefix.parse(text);
  }

  @Test
  void denyingOneNamedBlockLeavesTheOthersAsTheyAre() {
    List<String> three = List.of("10.0.0.2/32", "10.0.0.3/32", "10.0.1.0/24");
    ImmutableSortedSet<Prefix> before = PassingSources.of(source(three.toArray(String[]::new)));
    ImmutableSortedSet<Prefix> after =
        PassingSources.of(and(source(three.toArray(String[]::new)), not(source("10.0.0.3/32"))));
    assertThat(before).containsAll(after);
    assertThat(after).containsExactly(prefix("10.0.0.2/32"), prefix("10.0.1.0/24"));
  }
}
