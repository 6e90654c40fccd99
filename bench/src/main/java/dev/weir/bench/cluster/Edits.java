// SPDX-License-Identifier: Apache-2.0
package dev.weir.bench.cluster;

import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.collect.ImmutableList;
import java.util.List;
import java.util.Random;

/** Edits as they come to a running cluster, each as the manifests that differ. */
public final class Edits {
  private final Cluster cluster;
  private final Random random;
  private int nextPod;

  public Edits(Cluster cluster, long seed) {
    this.cluster = cluster;
    this.random = new Random(seed);
    this.nextPod = cluster.pods().size();
  }

  private <T> T one(List<T> some) {
    return some.get(random.nextInt(some.size()));
  }

  /** Another replica of some service. */
  public ObjectNode podAdded() {
    int number = nextPod++;
    return Cluster.pod(one(cluster.services()), 1000 + number, number);
  }

  /** A pod with another value of a label that policies ask for, or with one more. */
  public ObjectNode podLabelled() {
    ObjectNode pod = one(cluster.pods()).deepCopy();
    ObjectNode labels = (ObjectNode) pod.at("/metadata/labels");
    switch (random.nextInt(3)) {
      case 0 -> labels.put("tier", one(List.of("frontend", "backend", "data")));
      case 1 -> labels.put("legacy", "true");
      default -> labels.put("version", "v" + random.nextInt(4));
    }
    return pod;
  }

  /** A policy that says of the pods it selects what another of its shape says of others. */
  public ObjectNode policyChanged() {
    ImmutableList<ObjectNode> policies = cluster.policies();
    int number = random.nextInt(policies.size());
    int others =
        (policies.size() - number % Policies.SHAPES + Policies.SHAPES - 1) / Policies.SHAPES;
    ObjectNode policy = policies.get(number).deepCopy();
    ObjectNode other =
        policies.get(number % Policies.SHAPES + Policies.SHAPES * random.nextInt(others));
    ObjectNode spec = ((ObjectNode) other.get("spec")).deepCopy();
    for (String selector : List.of("podSelector", "selector")) {
      if (spec.has(selector)) {
        spec.set(selector, policy.get("spec").get(selector));
      }
    }
    policy.set("spec", spec);
    return policy;
  }

  /** A namespace of another environment. */
  public ObjectNode namespaceLabelled() {
    ObjectNode namespace = one(cluster.namespaces()).deepCopy();
    ((ObjectNode) namespace.at("/metadata/labels"))
        .put("env", one(List.of("staging", "dev", "prod")));
    return namespace;
  }
}
