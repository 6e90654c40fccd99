package dev.weir.compiler.encode;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableListMultimap;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.ImmutableSortedSet;
import com.google.common.collect.Multimaps;
import dev.weir.compiler.intent.Authorizer;
import dev.weir.compiler.intent.PathNormalization;
import dev.weir.compiler.intent.Rule;
import dev.weir.compiler.intent.Selector;
import dev.weir.compiler.net.IpAddress;
import dev.weir.compiler.net.Prefix;
import dev.weir.compiler.placement.Placement.Delegation;
import dev.weir.compiler.request.RequestExpr;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * The whole policy at one endpoint port, over requests and client addresses: what a listener holds
 * that cannot tell sources apart. It owes nothing to codes.
 */
final class FullPolicy {
  private final Takers takers;
  private final PathNormalization paths;
  private final ImmutableSortedMap<String, Authorizer> authorizers;

  FullPolicy(
      Takers takers, PathNormalization paths, ImmutableSortedMap<String, Authorizer> authorizers) {
    this.takers = takers;
    this.paths = paths;
    this.authorizers = authorizers;
  }

  /** What passes of requests. */
  RequestExpr allow(Endpoint endpoint) {
    return all(endpoint, Rule::request);
  }

  /** What passes of connections without HTTP. */
  RequestExpr allowWithoutHttp(Endpoint endpoint) {
    return all(endpoint, Rule::withoutHttp);
  }

  /** Whom an external authorizer decides on; several at one endpoint have been resolved away. */
  Optional<Delegation> delegation(Endpoint endpoint) {
    List<Rule> custom = rules(endpoint, r -> r.effect() == Rule.Effect.CUSTOM);
    return custom.stream()
        .map(Rule::authorizer)
        .findFirst()
        .map(
            name ->
                new Delegation(
                    authorizer(name),
                    delegated(custom, endpoint, Rule::request),
                    delegated(custom, endpoint, Rule::withoutHttp)));
  }

  private RequestExpr delegated(
      List<Rule> custom, Endpoint endpoint, Function<Rule, RequestExpr> request) {
    return RequestExpr.or(
        custom.stream()
            .map(
                r ->
                    RequestExpr.and(
                        source(r.source(), endpoint.address().family()), request.apply(r)))
            .toList());
  }

  /** The authorizer of that name. */
  Authorizer authorizer(String name) {
    Authorizer authorizer = authorizers.get(name);
    if (authorizer == null) {
      throw new IllegalArgumentException("no authorizer is called " + name);
    }
    return authorizer;
  }

  PathNormalization paths() {
    return paths;
  }

  /** The wanted rules that have a say at {@code endpoint}, sources aside. */
  ImmutableList<Rule> rules(Endpoint endpoint, Predicate<Rule> wanted) {
    return takers.rules(
        endpoint.workload(),
        endpoint.address(),
        r -> wanted.test(r) && Opaque.takes(r.port(), endpoint.port()));
  }

  private RequestExpr all(Endpoint endpoint, Function<Rule, RequestExpr> request) {
    ImmutableListMultimap<Rule.Layer, Rule> here =
        Multimaps.index(rules(endpoint, _ -> true), Rule::layer);
    IpAddress.Family family = endpoint.address().family();
    return RequestExpr.and(
        List.of(
            chain(
                here.get(Rule.Layer.EGRESS_ADMIN),
                here.get(Rule.Layer.EGRESS),
                here.get(Rule.Layer.EGRESS_BASELINE),
                family),
            chain(
                here.get(Rule.Layer.INGRESS_ADMIN),
                here.get(Rule.Layer.INGRESS),
                here.get(Rule.Layer.INGRESS_BASELINE),
                family),
            RequestExpr.not(given(here.get(Rule.Layer.AUTHORIZATION_DENY), family, request)),
            adding(here.get(Rule.Layer.AUTHORIZATION_ALLOW), RequestExpr.TRUE, family, request)));
  }

  /** One direction: the first tier that decides settles it. */
  private RequestExpr chain(
      List<Rule> admin, List<Rule> policies, List<Rule> baseline, IpAddress.Family family) {
    RequestExpr last = ordered(baseline, RequestExpr.TRUE, family);
    return ordered(admin, adding(policies, last, family, Rule::request), family);
  }

  /** A tier whose rules are asked in their order. */
  private RequestExpr ordered(List<Rule> rules, RequestExpr next, IpAddress.Family family) {
    RequestExpr passes = next;
    for (Rule rule :
        ImmutableList.sortedCopyOf(Comparator.comparingInt(Rule::order).reversed(), rules)) {
      RequestExpr source = source(rule.source(), family);
      passes =
          switch (rule.effect()) {
            case ALLOW -> RequestExpr.or(source, passes);
            case DENY -> RequestExpr.and(RequestExpr.not(source), passes);
            case PASS ->
                passes.equals(next)
                    ? next
                    : RequestExpr.or(
                        RequestExpr.and(source, next),
                        RequestExpr.and(RequestExpr.not(source), passes));
            case ISOLATE, CUSTOM -> throw new IllegalArgumentException(rule.id() + " in a tier");
          };
    }
    return passes;
  }

  private RequestExpr given(
      List<Rule> rules, IpAddress.Family family, Function<Rule, RequestExpr> request) {
    List<RequestExpr> given = new ArrayList<>();
    for (Rule rule : rules) {
      if (rule.effect() != Rule.Effect.ISOLATE && rule.effect() != Rule.Effect.CUSTOM) {
        given.add(RequestExpr.and(source(rule.source(), family), request.apply(rule)));
      }
    }
    return RequestExpr.or(given);
  }

  /** A layer whose rules add up: what no rule isolates is left to {@code next}. */
  private RequestExpr adding(
      List<Rule> rules,
      RequestExpr next,
      IpAddress.Family family,
      Function<Rule, RequestExpr> request) {
    List<RequestExpr> isolates = new ArrayList<>();
    for (Rule rule : rules) {
      if (rule.effect() == Rule.Effect.ISOLATE) {
        isolates.add(source(rule.source(), family));
      }
    }
    return RequestExpr.or(
        RequestExpr.and(RequestExpr.not(RequestExpr.or(isolates)), next),
        given(rules, family, request));
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
    takers
        .owned()
        .forEach(
            address -> {
              if (address.family() == family) {
                workloads.add(Prefix.of(address));
              }
            });
    RequestExpr fromWorld =
        RequestExpr.and(RequestExpr.not(any(sorted(workloads.build()))), RequestExpr.and(blocks));
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
