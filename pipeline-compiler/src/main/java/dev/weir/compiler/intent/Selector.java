package dev.weir.compiler.intent;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import dev.weir.compiler.net.Prefix;

/**
 * A conjunction of tests on one address. Without tests it takes every address, world included; "any
 * pod" is {@code Exists(Namespace)}.
 */
public record Selector(ImmutableList<Test> tests) {
  public static final Selector ANY = new Selector(ImmutableList.of());

  /** One test. A key that the address lacks is <i>absent</i>. */
  public sealed interface Test {
    /** The key is present with one of the values. */
    record In(Key key, ImmutableSet<String> values) implements Test {}

    /** The key is absent, or present with none of the values. */
    record NotIn(Key key, ImmutableSet<String> values) implements Test {}

    record Exists(Key key) implements Test {}

    record DoesNotExist(Key key) implements Test {}

    /** The address lies in one of {@code blocks}; of any family. */
    record InBlocks(ImmutableSet<Prefix> blocks) implements Test {}

    /** The address lies in none of {@code blocks}. */
    record NotInBlocks(ImmutableSet<Prefix> blocks) implements Test {}
  }
}
