package dev.weir.reference;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;

/**
 * Probes at the boundaries of policies' rules: for each rule some that it decides, where such are
 * found, and then the same with one thing changed at a time, to what the rule names and to its
 * nearest neighbours. The same resources give the same probes.
 */
public final class Boundaries {
  /** Enough for one more and one less of most that a rule of usual size names. */
  private static final int PER_RULE = 96;

  /** A rule that random choices miss this often is asked about by the choices themselves. */
  private static final int TRIES = 400;

  /** Peers and ports of one rule are or-ed: each way to meet it has boundaries of its own. */
  private static final int BASES = 4;

  private static final int WITHOUT_BASE = 12;

  private final Reference reference;
  private final Set<String> changed;
  private final Random random = new Random(0);

  private Boundaries(Reference reference, Set<String> changed) {
    this.reference = reference;
    this.changed = changed;
  }

  /**
   * Chooses probes, in the form that {@link Probe#readAll} takes, with addresses for ends.
   *
   * @param changed resources as in {@code NetworkPolicy shop/cart}: where only policies are among
   *     them, their rules are asked about; else all rules are, and changed pods before others
   * @param most how many; of more rules than that allows, some evenly chosen ones are asked about
   */
  public static List<ObjectNode> probes(Reference reference, Set<String> changed, int most) {
    return new Boundaries(reference, changed).probes(most);
  }

  private List<ObjectNode> probes(int most) {
    List<Rule> rules = rules();
    int count = Math.min(rules.size(), Math.max(1, most / PER_RULE));
    Set<ObjectNode> probes = new LinkedHashSet<>();
    for (int i = 0; i < count; i++) {
      probes.addAll(at(rules.get((int) ((long) i * rules.size() / count))));
    }
    return probes.stream().limit(most).toList();
  }

  /** A rule, or a whole policy that has none. */
  record Rule(Resource policy, Field field) {}

  private List<Rule> rules() {
    List<Resource> policies =
        reference.resources().stream().filter(each -> each.kind().endsWith("Policy")).toList();
    Set<String> others = new LinkedHashSet<>(changed);
    policies.forEach(policy -> others.remove(policy.id()));
    List<Rule> rules = new ArrayList<>();
    for (Resource policy : policies) {
      if (!others.isEmpty() || changed.contains(policy.id())) {
        int before = rules.size();
        for (String list : List.of("rules", "ingress", "egress")) {
          policy.spec().get(list).list().forEach(field -> rules.add(new Rule(policy, field)));
        }
        if (rules.size() == before) {
          rules.add(new Rule(policy, policy.spec()));
        }
      }
    }
    return rules;
  }

  private List<ObjectNode> at(Rule rule) {
    List<Choices.Dimension> dimensions = new Choices(reference, rule, changed).dimensions();
    List<int[]> bases = new ArrayList<>();
    List<ObjectNode> tried = new ArrayList<>();
    for (int i = 0; i < TRIES && bases.size() < BASES; i++) {
      int[] choice =
          dimensions.stream().mapToInt(each -> random.nextInt(each.values().size())).toArray();
      ObjectNode probe = probe(dimensions, choice);
      Optional<Decision> decision = decision(probe);
      decision.ifPresent(_ -> tried.add(probe));
      if (decision.filter(each -> each.rule().contains(rule.field().path().strip())).isPresent()) {
        bases.add(choice);
      }
    }
    if (bases.isEmpty()) {
      return tried.subList(0, Math.min(WITHOUT_BASE, tried.size()));
    }
    Set<ObjectNode> probes = new LinkedHashSet<>();
    bases.forEach(base -> probes.addAll(around(base, PER_RULE / bases.size(), dimensions)));
    return List.copyOf(probes);
  }

  private List<ObjectNode> around(int[] base, int most, List<Choices.Dimension> dimensions) {
    List<ObjectNode> neighbours = new ArrayList<>();
    for (int i = 0; i < base.length; i++) {
      for (int value = 0; value < dimensions.get(i).values().size(); value++) {
        if (value != base[i]) {
          int[] moved = base.clone();
          moved[i] = value;
          neighbours.add(probe(dimensions, moved));
        }
      }
    }
    neighbours.removeIf(probe -> decision(probe).isEmpty());
    Collections.shuffle(neighbours, random);
    neighbours.addFirst(probe(dimensions, base));
    return neighbours.subList(0, Math.min(most, neighbours.size()));
  }

  /** Nothing where the two ends share no address family. */
  private Optional<Decision> decision(ObjectNode probe) {
    try {
      return Optional.of(
          reference.decide(
              Probe.readAll(JsonNodeFactory.instance.arrayNode().add(probe)).getFirst()));
    } catch (ReferenceException e) {
      return Optional.empty();
    }
  }

  private static ObjectNode probe(List<Choices.Dimension> dimensions, int[] choice) {
    ObjectNode probe = JsonNodeFactory.instance.objectNode();
    ObjectNode request = JsonNodeFactory.instance.objectNode();
    for (int i = 0; i < choice.length; i++) {
      Choices.Dimension dimension = dimensions.get(i);
      JsonNode value = dimension.values().get(choice[i]);
      if (!value.isMissingNode()) {
        dimension.place().put(dimension.place().ofRequest() ? request : probe, value);
      }
    }
    if (probe.path("protocol").asText().equals("TCP") && !request.isEmpty()) {
      probe.set("request", request);
    }
    return probe;
  }
}
