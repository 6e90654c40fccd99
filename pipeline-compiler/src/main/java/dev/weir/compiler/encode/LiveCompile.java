// SPDX-License-Identifier: Apache-2.0
package dev.weir.compiler.encode;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.ImmutableSetMultimap;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.ImmutableSortedSet;
import com.google.common.collect.Sets;
import dev.weir.compiler.allocation.Allocation;
import dev.weir.compiler.change.Change;
import dev.weir.compiler.change.PlacementChange;
import dev.weir.compiler.codes.CodeBook;
import dev.weir.compiler.codes.Side;
import dev.weir.compiler.fabric.Fabric;
import dev.weir.compiler.fabric.Fabric.Attachment;
import dev.weir.compiler.intent.Intent;
import dev.weir.compiler.intent.Key;
import dev.weir.compiler.intent.Rule;
import dev.weir.compiler.intent.Workload;
import dev.weir.compiler.net.IpAddress;
import dev.weir.compiler.placement.Placement;
import dev.weir.compiler.placement.Placement.Denied;
import dev.weir.compiler.placement.Placement.PlacedEntry;
import dev.weir.compiler.placement.Placement.PlacedRule;
import dev.weir.compiler.placement.Placement.SidecarConfig;
import dev.weir.p4runtime.entry.Entry;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * One compile, kept so that a change recomputes only what depends on it: every stage of {@link
 * Encoder} as a table of results by rule, address, code, endpoint and sidecar, with indexes from
 * what each result reads. Not for several threads, and of no use after a change that it cannot
 * follow.
 */
final class LiveCompile {
  /** An address as it is placed. */
  private record Placed(
      IpAddress address,
      LiveAddresses.Home home,
      BigInteger source,
      BigInteger destination,
      ImmutableList<PlacedEntry> entries) {}

  /** A workload's addresses and endpoints. */
  private record Unit(List<Placed> placed, List<Endpoint> endpoints) {
    static final Unit NOTHING = new Unit(List.of(), List.of());
  }

  /** What a change has touched so far. */
  private static final class Touched {
    final Set<Endpoint> gone = new LinkedHashSet<>();
    final Set<Endpoint> endpoints = new LinkedHashSet<>();
    final Set<Rule.Id> rules = new LinkedHashSet<>();
    final Set<String> resources = new TreeSet<>();
  }

  private final Fabric fabric;
  private final Capabilities capabilities;
  private final LiveAddresses addresses;
  private final LiveCodes codes = new LiveCodes();
  private final LivePolicy policy;
  private final LiveServers servers;
  private final LiveEntries entries = new LiveEntries();
  private final LiveSidecars sidecars;
  private final Map<String, Attachment.SidecarPort> sidecarPorts = new HashMap<>();
  private final Set<IpAddress> sidecarAddresses;
  private FabricEntries fabricEntries;
  private final Map<String, Unit> units = new HashMap<>();
  private final TreeMap<String, ImmutableList<PlacedRule>> rules = new TreeMap<>();
  private final TreeMap<String, ImmutableList<Denied>> exceptions = new TreeMap<>();

  /**
   * Takes up a compile.
   *
   * @param allocation that it gave
   * @param books that it used
   * @throws WholeException where its changes cannot be followed one by one
   */
  LiveCompile(
      Intent intent, Fabric whole, Allocation allocation, ImmutableMap<Side, CodeBook> books)
      throws WholeException {
    if (!allocation.spilled().isEmpty()) {
      throw new WholeException("policies are spilled");
    }
    this.capabilities = new Capabilities(whole.pipeline());
    this.addresses = new LiveAddresses(whole.gateways(), capabilities.families());
    ImmutableList.Builder<Attachment> fixed = ImmutableList.builder();
    ImmutableSortedMap.Builder<IpAddress, Attachment> attached = ImmutableSortedMap.naturalOrder();
    for (Attachment attachment : whole.attachments()) {
      switch (attachment) {
        case Attachment.WorkloadPort _ -> {}
        case Attachment.SidecarPort s -> {
          fixed.add(s);
          sidecarPorts.put(s.name(), s);
          addresses.put(s);
          for (IpAddress address : s.addresses()) {
            if (capabilities.families().contains(address.family())) {
              attached.put(address, s);
              addresses.home(address); // of several claimants, none has it
            }
          }
        }
        case Attachment.WorldPort w -> {
          fixed.add(w);
          addresses.put(w);
        }
      }
    }
    Identities identities =
        new Identities(ImmutableSortedMap.of(), attached.buildOrThrow(), ImmutableSortedSet.of());
    this.sidecarAddresses = identities.attached().keySet();
    this.fabric =
        new Fabric(
            whole.switchName(),
            whole.pipeline(),
            whole.fabricMac(),
            whole.gateways(),
            fixed.build());
    this.policy = new LivePolicy(capabilities, codes, books, allocation);
    this.servers = new LiveServers(capabilities.layers(), policy, codes);
    this.sidecars =
        new LiveSidecars(
            capabilities,
            servers,
            entries,
            new Listeners(new FullPolicy(policy.takers(), intent.paths(), intent.authorizers())),
            sidecarPorts.values(),
            allocation);
    this.fabricEntries = new FabricEntries(capabilities, fabric, books);
    for (IpAddress.Family family : capabilities.families()) {
      policy.book(Side.SOURCE).worldCodes(family).forEach(code -> codes.addSource(family, code));
    }
    FabricEntries.of(capabilities, fabric, identities, books).forEach(entries::add);
    Intent nobody =
        new Intent(
            ImmutableSortedMap.of(), ImmutableList.of(), intent.paths(), intent.authorizers());
    apply(Change.between(nobody, fabric, intent, whole).orElseThrow());
  }

  /**
   * Follows a change.
   *
   * @throws WholeException where it cannot: then this is of no use any more
   */
  PlacementChange apply(Change change) throws WholeException {
    policy.begin();
    sidecars.begin();
    Touched touched = new Touched();
    Set<String> ids = ids(change);
    touched.resources.addAll(change.rules().keySet());
    for (String resource : change.rules().keySet()) {
      policy.forEachUntold(resource, servers::touch);
      policy.remove(resource);
    }
    for (String id : ids) {
      for (Placed placed : leave(id, touched).placed) {
        placed.home.owner().ifPresent(owner -> policy.disown(placed.address, owner));
      }
    }
    ImmutableMap<Rule.PortMatch.Named, ImmutableSortedSet<String>> names = policy.namesAsked();
    update(change);
    if (!names.equals(policy.namesAsked())) {
      throw new WholeException("a port name stands for other numbers");
    }
    for (String id : ids) {
      for (IpAddress address : addresses.addresses(id)) {
        addresses.home(address).owner().ifPresent(owner -> policy.own(address, owner));
      }
    }
    change.rules().values().forEach(policy::ask);
    TreeSet<String> entering = new TreeSet<>(ids);
    for (String id : recoded()) {
      if (entering.add(id)) {
        leave(id, touched);
      }
    }
    for (String id : entering) {
      enter(id, touched);
    }
    LiveCodes.Changed sources = codes.takeChanged();
    Map<BigInteger, Optional<BigInteger>> akin = new HashMap<>();
    for (BigInteger code : Sets.union(sources.come(), sources.gone())) {
      Optional<BigInteger> like = codes.nearest(code, sources.come());
      akin.put(code, like);
      policy.classes().forEach(classes -> classes.sourceChanged(code, like));
    }
    for (Map.Entry<String, ImmutableList<Rule>> each : change.rules().entrySet()) {
      policy.place(each.getKey(), each.getValue());
      policy.forEachUntold(each.getKey(), servers::touch);
    }
    policy.declarationsChanged(touched.rules);
    policy.settleClasses();
    settleTables(sources, akin, touched);
    servers.settle(sources.numbers(), touched.endpoints, touched.rules);
    touched.endpoints.addAll(Sets.difference(sidecars.full(), touched.gone));
    ImmutableSortedMap<String, Optional<SidecarConfig>> configurations =
        sidecars.settle(touched.gone, touched.endpoints, touched.resources);
    touched.rules.forEach(id -> touched.resources.add(id.resource()));
    ImmutableSortedMap.Builder<String, ImmutableList<PlacedRule>> changedRules =
        ImmutableSortedMap.naturalOrder();
    ImmutableSortedMap.Builder<String, ImmutableList<Denied>> changedExceptions =
        ImmutableSortedMap.naturalOrder();
    ImmutableSet.Builder<Entry.Key> removed = ImmutableSet.builder();
    ImmutableList.Builder<PlacedEntry> put = ImmutableList.builder();
    for (String table : entries.tables()) {
      if (entries.size(table) > capabilities.size(table)) {
        throw new WholeException("table " + table + " is full");
      }
    }
    entries.take(removed, put);
    for (String resource : touched.resources) {
      replace(rules, resource, placed(resource), changedRules);
      replace(exceptions, resource, denied(resource), changedExceptions);
    }
    return new PlacementChange(
        removed.build(),
        put.build(),
        configurations,
        changedRules.buildOrThrow(),
        changedExceptions.buildOrThrow());
  }

  /** The workloads that a change touches. */
  private Set<String> ids(Change change) throws WholeException {
    Set<String> ids = new TreeSet<>(change.workloads().keySet());
    for (Map.Entry<Integer, Optional<Attachment>> each : change.attachments().entrySet()) {
      for (Optional<Attachment> some :
          List.of(addresses.attachment(each.getKey()), each.getValue())) {
        if (some.isPresent()) {
          if (!(some.get() instanceof Attachment.WorkloadPort w)) {
            throw new WholeException("a sidecar or the world is attached anew");
          }
          ids.add(w.id());
        }
      }
    }
    return ids;
  }

  private void update(Change change) throws WholeException {
    for (String id : change.workloads().keySet()) {
      Optional<Workload> before = addresses.workload(id);
      if (before.isPresent()) {
        addresses.remove(before.get());
        policy.withdraw(before.get());
      }
    }
    for (int port : change.attachments().keySet()) {
      addresses.attachment(port).ifPresent(addresses::remove);
    }
    for (Optional<Workload> now : change.workloads().values()) {
      if (now.isPresent()) {
        addresses.put(now.get());
        policy.declare(now.get());
      }
    }
    for (Optional<Attachment> now : change.attachments().values()) {
      if (now.isPresent()) {
        addresses.put(now.get());
      }
    }
  }

  /** The workloads that have other codes now. */
  private Set<String> recoded() throws WholeException {
    Set<String> ids = new TreeSet<>();
    Map<Side, ImmutableSetMultimap<Key, String>> added = policy.recode();
    for (ImmutableSetMultimap<Key, String> values : added.values()) {
      values.forEach(
          (key, value) -> policy.takers().told(key, value).forEach(w -> ids.add(w.id())));
    }
    if (!added.isEmpty()) {
      fabricEntries = new FabricEntries(capabilities, fabric, policy.books());
    }
    return ids;
  }

  /** Takes back what a workload's addresses brought about; they stay its own. */
  private Unit leave(String id, Touched touched) {
    Unit unit = units.getOrDefault(id, Unit.NOTHING);
    units.remove(id);
    for (Endpoint endpoint : unit.endpoints) {
      servers.remove(endpoint);
      touched.gone.add(endpoint);
      touched.endpoints.remove(endpoint);
    }
    for (Placed placed : unit.placed) {
      placed.entries.forEach(entries::remove);
      placed
          .home
          .owner()
          .ifPresent(
              owner -> {
                IpAddress.Family family = placed.address.family();
                codes.removeSource(family, placed.source);
                codes.destinations().remove(placed.destination);
                policy.opaque().withdraw(owner, placed.destination);
                servers.remove(
                    family,
                    placed.destination,
                    owner.id(),
                    UndeclaredPorts.declared(owner),
                    touched.rules);
                touchUndeclared(placed.address, owner, touched);
              });
    }
    return unit;
  }

  /**
   * What is said of rules that steer to undeclared ports depends on the ports that are declared.
   */
  private void touchUndeclared(IpAddress address, Workload owner, Touched touched) {
    policy
        .takers()
        .rules(owner, address, rule -> servers.isUndeclared(rule.id()))
        .forEach(rule -> touched.rules.add(rule.id()));
  }

  /** Places a workload's addresses. */
  private void enter(String id, Touched touched) throws WholeException {
    List<Placed> placed = new ArrayList<>();
    CodeBook from = policy.book(Side.SOURCE);
    CodeBook to = policy.book(Side.DESTINATION);
    for (IpAddress address : addresses.addresses(id)) {
      LiveAddresses.Home home = addresses.home(address);
      if (home.owner().isEmpty()) {
        continue;
      }
      Workload owner = home.owner().get();
      Placed here =
          new Placed(
              address,
              home,
              from.code(owner, address),
              to.code(owner, address),
              fabricEntries.of(address, home.owner(), home.at()));
      placed.add(here);
      here.entries.forEach(entries::add);
      codes.addSource(address.family(), here.source);
      codes.destinations().add(here.destination);
      policy.opaque().declare(owner, here.destination);
      servers.add(address.family(), here.destination, owner.id(), UndeclaredPorts.declared(owner));
      touched.rules.addAll(
          servers.undeclared(address.family(), here.destination, UndeclaredPorts.declared(owner)));
      touchUndeclared(address, owner, touched);
    }
    List<Endpoint> endpoints = endpoints(id);
    endpoints.forEach(servers::add);
    touched.endpoints.addAll(endpoints);
    if (!placed.isEmpty()) {
      units.put(id, new Unit(placed, endpoints));
    }
  }

  private List<Endpoint> endpoints(String id) throws WholeException {
    List<Endpoint> endpoints = new ArrayList<>();
    Map<IpAddress.Family, Integer> ordinals = new HashMap<>();
    for (Map.Entry<IpAddress, Attachment.WorkloadPort> each : addresses.attached(id).entrySet()) {
      IpAddress address = each.getKey();
      Optional<Workload> owner = addresses.home(address).owner();
      if (owner.isPresent()) {
        Optional<Endpoint.Via> via =
            Optional.ofNullable(sidecarPorts.get(each.getValue().sidecar()))
                .filter(_ -> capabilities.steers())
                .flatMap(s -> Endpoint.via(s, address.family(), sidecarAddresses::contains));
        endpoints.addAll(
            Endpoint.of(
                id,
                ordinals.merge(address.family(), 1, Integer::sum),
                owner.get(),
                address,
                policy.book(Side.DESTINATION).code(owner.get(), address),
                via));
      }
    }
    return endpoints;
  }

  /**
   * @param akin a code that is like each that has come or gone, where there is one
   */
  private void settleTables(
      LiveCodes.Changed sources, Map<BigInteger, Optional<BigInteger>> akin, Touched touched)
      throws WholeException {
    PolicyEntries written = new PolicyEntries(capabilities);
    for (Rule.Layer layer : capabilities.layers()) {
      PolicyTable table = policy.table(layer);
      for (PolicyTable.Difference difference : table.settle()) {
        for (Optional<PolicyRow> each : List.of(difference.before(), difference.after())) {
          if (each.isPresent()) {
            servers.touch(each.get());
            touched.rules.addAll(each.get().rules());
          }
        }
        difference.before().ifPresent(row -> entries.remove(written.of(layer, row)));
        difference.after().ifPresent(row -> entries.add(written.of(layer, row)));
      }
      for (BigInteger source : sources.come()) {
        // Where no row tells it from one that is there, it meets nothing new.
        Set<PolicyRow> own = new HashSet<>(table.from(source));
        Set<PolicyRow> others = new HashSet<>();
        akin.getOrDefault(source, Optional.empty())
            .ifPresent(like -> others.addAll(table.from(like)));
        Sets.symmetricDifference(own, others).forEach(row -> servers.sourceCome(row, source));
      }
      for (BigInteger source : sources.gone()) {
        table.from(source).forEach(servers::sourceGone);
      }
      // One entry is left free, for the plan to close the table by.
      if (table.size() > capabilities.size(Capabilities.table(layer)) - 1) {
        throw new WholeException("the table of " + layer + " is full");
      }
    }
  }

  private ImmutableList<PlacedRule> placed(String resource) {
    ImmutableList.Builder<PlacedRule> placed = ImmutableList.builder();
    for (LivePolicy.Held held : policy.rules(resource)) {
      PolicyTable.Uses uses = policy.table(held.holder).uses(held.rule.id());
      placed.add(
          PlacedRules.placed(
              held.rule,
              reason(resource, held),
              uses.rows(),
              uses.more() > 0,
              servers.isUndeclared(held.rule.id())));
    }
    return placed.build();
  }

  /** Of rules with one id, the last says why. */
  private Reason reason(String resource, LivePolicy.Held held) {
    Reason reason = held.encoded.reason();
    for (LivePolicy.Held other : policy.rules(resource)) {
      if (other.holder == held.holder && other.rule.id().equals(held.rule.id())) {
        reason = other.encoded.reason();
      }
    }
    return reason;
  }

  private ImmutableList<Denied> denied(String resource) {
    Set<Denied> denied = new LinkedHashSet<>(sidecars.denied(resource));
    for (LivePolicy.Held held : policy.rules(resource)) {
      PlacedRules.exception(
              held.rule,
              reason(resource, held),
              () ->
                  servers.isUndeclared(held.rule.id())
                      ? UndeclaredPorts.exception(
                          held.rule, servers.undeclared(held.rule.id()), policy.takers())
                      : Optional.empty())
          .ifPresent(denied::add);
    }
    return ImmutableList.sortedCopyOf(PlacedRules.BY_RULE, denied);
  }

  private static <T> void replace(
      Map<String, ImmutableList<T>> all,
      String resource,
      ImmutableList<T> now,
      ImmutableSortedMap.Builder<String, ImmutableList<T>> changed) {
    ImmutableList<T> before = all.getOrDefault(resource, ImmutableList.of());
    if (!before.equals(now)) {
      changed.put(resource, now);
    }
    if (now.isEmpty()) {
      all.remove(resource);
    } else {
      all.put(resource, now);
    }
  }

  /** Has placement and allocation be what they were before a change that could not be followed. */
  void restore() {
    policy.restore();
    sidecars.restore();
    entries.restore();
  }

  Placement placement() {
    return new Placement(
        entries.all(),
        sidecars.configurations(),
        rules.values().stream()
            .flatMap(ImmutableList::stream)
            .collect(ImmutableList.toImmutableList()),
        exceptions.values().stream()
            .flatMap(ImmutableList::stream)
            .collect(ImmutableList.toImmutableList()));
  }

  Allocation allocation() {
    return new Allocation(
        ImmutableSortedMap.of(
            Side.SOURCE.word(), policy.book(Side.SOURCE).allocation(),
            Side.DESTINATION.word(), policy.book(Side.DESTINATION).allocation()),
        policy.parts(),
        sidecars.slots(),
        sidecars.listeners(),
        ImmutableSortedMap.of());
  }
}
