package dev.weir.softswitch.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import dev.weir.softswitch.P4Client;
import dev.weir.softswitch.Programs;
import dev.weir.softswitch.SoftSwitch;
import io.grpc.Status;
import java.io.IOException;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import p4.v1.P4RuntimeOuterClass.CapabilitiesRequest;
import p4.v1.P4RuntimeOuterClass.ForwardingPipelineConfig;
import p4.v1.P4RuntimeOuterClass.GetForwardingPipelineConfigRequest;
import p4.v1.P4RuntimeOuterClass.GetForwardingPipelineConfigRequest.ResponseType;
import p4.v1.P4RuntimeOuterClass.SetForwardingPipelineConfigRequest.Action;
import p4.v1.P4RuntimeOuterClass.TableEntry;

/** P4Runtime 1.5 §14, §15 and §17, over real gRPC. */
class PipelineConfigTest {
  private SoftSwitch running;
  private P4Client client;

  @BeforeEach
  void start() throws IOException {
    running = SoftSwitch.builder().deviceId(1).start();
    client = P4Client.tcp(running.grpcPort(), 1).primary(1);
  }

  @AfterEach
  void stop() {
    client.close();
    running.close();
  }

  private static void refused(Status.Code code, ThrowingCallable call) {
    assertThatThrownBy(call)
        .satisfies(e -> assertThat(Status.fromThrowable(e).getCode()).isEqualTo(code));
  }

  private ForwardingPipelineConfig get(ResponseType type) {
    return client
        .rpc
        .getForwardingPipelineConfig(
            GetForwardingPipelineConfigRequest.newBuilder()
                .setDeviceId(1)
                .setResponseType(type)
                .build())
        .getConfig();
  }

  private static TableEntry.Builder neighbour(int hop) {
    P4Client.Names names = new P4Client.Names(Programs.p4info("router"));
    TableEntry.Builder entry =
        names.entry("neighbour").addMatch(names.exact("neighbour", "next_hop", hop));
    entry.getActionBuilder().setAction(names.action("rewrite", 1, 2));
    return entry;
  }

  @Test
  void withoutConfigThereIsNothingToReadOrWrite() {
    assertThat(get(ResponseType.ALL)).isEqualTo(ForwardingPipelineConfig.getDefaultInstance());
    refused(Status.Code.FAILED_PRECONDITION, () -> client.write(P4Client.insert(neighbour(1))));
    refused(
        Status.Code.FAILED_PRECONDITION, () -> client.readEntries(TableEntry.getDefaultInstance()));
  }

  @Test
  void aCommittedConfigIsGivenBackInParts() {
    ForwardingPipelineConfig config = Programs.config("router", 77);
    client.commit(config);
    assertThat(get(ResponseType.ALL)).isEqualTo(config);
    assertThat(get(ResponseType.COOKIE_ONLY))
        .isEqualTo(ForwardingPipelineConfig.newBuilder().setCookie(config.getCookie()).build());
    assertThat(get(ResponseType.P4INFO_AND_COOKIE))
        .isEqualTo(config.toBuilder().clearP4DeviceConfig().build());
    assertThat(get(ResponseType.DEVICE_CONFIG_AND_COOKIE))
        .isEqualTo(config.toBuilder().clearP4Info().build());
  }

  @Test
  void verifyChangesNothing() {
    client.push(Action.VERIFY, Programs.config("router", 1));
    assertThat(get(ResponseType.ALL)).isEqualTo(ForwardingPipelineConfig.getDefaultInstance());
    assertThat(running.program()).isNull();
  }

  @Test
  void aSavedConfigTakesWritesAndRunsOnceCommitted() {
    client.push(Action.VERIFY_AND_SAVE, Programs.config("router", 1));
    assertThat(running.program()).isNull();
    client.write(P4Client.insert(neighbour(1)));
    client.push(Action.COMMIT, null);
    assertThat(running.program()).isNotNull();
    assertThat(client.readEntries(neighbour(1).build())).hasSize(1);
    refused(Status.Code.NOT_FOUND, () -> client.push(Action.COMMIT, null));
    refused(
        Status.Code.INVALID_ARGUMENT,
        () -> client.push(Action.COMMIT, Programs.config("router", 1)));
  }

  @Test
  void commitClearsAndReconcileKeepsForwardingState() {
    client.commit(Programs.config("router", 1));
    client.write(P4Client.insert(neighbour(1)));
    client.push(Action.RECONCILE_AND_COMMIT, Programs.config("router", 2));
    assertThat(client.readEntries(neighbour(1).build())).hasSize(1);
    assertThat(get(ResponseType.COOKIE_ONLY).getCookie().getCookie()).isEqualTo(2);
    refused(
        Status.Code.INVALID_ARGUMENT,
        () -> client.push(Action.RECONCILE_AND_COMMIT, Programs.config("matching", 3)));
    assertThat(client.readEntries(neighbour(1).build())).hasSize(1);
    client.commit(Programs.config("router", 4));
    assertThat(client.readEntries(neighbour(1).build())).isEmpty();
  }

  @Test
  void whatCannotRunIsRefusedWithThePath() {
    refused(Status.Code.INVALID_ARGUMENT, () -> client.push(Action.VERIFY, null));
    refused(
        Status.Code.INVALID_ARGUMENT,
        () -> client.push(Action.UNSPECIFIED, Programs.config("router", 1)));
    ForwardingPipelineConfig broken =
        Programs.config("router", 1).toBuilder()
            .setP4DeviceConfig(ByteString.copyFromUtf8("{\"__meta__\": {\"version\": [3, 0]}}"))
            .build();
    assertThatThrownBy(() -> client.commit(broken))
        .hasMessageContaining("$.__meta__.version")
        .satisfies(
            e ->
                assertThat(Status.fromThrowable(e).getCode())
                    .isEqualTo(Status.Code.INVALID_ARGUMENT));
    ForwardingPipelineConfig mixed =
        Programs.config("router", 1).toBuilder().setP4Info(Programs.p4info("matching")).build();
    refused(Status.Code.INVALID_ARGUMENT, () -> client.commit(mixed));
    String json =
        new String(Programs.bytes("router.json"), java.nio.charset.StandardCharsets.UTF_8);
    ForwardingPipelineConfig unsupported =
        Programs.config("router", 1).toBuilder()
            .setP4DeviceConfig(ByteString.copyFromUtf8(json.replace("\"csum16\"", "\"md5\"")))
            .build();
    assertThatThrownBy(() -> client.commit(unsupported))
        .hasMessageContaining("$.calculations[0].algo")
        .hasMessageContaining("md5");
    assertThat(running.program()).isNull();
  }

  @Test
  void theVersionIsTold() {
    assertThat(
            client
                .rpc
                .capabilities(CapabilitiesRequest.getDefaultInstance())
                .getP4RuntimeApiVersion())
        .isEqualTo("1.5.0");
  }
}
