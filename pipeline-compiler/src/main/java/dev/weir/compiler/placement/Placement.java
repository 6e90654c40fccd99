package dev.weir.compiler.placement;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.base.Ascii;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.ImmutableSortedSet;
import dev.weir.compiler.intent.Authorizer;
import dev.weir.compiler.intent.PathNormalization;
import dev.weir.compiler.intent.Rule;
import dev.weir.compiler.intent.Workload;
import dev.weir.compiler.net.IpAddress;
import dev.weir.compiler.request.RequestExpr;
import dev.weir.p4runtime.entry.Entry;
import java.util.Optional;

/**
 * What one compile gives for one switch and its sidecars, at rest: no entry names an epoch, and
 * both codes of an address are equal.
 *
 * @param entries with their provenance, sorted by key
 * @param sidecars by name; a sidecar that serves nothing has an empty configuration
 * @param rules where each rule of the intent is, and why; in the intent's order
 * @param exceptions regions that are denied because no tier can hold them, by rule
 */
public record Placement(
    ImmutableList<PlacedEntry> entries,
    ImmutableSortedMap<String, SidecarConfig> sidecars,
    ImmutableList<PlacedRule> rules,
    ImmutableList<Denied> exceptions) {

  /**
   * An entry and what it is there for.
   *
   * @param rules those that give its verdict, first by name first; empty for entries that serve the
   *     fabric (guards, neighbours, routes, codes)
   */
  public record PlacedEntry(Entry entry, ImmutableList<Rule.Id> rules, String reason) {}

  /**
   * A sidecar's part, independent of Envoy's form.
   *
   * @param upstreams what it may connect to: exactly the targets of its listeners and where their
   *     authorizers answer
   */
  public record SidecarConfig(
      String name, ImmutableList<Listener> listeners, ImmutableSortedSet<Target> upstreams) {}

  /** An endpoint's address and TCP port. */
  public record Target(IpAddress address, int port) implements Comparable<Target> {
    @Override
    public int compareTo(Target other) {
      int byAddress = address.compareTo(other.address);
      return byAddress != 0 ? byAddress : Integer.compare(port, other.port);
    }

    @Override
    public String toString() {
      return address.family() == IpAddress.Family.IPV6
          ? "[" + address + "]:" + port
          : address + ":" + port;
    }
  }

  /**
   * One listener: one endpoint port and one residual class.
   *
   * @param address the sidecar's
   * @param port where the switch's steer action sends the class
   * @param workload whose endpoint it is, {@code namespace/name}
   * @param full whether it holds the whole policy, source conditions included
   * @param allow what passes; over requests where the port carries HTTP
   * @param allowWithoutHttp what passes of a connection that carries no HTTP: over sources only
   * @param rules those that the residual comes from
   * @param paths what becomes of paths before they are matched
   * @param delegation whom an external authorizer decides on
   */
  public record Listener(
      IpAddress address,
      int port,
      String workload,
      Target target,
      Workload.Application application,
      boolean full,
      RequestExpr allow,
      RequestExpr allowWithoutHttp,
      ImmutableList<Rule.Id> rules,
      PathNormalization paths,
      Optional<Delegation> delegation) {

    /** A listener with Istio's default paths that asks no authorizer. */
    public Listener(
        IpAddress address,
        int port,
        String workload,
        Target target,
        Workload.Application application,
        boolean full,
        RequestExpr allow,
        RequestExpr allowWithoutHttp,
        ImmutableList<Rule.Id> rules) {
      this(
          address,
          port,
          workload,
          target,
          application,
          full,
          allow,
          allowWithoutHttp,
          rules,
          PathNormalization.BASE,
          Optional.empty());
    }

    /** The same with other conditions. */
    public Listener with(RequestExpr otherAllow, RequestExpr otherAllowWithoutHttp) {
      return new Listener(
          address,
          port,
          workload,
          target,
          application,
          full,
          otherAllow,
          otherAllowWithoutHttp,
          rules,
          paths,
          delegation);
    }

    /** The same with another authorizer's word. */
    public Listener with(Delegation other) {
      return new Listener(
          address,
          port,
          workload,
          target,
          application,
          full,
          allow,
          allowWithoutHttp,
          rules,
          paths,
          Optional.of(other));
    }
  }

  /**
   * What an external authorizer must allow too, of that which passes otherwise.
   *
   * @param when over requests where the port carries HTTP
   * @param whenWithoutHttp over connections without HTTP: their sources and server names
   */
  public record Delegation(Authorizer authorizer, RequestExpr when, RequestExpr whenWithoutHttp) {

    /** Where the authorizer answers, of one family. */
    public ImmutableList<Target> targets(IpAddress.Family family) {
      return authorizer.places().stream()
          .filter(p -> p.address().family() == family)
          .map(p -> new Target(p.address(), p.port()))
          .collect(ImmutableList.toImmutableList());
    }
  }

  /** Tiers, cheapest first. */
  public enum Tier {
    SWITCH,
    SIDECAR,
    /** Neither: the region is denied and listed. */
    NONE
  }

  /**
   * Where a rule is enforced.
   *
   * @param reason a stable code, as in {@code header-decidable} or {@code needs-request}
   * @param sentence the reason in words
   * @param entries how many policy entries it takes part in
   */
  public record PlacedRule(
      Rule.Id id, Rule.Layer layer, Tier tier, String reason, String sentence, int entries) {

    /** {@code {rule, layer, tier, reason, sentence, entries}}. */
    public ObjectNode toJson() {
      return JsonNodeFactory.instance
          .objectNode()
          .put("rule", id.toString())
          .put("layer", Ascii.toLowerCase(layer.name()))
          .put("tier", Ascii.toLowerCase(tier.name()))
          .put("reason", reason)
          .put("sentence", sentence)
          .put("entries", entries);
    }
  }

  /** A region that is denied though the policy allows it, and why. */
  public record Denied(Rule.Id rule, String reason, String sentence) {

    /** {@code {rule, reason, sentence}}. */
    public ObjectNode toJson() {
      return JsonNodeFactory.instance
          .objectNode()
          .put("rule", rule.toString())
          .put("reason", reason)
          .put("sentence", sentence);
    }
  }
}
