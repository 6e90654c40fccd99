// SPDX-License-Identifier: Apache-2.0
package dev.weir.compiler.codes;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.ImmutableSortedSet;
import dev.weir.compiler.allocation.Allocation;
import dev.weir.compiler.intent.Key;
import dev.weir.compiler.intent.Selector;
import dev.weir.compiler.intent.Workload;
import dev.weir.compiler.net.IpAddress;
import dev.weir.compiler.net.Prefix;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** Selectors come and go, and each book is made from the one before. */
final class CodesPropertyTest {
  private static final int WIDTH = 128;
  private static final int STEPS = 25;

  @Property(tries = 150, seed = "20261124")
  void everyBookAnswersAsTheKeysSay(@ForAll Random random) {
    Draw draw = new Draw(random);
    Demand demand = draw.demand();
    List<Selector> asked = new ArrayList<>();
    CodeBook book = CodeBooks.allocate(demand, Allocation.Book.EMPTY, WIDTH);
    for (int step = 0; step < STEPS; step++) {
      for (int i = random.nextInt(4); i >= 0; i--) {
        if (!asked.isEmpty() && random.nextInt(step < STEPS / 2 ? 4 : 2) == 0) {
          demand.remove(asked.remove(random.nextInt(asked.size())));
        } else {
          Selector selector = draw.selector();
          asked.add(selector);
          demand.add(selector);
        }
      }
      CodeBook next = CodeBooks.allocate(demand, book.allocation(), WIDTH);
      assertThat(CodeBooks.keeps(book, demand, WIDTH))
          .isEqualTo(next.allocation().equals(book.allocation()));
      assertThat(CodeBooks.keeps(next, demand, WIDTH)).isTrue();
      Demand again = draw.demand();
      asked.reversed().forEach(again::add);
      assertThat(CodeBooks.allocate(again, book.allocation(), WIDTH).allocation())
          .isEqualTo(next.allocation());
      book = next;
      for (Selector selector : asked) {
        CodeBook.Patterns patterns = book.patterns(selector);
        assertThat(patterns.exact()).isTrue();
        for (int i = 0; i < 20; i++) {
          IpAddress address = draw.address();
          Optional<Workload> owner = draw.owner();
          BigInteger code =
              owner.isPresent() ? book.code(owner.get(), address) : book.blockCode(address);
          assertThat(patterns.patterns().stream().anyMatch(p -> p.matches(code)))
              .as("%s takes %s of %s", selector, address, owner)
              .isEqualTo(Answers.takes(selector, owner, address));
        }
      }
    }
  }

  private record Draw(Random random) {
    Demand demand() {
      return new Demand(ImmutableSet.copyOf(IpAddress.Family.values()), true);
    }

    private <T> T one(List<T> of) {
      return of.get(random.nextInt(of.size()));
    }

    IpAddress address() {
      return IpAddress.parse(
          one(List.of("10.0.0.1", "10.1.2.3", "10.1.3.3", "9.9.9.9", "fd00::1")));
    }

    Optional<Workload> owner() {
      if (random.nextInt(4) == 0) {
        return Optional.empty();
      }
      ImmutableSortedMap.Builder<String, String> labels = ImmutableSortedMap.naturalOrder();
      for (String label : List.of("app", "tier")) {
        if (random.nextBoolean()) {
          labels.put(label, value());
        }
      }
      String namespace = one(List.of("blue", "green", "red"));
      return Optional.of(
          new Workload(
              namespace + "/w",
              namespace,
              value(),
              labels.buildOrThrow(),
              ImmutableSortedMap.of("team", value()),
              ImmutableSortedSet.of(),
              ImmutableList.of()));
    }

    private String value() {
      return "v" + random.nextInt(12);
    }

    Selector selector() {
      ImmutableList.Builder<Selector.Test> tests = ImmutableList.builder();
      IntStream.range(0, 1 + random.nextInt(2)).forEach(_ -> tests.add(test()));
      return new Selector(tests.build());
    }

    private Selector.Test test() {
      if (random.nextInt(6) == 0) {
        ImmutableSet<Prefix> blocks =
            ImmutableSet.of(
                Prefix.parse(
                    one(List.of("10.0.0.0/8", "10.1.0.0/16", "10.1.2.0/24", "0.0.0.0/0", "::/0"))),
                Prefix.parse(one(List.of("10.0.0.0/9", "9.0.0.0/8", "fd00::/16"))));
        return random.nextBoolean()
            ? new Selector.Test.InBlocks(blocks)
            : new Selector.Test.NotInBlocks(blocks);
      }
      Key key =
          one(
              List.of(
                  new Key.Namespace(),
                  new Key.ServiceAccount(),
                  new Key.PodLabel("app"),
                  new Key.PodLabel("tier"),
                  new Key.NamespaceLabel("team")));
      return switch (random.nextInt(8)) {
        case 0 -> new Selector.Test.Exists(key);
        case 1 -> new Selector.Test.DoesNotExist(key);
        case 2, 3 -> new Selector.Test.NotIn(key, values(key));
        default -> new Selector.Test.In(key, values(key));
      };
    }

    private ImmutableSet<String> values(Key key) {
      ImmutableSet.Builder<String> values = ImmutableSet.builder();
      for (int i = 0; i <= random.nextInt(3); i++) {
        String namespace = one(List.of("blue", "green", "red"));
        values.add(
            switch (key) {
              case Key.Namespace _ -> namespace;
              case Key.ServiceAccount _ -> namespace + "/" + value();
              default -> value();
            });
      }
      return values.build();
    }
  }
}
