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
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

final class CodesTest {
  private static final Key APP = new Key.PodLabel("app");
  private static final ImmutableSet<IpAddress.Family> BOTH =
      ImmutableSet.copyOf(IpAddress.Family.values());

  private static Workload labelled(ImmutableSortedMap<String, String> labels) {
    return new Workload(
        "n/w",
        "n",
        "s",
        labels,
        ImmutableSortedMap.of(),
        ImmutableSortedSet.of(),
        ImmutableList.of());
  }

  private static final Workload NONE = labelled(ImmutableSortedMap.of());
  private static final Workload A = labelled(ImmutableSortedMap.of("app", "a"));
  private static final Workload B = labelled(ImmutableSortedMap.of("app", "b"));
  private static final Workload OTHER = labelled(ImmutableSortedMap.of("app", "zzz"));

  private static Selector of(Selector.Test test) {
    return new Selector(ImmutableList.of(test));
  }

  private static CodeBook book(Allocation.Book before, int width, Selector... selectors) {
    Demand demand = new Demand(BOTH, true);
    Stream.of(selectors).forEach(demand::add);
    return CodeBooks.allocate(demand, before, width);
  }

  private static boolean takes(CodeBook book, Selector selector, BigInteger code) {
    return book.patterns(selector).patterns().stream().anyMatch(p -> p.matches(code));
  }

  @Test
  void aColumnTellsNamedOtherAndAbsentValuesApart() {
    Selector in = of(new Selector.Test.In(APP, ImmutableSet.of("a", "b")));
    Selector notIn = of(new Selector.Test.NotIn(APP, ImmutableSet.of("a")));
    Selector exists = of(new Selector.Test.Exists(APP));
    Selector absent = of(new Selector.Test.DoesNotExist(APP));
    CodeBook book = book(Allocation.Book.EMPTY, 128, in, notIn, exists, absent);

    assertThat(book.workloadCode(NONE)).isEqualTo(BigInteger.ZERO);
    for (Workload workload : List.of(NONE, A, B, OTHER)) {
      BigInteger code = book.workloadCode(workload);
      assertThat(takes(book, in, code)).isEqualTo(workload == A || workload == B);
      assertThat(takes(book, notIn, code)).isEqualTo(workload != A);
      assertThat(takes(book, exists, code)).isEqualTo(workload != NONE);
      assertThat(takes(book, absent, code)).isEqualTo(workload == NONE);
    }
    assertThat(book.patterns(exists).patterns()).hasSize(1);
    assertThat(book.patterns(absent).patterns()).hasSize(1);
  }

  @Test
  void notInIsAtMostOnePatternPerBit() {
    ImmutableSet<String> values = ImmutableSet.of("a", "b", "c", "d", "e", "f", "g");
    CodeBook book = book(Allocation.Book.EMPTY, 32, of(new Selector.Test.In(APP, values)));

    assertThat(book.patterns(of(new Selector.Test.NotIn(APP, ImmutableSet.of("c")))).patterns())
        .hasSize(3);
  }

  @Test
  void valuesKeepTheirNumbersWhenMoreAreNamed() {
    Selector one = of(new Selector.Test.In(APP, ImmutableSet.of("m")));
    CodeBook before = book(Allocation.Book.EMPTY, 128, one);
    CodeBook after =
        book(
            before.allocation(),
            128,
            one,
            of(new Selector.Test.In(APP, ImmutableSet.of("a"))),
            of(new Selector.Test.Exists(new Key.Namespace())));

    assertThat(after.patterns(one)).isEqualTo(before.patterns(one));
    Workload named = labelled(ImmutableSortedMap.of("app", "m"));
    assertThat(takes(after, one, after.workloadCode(named))).isTrue();
  }

  @Test
  void aBitForPresenceComesWhenSomeoneAsksForItAndChangesNoOtherPattern() {
    Selector in = of(new Selector.Test.In(APP, ImmutableSet.of("a")));
    Selector notIn = of(new Selector.Test.NotIn(APP, ImmutableSet.of("b")));
    Selector exists = of(new Selector.Test.Exists(APP));
    CodeBook before = book(Allocation.Book.EMPTY, 32, in, notIn);
    CodeBook after = book(before.allocation(), 32, in, notIn, exists);

    assertThat(before.workloadCode(OTHER)).isEqualTo(before.workloadCode(NONE));
    assertThat(before.patterns(exists).missing()).containsExactly(APP);
    assertThat(after.bits()).isEqualTo(before.bits() + 1);
    assertThat(after.patterns(in)).isEqualTo(before.patterns(in));
    assertThat(after.patterns(notIn)).isEqualTo(before.patterns(notIn));
    assertThat(takes(after, exists, after.workloadCode(OTHER))).isTrue();
    assertThat(takes(after, exists, after.workloadCode(NONE))).isFalse();
  }

  @Test
  void aServiceAccountIsANamespaceAndAName() {
    Key key = new Key.ServiceAccount();
    ImmutableSet<String> accounts =
        java.util.stream.IntStream.range(0, 49)
            .mapToObj(i -> "n" + i / 7 + "/a" + i % 7)
            .collect(ImmutableSet.toImmutableSet());
    Selector in = of(new Selector.Test.In(key, ImmutableSet.of("n1/a2")));
    Selector notIn = of(new Selector.Test.NotIn(key, ImmutableSet.of("n1/a2")));
    CodeBook book = book(Allocation.Book.EMPTY, 32, of(new Selector.Test.In(key, accounts)));

    assertThat(book.patterns(in).patterns()).hasSize(1);
    // Another namespace, or another name in that one: at most a pattern for each of 3 + 3 bits.
    assertThat(book.patterns(notIn).patterns()).hasSize(6);
    for (String account : accounts) {
      BigInteger code = book.workloadCode(account(account.substring(0, 2), account.substring(3)));
      assertThat(takes(book, in, code)).as(account).isEqualTo(account.equals("n1/a2"));
      assertThat(takes(book, notIn, code)).as(account).isEqualTo(!account.equals("n1/a2"));
    }
    assertThat(takes(book, in, BigInteger.ZERO)).isFalse();
    assertThat(takes(book, notIn, BigInteger.ZERO)).isTrue();
  }

  private static Workload account(String namespace, String account) {
    return new Workload(
        namespace + "/w",
        namespace,
        account,
        ImmutableSortedMap.of(),
        ImmutableSortedMap.of(),
        ImmutableSortedSet.of(),
        ImmutableList.of());
  }

  @Test
  void bitsOfFormerAllocationsStay() {
    Allocation.Book former =
        new Allocation.Book(
            ImmutableSortedMap.of(
                "label:app",
                new Allocation.Column(ImmutableList.of(2, 3), true, ImmutableSortedMap.of("a", 1)),
                "service-account",
                new Allocation.Column(
                    ImmutableList.of(0, 1), true, ImmutableSortedMap.of("n/s", 1))));
    Selector in = of(new Selector.Test.In(APP, ImmutableSet.of("a")));
    Selector account = of(new Selector.Test.In(new Key.ServiceAccount(), ImmutableSet.of("n/s")));
    CodeBook book = book(former, 8, in, account);

    assertThat(book.workloadCode(A).testBit(2)).isTrue();
    assertThat(book.workloadCode(A).testBit(3)).isTrue();
    assertThat(takes(book, account, book.workloadCode(A))).isTrue();
    assertThat(takes(book, account, BigInteger.ZERO)).isFalse();
  }

  @Test
  void blocksAreLaminarAndNegationNeverShadows() {
    Prefix ten = Prefix.parse("10.0.0.0/8");
    Prefix inner = Prefix.parse("10.1.0.0/16");
    Prefix sibling = Prefix.parse("10.2.0.0/16");
    Prefix six = Prefix.parse("::/0");
    Selector tenExcept =
        new Selector(
            ImmutableList.of(
                new Selector.Test.InBlocks(ImmutableSet.of(ten)),
                new Selector.Test.NotInBlocks(ImmutableSet.of(inner))));
    Selector notTen = of(new Selector.Test.NotInBlocks(ImmutableSet.of(ten)));
    Selector anySix = of(new Selector.Test.InBlocks(ImmutableSet.of(six)));
    Selector siblings = of(new Selector.Test.InBlocks(ImmutableSet.of(sibling)));
    CodeBook book = book(Allocation.Book.EMPTY, 128, tenExcept, notTen, anySix, siblings);

    record Case(String address, boolean tenExcept, boolean notTen, boolean anySix) {}
    for (Case c :
        List.of(
            new Case("10.0.0.1", true, false, false),
            new Case("10.1.0.1", false, false, false),
            new Case("10.2.0.1", true, false, false),
            new Case("11.0.0.1", false, true, false),
            new Case("2001:db8::1", false, true, true))) {
      BigInteger code = book.blockCode(IpAddress.parse(c.address));
      assertThat(takes(book, tenExcept, code)).as(c.address).isEqualTo(c.tenExcept);
      assertThat(takes(book, notTen, code)).as(c.address).isEqualTo(c.notTen);
      assertThat(takes(book, anySix, code)).as(c.address).isEqualTo(c.anySix);
    }
  }

  @Test
  void manyNestedBlocksTakeFewBits() {
    List<Prefix> blocks =
        java.util.stream.IntStream.range(0, 200)
            .mapToObj(i -> Prefix.parse("10." + i + ".0.0/16"))
            .toList();

    assertThat(BlockTree.of(blocks).bits()).isEqualTo(8);
  }

  @Test
  void theKeysThatFewestTestsAskAreLeftOutFirst() {
    Selector often = of(new Selector.Test.In(APP, ImmutableSet.of("a")));
    Selector once = of(new Selector.Test.In(new Key.Namespace(), ImmutableSet.of("x", "y", "z")));
    CodeBook book = book(Allocation.Book.EMPTY, 2, often, often, once);

    assertThat(book.patterns(often).exact()).isTrue();
    assertThat(book.patterns(once).missing()).containsExactly(new Key.Namespace());
    assertThat(book.patterns(once).patterns()).containsExactly(Pattern.ANY);
  }

  @Test
  void everyKeyHasANameThatReadsBack() {
    for (Key key :
        List.of(
            new Key.Namespace(),
            new Key.ServiceAccount(),
            new Key.PodLabel("app.kubernetes.io/name"),
            new Key.NamespaceLabel("kubernetes.io/metadata.name"),
            new Key.NamedPort("web:1", dev.weir.compiler.intent.Protocol.UDP),
            new Key.OpaquePort(9000),
            new Key.Blocks(IpAddress.Family.IPV6))) {
      assertThat(Keys.parse(Keys.text(key))).isEqualTo(key);
    }
  }
}
