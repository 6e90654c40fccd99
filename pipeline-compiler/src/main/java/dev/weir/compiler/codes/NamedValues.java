// SPDX-License-Identifier: Apache-2.0
package dev.weir.compiler.codes;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import dev.weir.compiler.intent.Key;
import java.util.Collection;
import java.util.Optional;
import java.util.function.Function;

/**
 * Where the values of one key stand in a code. A service account has no column of its own: it is a
 * namespace and a name within it, so that names which namespaces share are numbered once.
 *
 * @param bits positions in the code, most significant first
 * @param path the bits of a value that selectors name
 */
record NamedValues(ImmutableList<Integer> bits, Function<String, BitPath> path) {

  /** Empty where {@code columns} do not answer {@code key}. */
  static Optional<NamedValues> of(Key key, ImmutableMap<Key, Column> columns) {
    if (!(columns.get(key) instanceof Column.Values own)) {
      return Optional.empty();
    }
    if (!(key instanceof Key.ServiceAccount)) {
      return Optional.of(new NamedValues(own.numberBits(), own::named));
    }
    return columns.get(new Key.Namespace()) instanceof Column.Values namespaces
        ? Optional.of(
            new NamedValues(
                ImmutableList.<Integer>builder()
                    .addAll(namespaces.numberBits())
                    .addAll(own.numberBits())
                    .build(),
                account ->
                    namespaces
                        .named(Keys.namespaceOf(account))
                        .append(own.named(Keys.nameOf(account)))))
        : Optional.empty();
  }

  ImmutableList<Pattern> in(Collection<String> values) {
    return values.stream()
        .sorted()
        .map(v -> path.apply(v).pattern(bits))
        .collect(ImmutableList.toImmutableList());
  }

  ImmutableList<Pattern> notIn(Collection<String> values) {
    return BitPath.outside(values.stream().map(path).toList()).stream()
        .map(p -> p.pattern(bits))
        .collect(ImmutableList.toImmutableList());
  }
}
