package dev.weir.compiler.validate;

import dev.weir.compiler.intent.Intent;
import dev.weir.compiler.intent.Key;
import dev.weir.compiler.intent.Rule;
import dev.weir.compiler.intent.Selector;
import dev.weir.compiler.intent.Workload;
import dev.weir.compiler.net.IpAddress;
import dev.weir.compiler.net.Prefix;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collection;
import java.util.Collections;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What selectors ask of atoms: of the workloads that own them and of the blocks that hold them. */
final class Selectors {
  private static final List<Workload.Port> NO_PORTS = List.of();

  private final Atoms atoms;
  private final Directory directory;
  private final Map<End, Set<Key>> asked = new EnumMap<>(End.class);
  private final Set<Block> blocks;

  Selectors(Intent intent, Atoms atoms, Directory directory) {
    this.atoms = atoms;
    this.directory = directory;
    this.blocks = blocks(intent.rules());
    for (End end : End.values()) {
      Set<Key> keys = new LinkedHashSet<>();
      intent.rules().forEach(rule -> keys(end.of(rule), keys));
      asked.put(end, keys);
    }
  }

  private static void keys(Selector selector, Set<Key> keys) {
    for (Selector.Test test : selector.tests()) {
      switch (test) {
        case Selector.Test.In in -> keys.add(in.key());
        case Selector.Test.NotIn not -> keys.add(not.key());
        case Selector.Test.Exists exists -> keys.add(exists.key());
        case Selector.Test.DoesNotExist not -> keys.add(not.key());
        case Selector.Test.InBlocks _, Selector.Test.NotInBlocks _ -> {}
      }
    }
  }

  /** Every block that selectors, or requests' expressions, name. */
  static Set<Block> blocks(Iterable<Rule> rules) {
    Set<Block> blocks = new HashSet<>();
    for (Rule rule : rules) {
      for (End end : End.values()) {
        for (Selector.Test test : end.of(rule).tests()) {
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
      blocks.addAll(peers(rule));
    }
    return blocks;
  }

  /** The blocks of clients that a rule's requests, or connections without HTTP, are asked for. */
  static Set<Block> peers(Rule rule) {
    Set<Block> blocks = new HashSet<>();
    Ask ask = Ask.of(rule, PathView.POLICY);
    for (Condition condition : List.of(ask.request(), ask.withoutHttp())) {
      condition.eachBlock(blocks::add);
    }
    return blocks;
  }

  /** Whether a rule asks only for keys and blocks that the rules of the beginning asked for. */
  boolean knows(Rule rule) {
    for (End end : End.values()) {
      Set<Key> keys = new HashSet<>();
      keys(end.of(rule), keys);
      if (!asked.getOrDefault(end, Set.of()).containsAll(keys)) {
        return false;
      }
    }
    return blocks.containsAll(blocks(List.of(rule)));
  }

  private Optional<Workload> owner(int atom) {
    return atoms.isAddress(atom) ? directory.owner(atoms.block(atom).first()) : Optional.empty();
  }

  /** The ports that the owner of an atom declares. */
  List<Workload.Port> ports(int atom) {
    return owner(atom).<List<Workload.Port>>map(Workload::ports).orElse(NO_PORTS);
  }

  /** What the atom answers to everything that selectors ask at one end. */
  Object signature(End end, int atom) {
    List<Object> answers = new ArrayList<>();
    answers.add(atoms.coarse(atom));
    answers.add(blocks.contains(atoms.block(atom)) ? atom : -1);
    Workload owner = owner(atom).orElse(null);
    if (owner != null) {
      for (Key key : asked.getOrDefault(end, Set.of())) {
        answers.add(values(key, owner));
      }
      if (end == End.SERVER) {
        answers.add(owner.ports());
      }
    }
    return answers;
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

  private static List<String> list(@Nullable String value) {
    return value == null ? List.of() : List.of(value);
  }

  /** The answers of classes. */
  Answers answers(End end, Classes classes) {
    return new Answers(end, classes);
  }

  /** A key's value, under which selectors that ask for it are found. */
  private record Heading(Key key, String value) {}

  /** Stands for selectors that are not found by a value. */
  private static final Object OTHERS = new Object();

  /** Which classes of one end selectors take. */
  final class Answers implements Columns.Answers<Selector> {
    private final End end;
    private final Classes classes;
    private final Map<Key, Map<String, BitSet>> keys = new HashMap<>();
    private final Map<Integer, BitSet> byCoarse = new HashMap<>();
    private final Map<Integer, Integer> byBlock = new HashMap<>();
    private final BitSet live = new BitSet();

    private Answers(End end, Classes classes) {
      this.end = end;
      this.classes = classes;
      asked.getOrDefault(end, Set.of()).forEach(k -> keys.put(k, new HashMap<>()));
      for (int c = 0; c < classes.count(); c++) {
        born(c);
      }
    }

    @Override
    public void born(int group) {
      int atom = classes.representative(group);
      live.set(group, atoms.live().get(atom));
      byCoarse.computeIfAbsent(atoms.coarse(atom), _ -> new BitSet()).set(group);
      if (atoms.isAddress(atom) && blocks.contains(atoms.block(atom))) {
        byBlock.put(atom, group);
      }
      owner(atom)
          .ifPresent(
              owner ->
                  keys.forEach(
                      (key, byValue) ->
                          values(key, owner)
                              .forEach(
                                  v -> byValue.computeIfAbsent(v, _ -> new BitSet()).set(group))));
    }

    @Override
    public BitSet classes(Selector selector) {
      BitSet taken = (BitSet) live.clone();
      selector.tests().forEach(t -> taken.and(classes(t)));
      return taken;
    }

    private BitSet classes(Selector.Test test) {
      return switch (test) {
        case Selector.Test.In(Key key, var values) -> with(key, values);
        case Selector.Test.NotIn(Key key, var values) -> not(with(key, values));
        case Selector.Test.Exists(Key key) -> present(key);
        case Selector.Test.DoesNotExist(Key key) -> not(present(key));
        case Selector.Test.InBlocks(var some) -> inside(some);
        case Selector.Test.NotInBlocks(var some) -> not(inside(some));
      };
    }

    private BitSet not(BitSet column) {
      BitSet rest = (BitSet) live.clone();
      rest.andNot(column);
      return rest;
    }

    private BitSet inside(Collection<Prefix> some) {
      BitSet inside = new BitSet();
      byCoarse.forEach(
          (coarse, here) -> {
            if (some.stream().anyMatch(p -> holds(p, coarse))) {
              inside.or(here);
            }
          });
      byBlock.forEach(
          (atom, group) -> {
            if (some.stream().anyMatch(p -> holds(p, atom))) {
              inside.set(group);
            }
          });
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
      Map<String, BitSet> byValue = keys.get(key);
      if (byValue == null) {
        throw new IllegalArgumentException("nothing has asked " + key + " before");
      }
      return byValue;
    }

    @Override
    public boolean takes(Selector selector, int group) {
      return Selectors.this.takes(selector, classes.representative(group));
    }

    @Override
    public List<?> headings(Selector selector) {
      List<Heading> fewest = List.of();
      for (Selector.Test test : selector.tests()) {
        if (test instanceof Selector.Test.In(Key key, var values)
            && (fewest.isEmpty() || values.size() < fewest.size())) {
          fewest = values.stream().map(v -> new Heading(key, v)).toList();
        }
      }
      return fewest.isEmpty() ? List.of(OTHERS) : fewest;
    }

    @Override
    public Iterable<?> headingsOf(int group) {
      List<Object> headings = new ArrayList<>();
      headings.add(OTHERS);
      owner(classes.representative(group))
          .ifPresent(
              owner ->
                  asked
                      .getOrDefault(end, Set.of())
                      .forEach(
                          k -> values(k, owner).forEach(v -> headings.add(new Heading(k, v)))));
      return headings;
    }
  }

  /** Blocks of one family hold no address of the other, however fields of 128 bits look. */
  private boolean holds(Prefix prefix, int atom) {
    return (prefix.address().family() == IpAddress.Family.IPV4) == atoms.isIpv4(atom)
        && Block.of(prefix).contains(atoms.block(atom));
  }

  /** Whether a selector takes an atom. */
  boolean takes(Selector selector, int atom) {
    return atoms.live().get(atom) && selector.tests().stream().allMatch(t -> takes(t, atom));
  }

  private boolean takes(Selector.Test test, int atom) {
    return switch (test) {
      case Selector.Test.In(Key key, var values) -> has(key, atom, values);
      case Selector.Test.NotIn(Key key, var values) -> !has(key, atom, values);
      case Selector.Test.Exists(Key key) -> !answers(key, atom).isEmpty();
      case Selector.Test.DoesNotExist(Key key) -> answers(key, atom).isEmpty();
      case Selector.Test.InBlocks(var some) -> some.stream().anyMatch(p -> holds(p, atom));
      case Selector.Test.NotInBlocks(var some) -> some.stream().noneMatch(p -> holds(p, atom));
    };
  }

  private boolean has(Key key, int atom, Collection<String> values) {
    return !Collections.disjoint(answers(key, atom), values);
  }

  private List<String> answers(Key key, int atom) {
    return owner(atom).map(o -> values(key, o)).orElse(List.of());
  }
}
