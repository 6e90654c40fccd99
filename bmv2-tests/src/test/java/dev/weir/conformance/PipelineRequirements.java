package dev.weir.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.grpc.Status.Code;
import org.jspecify.annotations.Nullable;
import p4.v1.P4RuntimeOuterClass.ForwardingPipelineConfig;
import p4.v1.P4RuntimeOuterClass.GetForwardingPipelineConfigRequest;
import p4.v1.P4RuntimeOuterClass.GetForwardingPipelineConfigRequest.ResponseType;
import p4.v1.P4RuntimeOuterClass.GetForwardingPipelineConfigResponse;
import p4.v1.P4RuntimeOuterClass.SetForwardingPipelineConfigRequest;
import p4.v1.P4RuntimeOuterClass.SetForwardingPipelineConfigRequest.Action;
import p4.v1.P4RuntimeOuterClass.TableEntry;

/** Pipeline configurations (§7, §14, §15). */
final class PipelineRequirements extends Requirements {
  private Code push(Action action, @Nullable ForwardingPipelineConfig config) {
    return codeOf(() -> primary().push(action, config));
  }

  private static Code send(Client client, SetForwardingPipelineConfigRequest.Builder request) {
    return codeOf(
        () -> {
          var _ = client.rpc.setForwardingPipelineConfig(request.build());
        });
  }

  private static GetForwardingPipelineConfigResponse get(Client client, ResponseType type) {
    return client.rpc.getForwardingPipelineConfig(
        GetForwardingPipelineConfigRequest.newBuilder()
            .setDeviceId(Device.ID)
            .setResponseType(type)
            .build());
  }

  private ForwardingPipelineConfig get(ResponseType type) {
    return get(primary(), type).getConfig();
  }

  private ForwardingPipelineConfig broken() {
    return p4().config().toBuilder()
        .setP4DeviceConfig(ByteString.copyFromUtf8("{ this is no program"))
        .build();
  }

  @Requirement(section = "14", id = "14-1", text = "A config for an unknown device is NOT_FOUND.")
  void unknownDevice() {
    assertThat(
            send(
                primary(),
                primary()
                    .pipelineRequest(Action.VERIFY_AND_COMMIT)
                    .setDeviceId(77)
                    .setConfig(p4().config())))
        .isEqualTo(Code.NOT_FOUND);
  }

  @Requirement(section = "14", id = "14-2", text = "A config in an unknown role is NOT_FOUND.")
  void unknownRole() {
    assertThat(
            send(
                primary(),
                primary()
                    .pipelineRequest(Action.VERIFY_AND_COMMIT)
                    .setRole("nobody")
                    .setConfig(p4().config())))
        .isEqualTo(Code.NOT_FOUND);
  }

  @Requirement(
      section = "14",
      id = "14-3",
      text = "A config of anyone but the primary is PERMISSION_DENIED.")
  void notPrimary() {
    assertThat(
            send(
                primary(),
                primary()
                    .pipelineRequest(Action.VERIFY_AND_COMMIT)
                    .setElectionId(Client.id(election - 1))
                    .setConfig(p4().config())))
        .isEqualTo(Code.PERMISSION_DENIED);
    assertThat(
            send(
                primary(),
                primary()
                    .pipelineRequest(Action.VERIFY_AND_COMMIT)
                    .clearElectionId()
                    .setConfig(p4().config())))
        .isEqualTo(Code.PERMISSION_DENIED);
  }

  @Requirement(section = "14", id = "14-4", text = "VERIFY changes nothing.")
  void verify() {
    primary().write(Program.insert(p4().exact(1, 1, 1)));
    assertThat(push(Action.VERIFY, Program.named("upgraded").config(5))).isEqualTo(Code.OK);
    assertThat(get(ResponseType.COOKIE_ONLY).getCookie().getCookie()).isEqualTo(election);
    assertThat(entries(p4().entry("exact_t"))).hasSize(1);
  }

  @Requirement(
      section = "14",
      id = "14-5",
      text = "VERIFY of what cannot run, or of nothing, is INVALID_ARGUMENT.")
  void verifyBroken() {
    assertThat(push(Action.VERIFY, broken())).isEqualTo(Code.INVALID_ARGUMENT);
    assertThat(push(Action.VERIFY, null)).isEqualTo(Code.INVALID_ARGUMENT);
  }

  @Requirement(
      section = "14",
      id = "14-6",
      text = "VERIFY_AND_COMMIT of what cannot run is INVALID_ARGUMENT; all stays as it is.")
  void commitBroken() {
    primary().write(Program.insert(p4().exact(1, 1, 7)));
    assertThat(push(Action.VERIFY_AND_COMMIT, broken())).isEqualTo(Code.INVALID_ARGUMENT);
    assertThat(push(Action.VERIFY_AND_COMMIT, null)).isEqualTo(Code.INVALID_ARGUMENT);
    assertThat(result(1, 1, 0, 1)).isEqualTo(7);
  }

  @Requirement(section = "14", id = "14-7", text = "VERIFY_AND_COMMIT clears the forwarding state.")
  void commitClears() {
    primary().write(Program.insert(p4().exact(1, 1, 7)));
    primary().commit(p4().config());
    assertThat(entries(p4().entry("exact_t"))).isEmpty();
    assertThat(result(1, 1, 0, 1)).isEqualTo(0xee);
  }

  @Requirement(
      section = "14",
      id = "14-8",
      text = "VERIFY_AND_SAVE leaves packets to the old program; reads and writes mean the new.")
  void save() {
    primary().write(Program.insert(p4().exact(1, 1, 7)));
    assertThat(push(Action.VERIFY_AND_SAVE, Program.named("upgraded").config(5)))
        .isEqualTo(Code.OK);
    assertThat(result(1, 1, 0, 1)).isEqualTo(7);
    assertThat(result(6, 0, 0, 0)).isEqualTo(0x66);
    TableEntry.Builder gone = p4().entry("keyless_t").setIsDefaultAction(true);
    assertThat(primary().readCode(Program.entity(gone))).isNotEqualTo(Code.OK);
  }

  @Requirement(
      section = "14",
      id = "14-9",
      text = "COMMIT puts the saved program in force, with what was written since.")
  void saveAndCommit() {
    primary().write(Program.insert(p4().exact(1, 1, 7)));
    Program upgraded = Program.named("upgraded");
    assertThat(push(Action.VERIFY_AND_SAVE, upgraded.config(5))).isEqualTo(Code.OK);
    primary().write(Program.insert(upgraded.exact(2, 1, 8)));
    assertThat(push(Action.COMMIT, null)).isEqualTo(Code.OK);
    assertThat(result(1, 2, 0, 1)).isEqualTo(8);
    assertThat(result(1, 1, 0, 1)).isEqualTo(0xee);
    assertThat(get(ResponseType.COOKIE_ONLY).getCookie().getCookie()).isEqualTo(5);
  }

  @Requirement(section = "14", id = "14-10", text = "COMMIT without a saved config is NOT_FOUND.")
  void nothingSaved() {
    assertThat(push(Action.COMMIT, null)).isEqualTo(Code.NOT_FOUND);
  }

  @Requirement(section = "14", id = "14-11", text = "COMMIT with a config is INVALID_ARGUMENT.")
  void commitWithConfig() {
    assertThat(push(Action.VERIFY_AND_SAVE, p4().config())).isEqualTo(Code.OK);
    assertThat(push(Action.COMMIT, p4().config())).isEqualTo(Code.INVALID_ARGUMENT);
  }

  @Requirement(
      section = "14",
      id = "14-12",
      text = "RECONCILE_AND_COMMIT, optional: the forwarding state is preserved.")
  void reconcile() {
    primary().write(Program.insert(p4().exact(1, 1, 7)), Program.insert(p4().ternary(3, 4)));
    assertThat(push(Action.RECONCILE_AND_COMMIT, Program.named("upgraded").config(6)))
        .isEqualTo(Code.OK);
    assertThat(result(1, 1, 0, 1)).isEqualTo(7);
    assertThat(result(3, 1, 0, 1)).isEqualTo(4);
    assertThat(get(ResponseType.COOKIE_ONLY).getCookie().getCookie()).isEqualTo(6);
  }

  @Requirement(
      section = "14",
      id = "14-13",
      text = "RECONCILE_AND_COMMIT that cannot preserve it is INVALID_ARGUMENT; all stays.")
  void reconcileFails() {
    TableEntry.Builder entry = p4().entry("keyless_t").setIsDefaultAction(true);
    entry.getActionBuilder().setAction(p4().action("set", 0x67));
    primary().write(Program.modify(entry), Program.insert(p4().exact(1, 1, 7)));
    assertThat(push(Action.RECONCILE_AND_COMMIT, Program.named("upgraded").config(6)))
        .isEqualTo(Code.INVALID_ARGUMENT);
    assertThat(result(6, 0, 0, 0)).isEqualTo(0x67);
    assertThat(result(1, 1, 0, 1)).isEqualTo(7);
  }

  @Requirement(
      section = "14",
      id = "14-14",
      text = "RECONCILE_AND_COMMIT without a config is INVALID_ARGUMENT.")
  void reconcileNothing() {
    assertThat(push(Action.RECONCILE_AND_COMMIT, null)).isEqualTo(Code.INVALID_ARGUMENT);
  }

  @Requirement(section = "14", id = "14-15", text = "A missing action is INVALID_ARGUMENT.")
  void noAction() {
    assertThat(push(Action.UNSPECIFIED, p4().config())).isEqualTo(Code.INVALID_ARGUMENT);
  }

  @Requirement(
      section = "14",
      id = "14-16",
      text = "VERIFY_AND_SAVE of what cannot run, or of nothing, is INVALID_ARGUMENT.")
  void saveBroken() {
    assertThat(push(Action.VERIFY_AND_SAVE, broken())).isEqualTo(Code.INVALID_ARGUMENT);
    assertThat(push(Action.VERIFY_AND_SAVE, null)).isEqualTo(Code.INVALID_ARGUMENT);
    assertThat(push(Action.COMMIT, null)).isEqualTo(Code.NOT_FOUND);
  }

  @Requirement(section = "15", id = "15-1", text = "An unknown device is NOT_FOUND.")
  void getUnknownDevice() {
    assertThat(
            codeOf(
                () -> {
                  var _ =
                      primary()
                          .rpc
                          .getForwardingPipelineConfig(
                              GetForwardingPipelineConfigRequest.newBuilder()
                                  .setDeviceId(77)
                                  .build());
                }))
        .isEqualTo(Code.NOT_FOUND);
  }

  @Requirement(
      section = "15",
      id = "15-2",
      program = "",
      text = "Before the first config the response's config is unset.")
  void nothingYet() {
    assertThat(get(client(), ResponseType.ALL).hasConfig()).isFalse();
  }

  @Requirement(section = "15", id = "15-3", text = "ALL gives back what was set.")
  void all() {
    assertThat(get(ResponseType.ALL)).isEqualTo(p4().config(election));
  }

  @Requirement(section = "15", id = "15-4", text = "COOKIE_ONLY gives the cookie alone.")
  void cookieOnly() {
    ForwardingPipelineConfig.Builder expected = ForwardingPipelineConfig.newBuilder();
    expected.getCookieBuilder().setCookie(election);
    assertThat(get(ResponseType.COOKIE_ONLY)).isEqualTo(expected.build());
  }

  @Requirement(section = "15", id = "15-5", text = "P4INFO_AND_COOKIE gives these two.")
  void p4InfoAndCookie() {
    assertThat(get(ResponseType.P4INFO_AND_COOKIE))
        .isEqualTo(p4().config(election).toBuilder().clearP4DeviceConfig().build());
  }

  @Requirement(section = "15", id = "15-6", text = "DEVICE_CONFIG_AND_COOKIE gives these two.")
  void deviceConfigAndCookie() {
    assertThat(get(ResponseType.DEVICE_CONFIG_AND_COOKIE))
        .isEqualTo(p4().config(election).toBuilder().clearP4Info().build());
  }

  @Requirement(
      section = "7",
      id = "7-1",
      text = "A cookie of 0 is a cookie; where none was given none is returned.")
  void cookies() {
    primary().commit(p4().config());
    assertThat(get(ResponseType.COOKIE_ONLY).hasCookie()).isFalse();
    primary().commit(p4().config(0));
    assertThat(get(ResponseType.COOKIE_ONLY).hasCookie()).isTrue();
  }

  @Requirement(section = "15", id = "15-7", text = "Anyone may ask, without a stream.")
  void anyone() {
    assertThat(get(client(), ResponseType.COOKIE_ONLY).getConfig().getCookie().getCookie())
        .isEqualTo(election);
  }
}
