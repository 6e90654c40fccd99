package dev.weir.softswitch.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.Any;
import com.google.rpc.Code;
import dev.weir.softswitch.P4Client;
import dev.weir.softswitch.Programs;
import dev.weir.softswitch.SoftSwitch;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import p4.v1.P4RuntimeOuterClass.MasterArbitrationUpdate;
import p4.v1.P4RuntimeOuterClass.PacketOut;
import p4.v1.P4RuntimeOuterClass.SetForwardingPipelineConfigRequest;
import p4.v1.P4RuntimeOuterClass.StreamMessageRequest;
import p4.v1.P4RuntimeOuterClass.Uint128;

/** P4Runtime 1.5 §5, over real gRPC. */
class ArbitrationTest {
  private SoftSwitch running;
  private final List<P4Client> clients = new ArrayList<>();

  @BeforeEach
  void start() throws IOException {
    running = SoftSwitch.builder().deviceId(7).start();
  }

  @AfterEach
  void stop() {
    clients.forEach(P4Client::close);
    running.close();
  }

  private P4Client client() {
    P4Client client = P4Client.tcp(running.grpcPort(), 7);
    clients.add(client);
    return client;
  }

  private static void expect(P4Client client, int code, long election) {
    MasterArbitrationUpdate update = client.next().getArbitration();
    assertThat(update.getStatus().getCode()).isEqualTo(code);
    assertThat(update.getElectionId().getLow()).isEqualTo(election);
    assertThat(update.getDeviceId()).isEqualTo(7);
  }

  private static StreamMessageRequest message(MasterArbitrationUpdate.Builder update) {
    return StreamMessageRequest.newBuilder().setArbitration(update).build();
  }

  @Test
  void theHighestElectionIdIsPrimaryAndEverybodyIsTold() {
    P4Client first = client().arbitrate(5);
    expect(first, Code.OK_VALUE, 5);
    P4Client second = client().arbitrate(3);
    expect(second, Code.ALREADY_EXISTS_VALUE, 5);
    P4Client third = client().arbitrate(9);
    expect(third, Code.OK_VALUE, 9);
    expect(first, Code.ALREADY_EXISTS_VALUE, 9);
    expect(second, Code.ALREADY_EXISTS_VALUE, 9);
  }

  @Test
  void nobodyIsPromotedWhenThePrimaryLeaves() {
    P4Client first = client().arbitrate(5);
    expect(first, Code.OK_VALUE, 5);
    P4Client backup = client().arbitrate(4);
    expect(backup, Code.ALREADY_EXISTS_VALUE, 5);
    first.close();
    expect(backup, Code.NOT_FOUND_VALUE, 5);
    backup.arbitrate(4);
    expect(backup, Code.NOT_FOUND_VALUE, 5);
    backup.arbitrate(5);
    expect(backup, Code.OK_VALUE, 5);
  }

  @Test
  void aPrimaryMayStepDown() {
    P4Client first = client().arbitrate(5);
    expect(first, Code.OK_VALUE, 5);
    P4Client backup = client().arbitrate(4);
    expect(backup, Code.ALREADY_EXISTS_VALUE, 5);
    first.arbitrate(2);
    expect(first, Code.NOT_FOUND_VALUE, 5);
    expect(backup, Code.NOT_FOUND_VALUE, 5);
  }

  @Test
  void withoutElectionIdOneIsNeverPrimary() {
    P4Client observer = client().send(message(MasterArbitrationUpdate.newBuilder().setDeviceId(7)));
    MasterArbitrationUpdate update = observer.next().getArbitration();
    assertThat(update.getStatus().getCode()).isEqualTo(Code.NOT_FOUND_VALUE);
    assertThat(update.hasElectionId()).isFalse();
  }

  @Test
  void electionIdsAreUnsigned128BitNumbers() {
    P4Client low = client();
    low.send(
        message(
            MasterArbitrationUpdate.newBuilder()
                .setDeviceId(7)
                .setElectionId(Uint128.newBuilder().setLow(-1))));
    assertThat(low.next().getArbitration().getStatus().getCode()).isEqualTo(Code.OK_VALUE);
    P4Client high = client();
    high.send(
        message(
            MasterArbitrationUpdate.newBuilder()
                .setDeviceId(7)
                .setElectionId(Uint128.newBuilder().setHigh(1))));
    assertThat(high.next().getArbitration().getStatus().getCode()).isEqualTo(Code.OK_VALUE);
  }

  @Test
  void wrongStreamsAreEnded() {
    assertThat(code(client().send(message(P4Client.arbitration(8, 1).toBuilder()))))
        .isEqualTo(Status.Code.NOT_FOUND);
    client().primary(5);
    assertThat(code(client().arbitrate(5))).isEqualTo(Status.Code.INVALID_ARGUMENT);
    P4Client moved = client().arbitrate(3);
    expect(moved, Code.ALREADY_EXISTS_VALUE, 5);
    assertThat(code(moved.send(message(P4Client.arbitration(8, 3).toBuilder()))))
        .isEqualTo(Status.Code.FAILED_PRECONDITION);
    P4Client otherRole = client().arbitrate(2);
    expect(otherRole, Code.ALREADY_EXISTS_VALUE, 5);
    MasterArbitrationUpdate.Builder role = P4Client.arbitration(7, 2).toBuilder();
    role.getRoleBuilder().setName("other");
    assertThat(code(otherRole.send(message(role)))).isEqualTo(Status.Code.FAILED_PRECONDITION);
    MasterArbitrationUpdate.Builder configured = P4Client.arbitration(7, 1).toBuilder();
    configured.getRoleBuilder().setName("limited").setConfig(Any.newBuilder().setTypeUrl("x/y"));
    assertThat(code(client().send(message(configured)))).isEqualTo(Status.Code.INVALID_ARGUMENT);
    assertThat(
            code(
                client()
                    .send(
                        StreamMessageRequest.newBuilder()
                            .setPacket(PacketOut.getDefaultInstance())
                            .build())))
        .isEqualTo(Status.Code.FAILED_PRECONDITION);
  }

  private static Status.Code code(P4Client client) {
    return client.end().getStatus().getCode();
  }

  @Test
  void rolesHaveAPrimaryEach() {
    P4Client standard = client().primary(5);
    MasterArbitrationUpdate.Builder update = P4Client.arbitration(7, 2).toBuilder();
    update.getRoleBuilder().setName("monitor");
    P4Client monitor = client().send(message(update));
    MasterArbitrationUpdate answer = monitor.next().getArbitration();
    assertThat(answer.getStatus().getCode()).isEqualTo(Code.OK_VALUE);
    assertThat(answer.getRole().getName()).isEqualTo("monitor");
    standard.commit(Programs.config("router", 1));
    assertThatThrownBy(
            () -> {
              var _ = monitor.rpc.write(monitor.writeRequest().setRole("unheard").build());
            })
        .satisfies(
            e -> assertThat(Status.fromThrowable(e).getCode()).isEqualTo(Status.Code.NOT_FOUND));
    var _ = monitor.rpc.write(monitor.writeRequest().setRole("monitor").build());
  }

  @Test
  void onlyThePrimaryWritesAndSetsPipelines() {
    P4Client primary = client().primary(5);
    P4Client backup = client().arbitrate(4);
    expect(backup, Code.ALREADY_EXISTS_VALUE, 5);
    assertThatThrownBy(() -> backup.commit(Programs.config("router", 1)))
        .isInstanceOf(StatusRuntimeException.class)
        .satisfies(
            e ->
                assertThat(Status.fromThrowable(e).getCode())
                    .isEqualTo(Status.Code.PERMISSION_DENIED));
    primary.commit(Programs.config("router", 1));
    assertThatThrownBy(backup::write)
        .satisfies(
            e ->
                assertThat(Status.fromThrowable(e).getCode())
                    .isEqualTo(Status.Code.PERMISSION_DENIED));
    primary.write();
    primary.close();
    expect(backup, Code.NOT_FOUND_VALUE, 5);
    // A stream that is gone has no primary behind it.
    P4Client stale = P4Client.tcp(running.grpcPort(), 7);
    clients.add(stale);
    assertThatThrownBy(
            () ->
                stale.push(
                    SetForwardingPipelineConfigRequest.Action.VERIFY, Programs.config("router", 1)))
        .satisfies(
            e ->
                assertThat(Status.fromThrowable(e).getCode())
                    .isEqualTo(Status.Code.PERMISSION_DENIED));
  }
}
