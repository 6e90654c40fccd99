package dev.weir.contract;

import static dev.weir.contract.Frame.tcp;
import static dev.weir.contract.World.host;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the contract says of the Admin tier's tables, for pipelines that have them. */
abstract class AdminPipelineContract extends Ipv6PipelineContract {
  private static final int DENIED_BY_POLICY = 4;

  AdminPipelineContract(String pipeline) {
    super(pipeline);
  }

  /** Every port of these tests is one's own: entries stay. */
  static Stream<String> directions() {
    return Stream.of("egress_admin", "ingress_admin");
  }

  private void denied(int clientPort, int port) {
    dropped(1, tcp(host(1, false), clientPort, host(2, false), port, 0x02), 2, DENIED_BY_POLICY);
    // In silence: the client hears nothing.
    nothingArrives(1);
  }

  private void passes(int clientPort, int port) {
    send(1, tcp(host(1, false), clientPort, host(2, false), port, 0x02));
    assertThat(arrives(2).destinationPort()).isEqualTo(port);
  }

  @ParameterizedTest
  @MethodSource("directions")
  void acceptSettlesTheDirectionBeforeNetworkPolicyDenies(String table) {
    String policy = table.replace("admin", "policy");
    int port = table.startsWith("egress") ? 7001 : 7002;
    // The other direction lets it pass.
    target()
        .insert(
            List.of(
                world.policy("egress_policy", port, 20, "allow"),
                world.policy("ingress_policy", port, 20, "allow"),
                world.policy(policy, port, 30, "deny")));
    denied(4001, port);
    target().insert(List.of(world.policy(table, port, 10, "accept")));
    passes(4002, port);
  }

  @ParameterizedTest
  @MethodSource("directions")
  void denyDropsWhatNetworkPolicyAllowsAndPassOnLeavesItToIt(String table) {
    int port = table.startsWith("egress") ? 7003 : 7004;
    target()
        .insert(
            List.of(
                world.policy("egress_policy", port, 20, "allow"),
                world.policy("ingress_policy", port, 20, "allow")));
    passes(4003, port);
    target().insert(List.of(world.policy(table, port, 10, "deny")));
    denied(4004, port);
    target().insert(List.of(world.policy(table, port, 11, "pass_on")));
    passes(4005, port);
    target().insert(List.of(world.policy(table, port, 12, "steer_full")));
    // Nothing stands in for this port: what would be steered is denied.
    dropped(1, tcp(host(1, false), 4006, host(2, false), port, 0x02), 2, 6);
  }

  @ParameterizedTest
  @ValueSource(strings = {"authorization_deny", "authorization_allow"})
  void acceptSkipsNoAuthorization(String authorization) {
    int port = authorization.endsWith("deny") ? 7005 : 7006;
    target()
        .insert(
            List.of(
                world.policy("egress_admin", port, 10, "accept"),
                world.policy("ingress_admin", port, 10, "accept")));
    passes(4007, port);
    target().insert(List.of(world.policy(authorization, port, 20, "deny")));
    denied(4008, port);
  }
}
