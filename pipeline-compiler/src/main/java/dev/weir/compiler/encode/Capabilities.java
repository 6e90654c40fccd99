package dev.weir.compiler.encode;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import dev.weir.compiler.UnplaceableException;
import dev.weir.compiler.codes.Side;
import dev.weir.compiler.intent.Rule;
import dev.weir.compiler.net.IpAddress;
import dev.weir.compiler.net.Prefix;
import dev.weir.p4runtime.entry.Bits;
import dev.weir.p4runtime.entry.Match;
import dev.weir.p4runtime.info.Pipeline;
import java.util.Optional;
import java.util.stream.Stream;

/** What a pipeline can express, as its P4Info says. */
public final class Capabilities {
  /** A range on a field that takes one value or any is written out up to this many ports. */
  public static final int PORTS_WRITTEN_OUT = 8;

  private static final ImmutableList<String> REQUIRED =
      ImmutableList.of(
          "epoch",
          "source_guard",
          "source_workload",
          "destination_workload",
          "egress_policy",
          "ingress_policy",
          "authorization_deny",
          "authorization_allow",
          "route");

  private final Pipeline pipeline;

  /**
   * @throws UnplaceableException if the pipeline lacks a table that every placement has entries in
   */
  public Capabilities(Pipeline pipeline) {
    this.pipeline = pipeline;
    for (String table : REQUIRED) {
      if (pipeline.findTable(table).isEmpty()) {
        throw new UnplaceableException(
            "pipeline-lacks-table",
            "pipeline " + pipeline.name() + " has no table " + table + "; Weir needs " + REQUIRED);
      }
    }
  }

  /** The table that holds the layer's rules, where the pipeline has one for it. */
  public static String table(Rule.Layer layer) {
    return switch (layer) {
      case EGRESS_ADMIN -> "egress_admin";
      case EGRESS, EGRESS_BASELINE -> "egress_policy";
      case INGRESS_ADMIN -> "ingress_admin";
      case INGRESS, INGRESS_BASELINE -> "ingress_policy";
      case AUTHORIZATION_DENY -> "authorization_deny";
      case AUTHORIZATION_ALLOW -> "authorization_allow";
    };
  }

  /** The layers that have a table of their own, in the order that packets meet them. */
  public ImmutableList<Rule.Layer> layers() {
    return Stream.of(Rule.Layer.values())
        .filter(layer -> holder(layer) == layer)
        .collect(ImmutableList.toImmutableList());
  }

  /** The layer whose table holds the rules of {@code layer} too. */
  public Rule.Layer holder(Rule.Layer layer) {
    return switch (layer) {
      case EGRESS_ADMIN -> has(table(layer)) ? layer : Rule.Layer.EGRESS;
      case INGRESS_ADMIN -> has(table(layer)) ? layer : Rule.Layer.INGRESS;
      case EGRESS_BASELINE -> Rule.Layer.EGRESS;
      case INGRESS_BASELINE -> Rule.Layer.INGRESS;
      case EGRESS, INGRESS, AUTHORIZATION_DENY, AUTHORIZATION_ALLOW -> layer;
    };
  }

  /** Families whose packets the pipeline carries. */
  public ImmutableSet<IpAddress.Family> families() {
    return addressWidth() == 128
        ? ImmutableSet.of(IpAddress.Family.IPV4, IpAddress.Family.IPV6)
        : ImmutableSet.of(IpAddress.Family.IPV4);
  }

  private int addressWidth() {
    return width("source_workload", "address");
  }

  private int width(String table, String field) {
    Pipeline.Field info = table(table).fields().get(field);
    if (info == null) {
      throw new UnplaceableException(
          "pipeline-lacks-table", "table " + table + " has no key field " + field);
    }
    return info.width();
  }

  private Pipeline.Table table(String name) {
    return pipeline.findTable(name).orElseThrow();
  }

  /** Bits of a code on {@code side} that every table and action holds. */
  public int codeWidth(Side side) {
    Stream<Integer> fields = layers().stream().map(l -> width(table(l), side.word() + "_code"));
    Stream<Integer> params =
        Stream.of("set_" + side.word(), "add_" + side.word() + "_block")
            .flatMap(a -> Optional.ofNullable(pipeline.actions().get(a)).stream())
            .flatMap(a -> a.params().values().stream())
            .map(Pipeline.Param::width);
    return Stream.concat(fields, params).mapToInt(w -> w).min().orElseThrow();
  }

  /** Whether the pipeline looks addresses up by block. */
  public boolean blocks(Side side) {
    return has(side.word() + "_block") || oneLookup(side);
  }

  /** Whether one lookup by prefix gives workload and block at once. */
  public boolean oneLookup(Side side) {
    Pipeline.Field address = table(side.word() + "_workload").fields().get("address");
    return address != null && address.kind() == Pipeline.MatchKind.LPM;
  }

  /** Whether policy tables match port ranges. */
  public boolean ranges() {
    return portKind() == Pipeline.MatchKind.RANGE;
  }

  Pipeline.MatchKind portKind() {
    Pipeline.Field field = table("ingress_policy").fields().get("port");
    return field == null ? Pipeline.MatchKind.OPTIONAL : field.kind();
  }

  /** Whether the pipeline can send connections to sidecars and back. */
  public boolean steers() {
    return has("steer") && has("unsteer") && has("sidecar_upstream");
  }

  public boolean has(String table) {
    return pipeline.findTable(table).isPresent();
  }

  /** Entries that {@code table} holds. */
  public long size(String table) {
    return table(table).size();
  }

  /** All ones of the action parameter's width. */
  Bits largest(String action, String param) {
    Pipeline.ActionInfo info = pipeline.actions().get(action);
    Pipeline.Param found = info == null ? null : info.params().get(param);
    return Bits.ones(found == null ? 9 : found.width());
  }

  /** The address as fields hold it. */
  public Bits bits(IpAddress address) {
    return new Bits(addressWidth() == 128 ? address.mapped() : address.value());
  }

  /** The prefix match; empty where the field is left out. */
  public Optional<Match> lpm(Prefix prefix) {
    int length = addressWidth() == 128 ? prefix.mappedLength() : prefix.length();
    return length == 0
        ? Optional.empty()
        : Optional.of(new Match.Lpm(bits(prefix.address()), length));
  }
}
