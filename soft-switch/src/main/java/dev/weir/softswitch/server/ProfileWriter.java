package dev.weir.softswitch.server;

import dev.weir.softswitch.engine.ActionProfile;
import dev.weir.softswitch.engine.ActionProfile.Weighted;
import dev.weir.softswitch.engine.BoundAction;
import dev.weir.softswitch.engine.Outcome;
import dev.weir.softswitch.engine.Switch;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.WeakHashMap;
import p4.config.v1.P4InfoOuterClass;
import p4.v1.P4RuntimeOuterClass.Action;
import p4.v1.P4RuntimeOuterClass.ActionProfileAction;
import p4.v1.P4RuntimeOuterClass.ActionProfileActionSet;
import p4.v1.P4RuntimeOuterClass.ActionProfileGroup;
import p4.v1.P4RuntimeOuterClass.ActionProfileMember;
import p4.v1.P4RuntimeOuterClass.Update;

/** Writes members and groups of action profiles (P4Runtime 1.5 §9.2). */
final class ProfileWriter {
  /** A group has a slot for each unit of weight. */
  private static final int MAX_WEIGHTS = 1 << 16;

  private final PipelineView view;
  private final Switch of;

  /** How many entries and groups refer to a member or group. */
  private final IdentityHashMap<Outcome, Integer> uses = new IdentityHashMap<>();

  /** The sets of one-shot entries' groups as they were written; a group is there while in use. */
  private final Map<ActionProfile.Group, ActionProfileActionSet> sets = new WeakHashMap<>();

  ProfileWriter(PipelineView view, Switch of) {
    this.view = view;
    this.of = of;
  }

  /** Remembers how a one-shot entry's group was written. */
  void keepSet(ActionProfile.Group group, ActionProfileActionSet set) {
    sets.put(group, set);
  }

  /** What a one-shot entry's group was written as. */
  ActionProfileActionSet set(ActionProfile.Group group) {
    return sets.getOrDefault(group, ActionProfileActionSet.getDefaultInstance());
  }

  /** A selector is programmed by members and groups, or in one shot (§9.2.3). */
  void checkOneShotOnly(ProfileView profile) {
    if (!profile.profile.members().isEmpty() || !profile.profile.groups().isEmpty()) {
      throw Refused.invalid(
          "action",
          "action profile " + profile.name() + " has members: its entries name them or groups");
    }
  }

  /** See {@link #checkOneShotOnly}. */
  void checkNotOneShot(ProfileView profile) {
    if (profile.oneShots > 0) {
      throw Refused.invalid(
          "", "entries of action profile " + profile.name() + " have action sets of their own");
    }
  }

  /** Groups choose anew among the members whose watched ports are up. */
  void linksChanged() {
    for (ProfileView profile : view.profiles.values()) {
      profile.profile.groups().values().forEach(this::refresh);
    }
  }

  void refresh(ActionProfile.Group group) {
    group.refresh(of::linkIsUp);
  }

  ProfileView profile(int id) {
    if (id == 0) {
      throw Refused.invalid("action_profile_id", "is missing");
    }
    ProfileView profile = view.profiles.get(id);
    if (profile == null) {
      throw Refused.notFound("action_profile_id", "there is no action profile " + id);
    }
    return profile;
  }

  ActionProfile.Member member(ProfileView profile, int id, String path) {
    ActionProfile.Member member = profile.profile.members().get(id);
    if (member == null) {
      throw Refused.notFound(path, "action profile " + profile.name() + " has no member " + id);
    }
    return member;
  }

  ActionProfile.Group group(ProfileView profile, int id, String path) {
    ActionProfile.Group group = profile.profile.groups().get(id);
    if (group == null) {
      throw Refused.notFound(path, "action profile " + profile.name() + " has no group " + id);
    }
    return group;
  }

  /** Counts a reference from an entry of {@code table}, or takes it back. */
  void use(TableView table, Outcome outcome, int by) {
    ProfileView profile = table.profile();
    if (profile != null && outcome instanceof ActionProfile.Group group && group.id() == 0) {
      profile.oneShots += by;
    }
    use(outcome, by);
  }

  private void use(Outcome outcome, int by) {
    if (!(outcome instanceof Outcome.Direct)) {
      uses.merge(outcome, by, (a, b) -> a + b == 0 ? null : a + b);
    }
  }

  private boolean used(Outcome outcome) {
    return uses.getOrDefault(outcome, 0) > 0;
  }

  ActionProfile.Group newGroup(ProfileView profile, int id, int maxSize, List<Weighted> members) {
    ActionProfile.Group group = profile.profile.newGroup(id, maxSize, List.of());
    group.set(members, of::linkIsUp);
    return group;
  }

  void write(Transaction tx, Update.Type type, ActionProfileMember update) {
    ProfileView profile = profile(update.getActionProfileId());
    Map<Integer, ActionProfile.Member> members = profile.profile.members();
    int id = update.getMemberId();
    if (id == 0) {
      throw Refused.invalid("member_id", "is not 0 in a write");
    }
    switch (type) {
      case INSERT -> {
        BoundAction action = bind(profile, update);
        checkNotOneShot(profile);
        if (members.containsKey(id)) {
          throw Refused.exists(
              "member_id", "action profile " + profile.name() + " has member " + id);
        }
        if (members.size() >= capacity(profile)) {
          throw Refused.exhausted("", "action profile " + profile.name() + " is full");
        }
        members.put(id, new ActionProfile.Member(id, action));
        tx.onRollback(() -> members.remove(id));
      }
      case MODIFY -> {
        ActionProfile.Member member = member(profile, id, "member_id");
        BoundAction action = bind(profile, update);
        if (tx.atomic()) {
          replaceMember(tx, profile, member, new ActionProfile.Member(id, action));
          return;
        }
        BoundAction before = member.action();
        member.set(action);
        tx.onRollback(() -> member.set(before));
      }
      case DELETE -> {
        ActionProfile.Member member = member(profile, id, "member_id");
        if (used(member)) {
          throw Refused.precondition(
              "member_id", "member " + id + " of action profile " + profile.name() + " is in use");
        }
        members.remove(id);
        tx.onRollback(() -> members.put(id, member));
      }
      case UNSPECIFIED, UNRECOGNIZED -> throw new IllegalStateException("checked before");
    }
  }

  private static long capacity(ProfileView profile) {
    return profile.info.getSize() > 0 ? profile.info.getSize() : profile.profile.maxSize();
  }

  /** The action in the field {@code action}; {@code owner}: what may have it, in words. */
  static BoundAction bind(String owner, ProfileView profile, Action action) {
    try {
      return Actions.bind(owner, profile.actions, action, Actions.Use.ENTRY);
    } catch (Refused e) {
      throw e.below("action");
    }
  }

  private static BoundAction bind(ProfileView profile, ActionProfileMember update) {
    return bind("action profile " + profile.name(), profile, update.getAction());
  }

  void write(Transaction tx, Update.Type type, ActionProfileGroup update) {
    ProfileView profile = profile(update.getActionProfileId());
    if (!profile.info.getWithSelector()) {
      throw Refused.invalid(
          "action_profile_id", "action profile " + profile.name() + " has no selector: no groups");
    }
    Map<Integer, ActionProfile.Group> groups = profile.profile.groups();
    int id = update.getGroupId();
    if (id == 0) {
      throw Refused.invalid("group_id", "is not 0 in a write");
    }
    switch (type) {
      case INSERT -> {
        checkNotOneShot(profile);
        if (groups.containsKey(id)) {
          throw Refused.exists("group_id", "action profile " + profile.name() + " has group " + id);
        }
        int most = profile.info.getMaxGroupSize();
        if (update.getMaxSize() < 0
            || (most > 0 && (update.getMaxSize() == 0 || update.getMaxSize() > most))) {
          throw Refused.invalid(
              "max_size",
              most > 0
                  ? "max_size of a group is from 1 to " + most
                  : "max_size of a group is not negative");
        }
        List<Weighted> members = members(profile, update);
        checkSize(
            profile,
            members,
            update.getMaxSize() > 0 ? update.getMaxSize() : most,
            countsMembers(profile),
            "members");
        groups.put(id, newGroup(profile, id, update.getMaxSize(), members));
        members.forEach(m -> use(m.member(), 1));
        tx.onRollback(
            () -> {
              groups.remove(id);
              members.forEach(m -> use(m.member(), -1));
            });
      }
      case MODIFY -> {
        ActionProfile.Group group = group(profile, id, "group_id");
        if (update.getMaxSize() != group.maxSize()) {
          throw Refused.invalid("max_size", "max_size of a group does not change");
        }
        List<Weighted> members = members(profile, update);
        int most = group.maxSize() > 0 ? group.maxSize() : profile.info.getMaxGroupSize();
        checkSize(profile, members, most, countsMembers(profile), "members");
        List<Weighted> before = group.members();
        if (tx.atomic()) {
          replaceGroup(tx, profile, group, members);
          return;
        }
        replace(group, before, members);
        tx.onRollback(() -> replace(group, members, before));
      }
      case DELETE -> {
        ActionProfile.Group group = group(profile, id, "group_id");
        if (used(group)) {
          throw Refused.precondition(
              "group_id", "group " + id + " of action profile " + profile.name() + " is in use");
        }
        groups.remove(id);
        group.members().forEach(m -> use(m.member(), -1));
        tx.onRollback(
            () -> {
              groups.put(id, group);
              group.members().forEach(m -> use(m.member(), 1));
            });
      }
      case UNSPECIFIED, UNRECOGNIZED -> throw new IllegalStateException("checked before");
    }
  }

  /**
   * Puts another member in a member's place, in all groups and, when the batch is committed, all
   * entries: packets meet the old ones until then.
   */
  private void replaceMember(
      Transaction tx, ProfileView profile, ActionProfile.Member from, ActionProfile.Member to) {
    put(tx, profile.profile.members(), from.id(), from, to);
    for (ActionProfile.Group group : List.copyOf(profile.profile.groups().values())) {
      if (group.members().stream().anyMatch(w -> w.member() == from)) {
        replaceGroup(
            tx,
            profile,
            group,
            group.members().stream()
                .map(w -> w.member() == from ? new Weighted(to, w.weight(), w.watchPort()) : w)
                .toList());
      }
    }
  }

  private void replaceGroup(
      Transaction tx, ProfileView profile, ActionProfile.Group from, List<Weighted> members) {
    ActionProfile.Group to = newGroup(profile, from.id(), from.maxSize(), members);
    put(tx, profile.profile.groups(), from.id(), from, to);
    members.forEach(m -> use(m.member(), 1));
    from.members().forEach(m -> use(m.member(), -1));
    tx.onRollback(
        () -> {
          members.forEach(m -> use(m.member(), -1));
          from.members().forEach(m -> use(m.member(), 1));
        });
  }

  /** Replaces an outcome in its map, in the count of uses, and in the entries on commit. */
  private <T extends Outcome> void put(Transaction tx, Map<Integer, T> map, int id, T from, T to) {
    map.put(id, to);
    int byEntries = entriesThatUse(tx, from);
    use(from, -byEntries);
    use(to, byEntries);
    tx.replace(from, to);
    tx.onRollback(
        () -> {
          map.put(id, from);
          use(to, -byEntries);
          use(from, byEntries);
        });
  }

  private int entriesThatUse(Transaction tx, Outcome outcome) {
    int count = 0;
    for (TableView table : view.tables.values()) {
      if (table.profile() != null) {
        for (var entry : tx.state(table.table()).entries()) {
          count += tx.latest(entry.outcome()) == outcome ? 1 : 0;
        }
      }
    }
    return count;
  }

  private void replace(ActionProfile.Group group, List<Weighted> from, List<Weighted> to) {
    group.set(to, of::linkIsUp);
    to.forEach(m -> use(m.member(), 1));
    from.forEach(m -> use(m.member(), -1));
  }

  private List<Weighted> members(ProfileView profile, ActionProfileGroup update) {
    List<Weighted> members = new ArrayList<>();
    Set<Integer> seen = new HashSet<>();
    for (int i = 0; i < update.getMembersCount(); i++) {
      ActionProfileGroup.Member m = update.getMembers(i);
      try {
        if (!seen.add(m.getMemberId())) {
          throw Refused.invalid(
              "member_id", "member " + m.getMemberId() + " is in the group twice");
        }
        members.add(
            weighted(
                profile, member(profile, m.getMemberId(), "member_id"), m.getWeight(), watch(m)));
      } catch (Refused e) {
        throw e.below("members[" + i + "]");
      }
    }
    return members;
  }

  Weighted weighted(ProfileView profile, ActionProfile.Member member, int weight, int watchPort) {
    if (watchPort != Weighted.NO_PORT && !of.hasPort(watchPort)) {
      throw Refused.invalid("watch_port", "there is no port " + watchPort);
    }
    if (profile.info.getWeightsDisallowed()) {
      if (weight != 0) {
        throw Refused.invalid("weight", "action profile " + profile.name() + " takes no weights");
      }
      return new Weighted(member, 1, watchPort);
    }
    if (weight <= 0) {
      throw Refused.invalid("weight", "a member's weight is above 0, not " + weight);
    }
    if (profile.info.hasSumOfMembers()) {
      int most = profile.info.getSumOfMembers().getMaxMemberWeight();
      if (most > 0 && weight > most) {
        throw Refused.invalid("weight", "a member's weight is at most " + most);
      }
    }
    return new Weighted(member, weight, watchPort);
  }

  static boolean countsMembers(ProfileView profile) {
    return profile.info.getSelectorSizeSemanticsCase()
        == P4InfoOuterClass.ActionProfile.SelectorSizeSemanticsCase.SUM_OF_MEMBERS;
  }

  /**
   * A group's size counts weights, or members where P4Info or the set says so.
   *
   * @param field where the members stand
   */
  void checkSize(
      ProfileView profile, List<Weighted> members, int most, boolean countMembers, String field) {
    long weights = members.stream().mapToLong(Weighted::weight).sum();
    if (weights > MAX_WEIGHTS) {
      throw Refused.exhausted(
          field,
          "the weights of a group add up to "
              + weights
              + ", at most "
              + MAX_WEIGHTS
              + " is supported");
    }
    long size = countMembers ? members.size() : weights;
    long bound = most > 0 ? most : capacity(profile);
    if (size > bound) {
      throw most > 0
          ? Refused.invalid(
              field, "the group has size " + size + ", at most " + bound + " is allowed")
          : Refused.exhausted(
              field, "the group has size " + size + ", at most " + bound + " is allowed");
    }
  }

  @SuppressWarnings("deprecation") // old controllers still use watch
  static int watch(ActionProfileAction action) {
    return switch (action.getWatchKindCase()) {
      case WATCH -> action.getWatch() == 0 ? Weighted.NO_PORT : action.getWatch();
      case WATCH_PORT -> Numbers.read(action.getWatchPort(), 31, "watch_port").intValue();
      case WATCHKIND_NOT_SET -> Weighted.NO_PORT;
    };
  }

  @SuppressWarnings("deprecation") // old controllers still use watch
  private static int watch(ActionProfileGroup.Member member) {
    return switch (member.getWatchKindCase()) {
      case WATCH -> member.getWatch() == 0 ? Weighted.NO_PORT : member.getWatch();
      case WATCH_PORT -> Numbers.read(member.getWatchPort(), 31, "watch_port").intValue();
      case WATCHKIND_NOT_SET -> Weighted.NO_PORT;
    };
  }
}
