package dev.weir.p4runtime.info;

import com.google.common.collect.HashMultiset;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Multiset;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.SequencedSet;
import p4.config.v1.P4InfoOuterClass.Preamble;

/** Chooses, among objects of one kind, the shortest name that tells each apart. */
final class ShortNames {
  private final Multiset<String> lasts = HashMultiset.create();
  private final Multiset<String> aliases = HashMultiset.create();

  ShortNames(List<Preamble> all) {
    all.forEach(
        p -> {
          lasts.add(last(p));
          aliases.add(p.getAlias());
        });
  }

  /**
   * The part after the last dot, else the alias, else the name in full: the first that is alone.
   */
  String of(Preamble preamble) {
    String last = last(preamble);
    String alias = preamble.getAlias();
    if (lasts.count(last) == 1) {
      return last;
    }
    // An alias may equal another object's last part, and then it would take that one's name.
    return !alias.isEmpty() && aliases.count(alias) == 1 && lasts.count(alias) == 0
        ? alias
        : preamble.getName();
  }

  /** The other names of {@code preamble}'s object that mean it and nothing else. */
  ImmutableSet<String> others(Preamble preamble) {
    SequencedSet<String> names = new LinkedHashSet<>();
    names.add(preamble.getName());
    String alias = preamble.getAlias();
    if (!alias.isEmpty() && aliases.count(alias) == 1) {
      names.add(alias);
    }
    names.remove(of(preamble));
    return ImmutableSet.copyOf(names);
  }

  /** Short names by id. */
  static ImmutableMap<Integer, String> byId(List<Preamble> all) {
    ShortNames names = new ShortNames(all);
    return all.stream()
        .collect(ImmutableMap.toImmutableMap(Preamble::getId, names::of, (first, second) -> first));
  }

  private static String last(Preamble preamble) {
    String name = preamble.getName();
    return name.substring(name.lastIndexOf('.') + 1);
  }
}
