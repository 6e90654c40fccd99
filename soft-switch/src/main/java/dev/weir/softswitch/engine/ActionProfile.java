package dev.weir.softswitch.engine;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/**
 * An action profile, with a selector or without: members that entries share, and groups of which a
 * hash chooses a member. Changes are made under the switch's write lock; packets read volatiles.
 */
public final class ActionProfile {
  private final String name;
  private final int id;
  private final int maxSize;
  private final @Nullable Calculation selector;
  private final Map<Integer, Member> members = new HashMap<>();
  private final Map<Integer, Group> groups = new HashMap<>();

  ActionProfile(String name, int id, int maxSize, @Nullable Calculation selector) {
    this.name = name;
    this.id = id;
    this.maxSize = maxSize;
    this.selector = selector;
  }

  public String name() {
    return name;
  }

  public int id() {
    return id;
  }

  /** Members the program asks for. */
  public int maxSize() {
    return maxSize;
  }

  public boolean hasSelector() {
    return selector != null;
  }

  /** The live map of members by id. Writers hold the switch's write lock. */
  public Map<Integer, Member> members() {
    return members;
  }

  /** The live map of groups by id. Writers hold the switch's write lock. */
  public Map<Integer, Group> groups() {
    return groups;
  }

  /**
   * A group over this profile, not registered in {@link #groups()} (one-shot entries own theirs).
   */
  public Group newGroup(int groupId, int maxSizeOfGroup, List<Weighted> of) {
    return new Group(groupId, maxSizeOfGroup, selector, of);
  }

  /** A member of a group with its weight and, perhaps, the port whose link it depends on. */
  public record Weighted(Member member, int weight, int watchPort) {
    /** No port is watched. */
    public static final int NO_PORT = -1;
  }

  /** A shared action. */
  public static final class Member implements Outcome {
    private final int id;
    private volatile BoundAction action;

    public Member(int id, BoundAction action) {
      this.id = id;
      this.action = action;
    }

    public int id() {
      return id;
    }

    public BoundAction action() {
      return action;
    }

    public void set(BoundAction to) {
      action = to;
    }

    @Override
    public BoundAction choose(PacketState s) {
      return action;
    }
  }

  /** Members among which the selector's hash chooses, in proportion to their weights. */
  public static final class Group implements Outcome {
    private final int id;
    private final int maxSize;
    private final @Nullable Calculation selector;
    private List<Weighted> of = List.of();
    private volatile Member[] slots = {};

    private Group(int id, int maxSize, @Nullable Calculation selector, List<Weighted> of) {
      this.id = id;
      this.maxSize = maxSize;
      this.selector = selector;
      set(of, port -> true);
    }

    public int id() {
      return id;
    }

    public int maxSize() {
      return maxSize;
    }

    public List<Weighted> members() {
      return of;
    }

    /** Replaces the members; those whose watched port is down take no packets. */
    public void set(List<Weighted> to, IntPredicate portIsUp) {
      of = List.copyOf(to);
      refresh(portIsUp);
    }

    public void refresh(IntPredicate portIsUp) {
      List<Member> chosen = new ArrayList<>();
      of.stream()
          .sorted(Comparator.comparingInt(w -> w.member().id()))
          .filter(w -> w.watchPort() == Weighted.NO_PORT || portIsUp.test(w.watchPort()))
          .forEach(
              w -> {
                for (int i = 0; i < w.weight(); i++) {
                  chosen.add(w.member());
                }
              });
      slots = chosen.toArray(Member[]::new);
    }

    @Override
    public @Nullable BoundAction choose(PacketState s) {
      Member[] live = slots;
      if (live.length == 0) {
        return null;
      }
      if (live.length == 1 || selector == null) {
        return live[0].action;
      }
      return live[(int) Long.remainderUnsigned(selector.output(s), live.length)].action;
    }
  }
}
