package dev.weir.compiler.validate;

import dev.weir.compiler.intent.Intent;
import dev.weir.compiler.intent.Key;
import dev.weir.compiler.intent.Rule;
import dev.weir.compiler.intent.Selector;
import dev.weir.compiler.intent.Workload;
import dev.weir.compiler.net.Prefix;
import java.util.BitSet;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Which atoms selectors take, from the workloads that own them and the blocks that hold them. */
final class Selectors {
  private final Atoms atoms;
  private final Map<Integer, Workload> owners = new HashMap<>();
  private final Map<Key, Map<String, BitSet>> keys = new HashMap<>();
  private final Map<Selector, BitSet> known = new HashMap<>();

  Selectors(Atoms atoms, Directory directory) {
    this.atoms = atoms;
    directory.owners().forEach((address, owner) -> owners.put(atoms.of(address), owner));
  }

  /** Every block that a selector names. */
  static Set<Block> blocks(Intent intent) {
    Set<Block> blocks = new HashSet<>();
    for (Rule rule : intent.rules()) {
      for (Selector selector : List.of(rule.source(), rule.destination())) {
        for (Selector.Test test : selector.tests()) {
          switch (test) {
            case Selector.Test.InBlocks in -> in.blocks().forEach(b -> blocks.add(Block.of(b)));
            case Selector.Test.NotInBlocks not ->
                not.blocks().forEach(b -> blocks.add(Block.of(b)));
            case Selector.Test.In _,
                Selector.Test.NotIn _,
                Selector.Test.Exists _,
                Selector.Test.DoesNotExist _ -> {}
          }
        }
      }
    }
    return blocks;
  }

  /** The ports that the owner of an atom declares. */
  List<Workload.Port> ports(int atom) {
    Workload owner = owners.get(atom);
    return owner == null ? List.of() : owner.ports();
  }

  /** What tells destinations apart besides what selectors ask: their ports. */
  Collection<BitSet> portColumns() {
    Map<List<Workload.Port>, BitSet> columns = new HashMap<>();
    owners.forEach(
        (atom, owner) -> columns.computeIfAbsent(owner.ports(), _ -> new BitSet()).set(atom));
    return columns.values();
  }

  /** The live atoms that a selector takes. */
  BitSet atoms(Selector selector) {
    return known.computeIfAbsent(
        selector,
        s -> {
          BitSet taken = (BitSet) atoms.live().clone();
          s.tests().forEach(t -> taken.and(atoms(t)));
          return taken;
        });
  }

  private BitSet atoms(Selector.Test test) {
    return switch (test) {
      case Selector.Test.In(Key key, var values) -> with(key, values);
      case Selector.Test.NotIn(Key key, var values) -> not(with(key, values));
      case Selector.Test.Exists(Key key) -> present(key);
      case Selector.Test.DoesNotExist(Key key) -> not(present(key));
      case Selector.Test.InBlocks(var blocks) -> inside(blocks);
      case Selector.Test.NotInBlocks(var blocks) -> not(inside(blocks));
    };
  }

  private BitSet not(BitSet column) {
    BitSet rest = (BitSet) atoms.live().clone();
    rest.andNot(column);
    return rest;
  }

  /** Blocks of one family hold no address of the other, however fields of 128 bits look. */
  private BitSet inside(Collection<Prefix> blocks) {
    BitSet inside = new BitSet();
    for (Prefix prefix : blocks) {
      BitSet range = atoms.range(Block.of(prefix));
      switch (prefix.address().family()) {
        case IPV4 -> range.and(atoms.ipv4());
        case IPV6 -> range.andNot(atoms.ipv4());
      }
      inside.or(range);
    }
    return inside;
  }

  private BitSet with(Key key, Collection<String> values) {
    BitSet with = new BitSet();
    Map<String, BitSet> byValue = byValue(key);
    for (String value : values) {
      BitSet column = byValue.get(value);
      if (column != null) {
        with.or(column);
      }
    }
    return with;
  }

  private BitSet present(Key key) {
    BitSet present = new BitSet();
    byValue(key).values().forEach(present::or);
    return present;
  }

  private Map<String, BitSet> byValue(Key key) {
    return keys.computeIfAbsent(
        key,
        k -> {
          Map<String, BitSet> byValue = new HashMap<>();
          owners.forEach(
              (atom, owner) ->
                  values(k, owner)
                      .forEach(v -> byValue.computeIfAbsent(v, _ -> new BitSet()).set(atom)));
          return byValue;
        });
  }

  private static List<String> values(Key key, Workload owner) {
    return switch (key) {
      case Key.Namespace _ -> List.of(owner.namespace());
      case Key.ServiceAccount _ -> List.of(owner.namespace() + "/" + owner.serviceAccount());
      case Key.PodLabel l -> list(owner.labels().get(l.name()));
      case Key.NamespaceLabel l -> list(owner.namespaceLabels().get(l.name()));
      case Key.NamedPort n ->
          owner.ports().stream()
              .filter(p -> p.name().equals(n.name()) && p.protocol() == n.protocol())
              .map(p -> String.valueOf(p.number()))
              .toList();
      case Key.OpaquePort _, Key.Blocks _ ->
          throw new IllegalArgumentException("no selector asks " + key);
    };
  }

  private static List<String> list(@org.jspecify.annotations.Nullable String value) {
    return value == null ? List.of() : List.of(value);
  }
}
