package dev.weir.compiler.encode;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.ImmutableSortedSet;
import dev.weir.compiler.intent.Rule;
import dev.weir.compiler.intent.Selector;
import dev.weir.compiler.net.IpAddress;
import dev.weir.compiler.net.Prefix;
import dev.weir.compiler.request.RequestExpr;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * The whole policy at one endpoint port, over requests and client addresses: what a listener holds
 * that cannot tell sources apart. It owes nothing to codes.
 */
final class FullPolicy {
  private final Takers takers;
  private final Identities identities;

  FullPolicy(Takers takers, Identities identities) {
    this.takers = takers;
    this.identities = identities;
  }

  /** What passes of requests. */
  RequestExpr allow(Endpoint endpoint) {
    return all(endpoint, Rule::request);
  }

  /** What passes of connections without HTTP. */
  RequestExpr allowWithoutHttp(Endpoint endpoint) {
    return all(endpoint, r -> RequestExpr.of(r.withoutHttp()));
  }

  /** The wanted rules that have a say at {@code endpoint}, sources aside. */
  ImmutableList<Rule> rules(Endpoint endpoint, Predicate<Rule> wanted) {
    return takers.rules(
        endpoint.workload(),
        endpoint.address(),
        r -> wanted.test(r) && Opaque.takes(r.port(), endpoint.port()));
  }

  private RequestExpr all(Endpoint endpoint, Function<Rule, RequestExpr> request) {
    ImmutableList<Rule> here = rules(endpoint, _ -> true);
    List<RequestExpr> layers = new ArrayList<>();
    for (Rule.Layer layer : Rule.Layer.values()) {
      List<RequestExpr> isolates = new ArrayList<>();
      List<RequestExpr> gives = new ArrayList<>();
      for (Rule rule : here) {
        if (rule.layer() == layer) {
          RequestExpr source = source(rule.source(), endpoint.address().family());
          switch (rule.effect()) {
            case ISOLATE -> isolates.add(source);
            case ALLOW, DENY -> gives.add(RequestExpr.and(source, request.apply(rule)));
          }
        }
      }
      layers.add(
          switch (layer) {
            case AUTHORIZATION_DENY -> RequestExpr.not(RequestExpr.or(gives));
            case EGRESS, INGRESS, AUTHORIZATION_ALLOW ->
                RequestExpr.or(RequestExpr.not(RequestExpr.or(isolates)), RequestExpr.or(gives));
          });
    }
    return RequestExpr.and(layers);
  }

  /** The addresses of one family that {@code selector} takes. */
  private RequestExpr source(Selector selector, IpAddress.Family family) {
    List<RequestExpr> blocks = new ArrayList<>();
    boolean keys = false;
    boolean world = true;
    for (Selector.Test test : selector.tests()) {
      switch (test) {
        case Selector.Test.InBlocks in -> blocks.add(in(in.blocks(), family));
        case Selector.Test.NotInBlocks not -> blocks.add(RequestExpr.not(in(not.blocks(), family)));
        case Selector.Test.In _, Selector.Test.Exists _ -> {
          keys = true;
          world = false;
        }
        case Selector.Test.NotIn _, Selector.Test.DoesNotExist _ -> keys = true;
      }
    }
    if (!keys) {
      return RequestExpr.and(blocks);
    }
    ImmutableSet.Builder<Prefix> taken = ImmutableSet.builder();
    ImmutableSet.Builder<Prefix> workloads = ImmutableSet.builder();
    takers.forEach(
        selector,
        (address, _) -> {
          if (address.family() == family) {
            taken.add(Prefix.of(address));
          }
        });
    RequestExpr fromWorkloads = any(sorted(taken.build()));
    if (!world) {
      return fromWorkloads;
    }
    identities
        .owners()
        .keySet()
        .forEach(
            address -> {
              if (address.family() == family) {
                workloads.add(Prefix.of(address));
              }
            });
    RequestExpr fromWorld =
        RequestExpr.and(RequestExpr.not(any(workloads.build())), RequestExpr.and(blocks));
    return RequestExpr.or(fromWorkloads, fromWorld);
  }

  private static ImmutableSet<Prefix> sorted(ImmutableSet<Prefix> blocks) {
    return ImmutableSet.copyOf(ImmutableSortedSet.copyOf(blocks));
  }

  private static RequestExpr in(Collection<Prefix> blocks, IpAddress.Family family) {
    return any(
        blocks.stream()
            .filter(b -> b.address().family() == family)
            .collect(ImmutableSet.toImmutableSet()));
  }

  private static RequestExpr any(ImmutableSet<Prefix> blocks) {
    return blocks.isEmpty() ? RequestExpr.FALSE : new RequestExpr.Source(blocks);
  }
}
