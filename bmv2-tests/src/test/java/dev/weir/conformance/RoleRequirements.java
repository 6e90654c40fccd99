package dev.weir.conformance;

import static dev.weir.conformance.Client.arbitration;
import static dev.weir.conformance.Client.bytes;
import static dev.weir.conformance.Client.id;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Any;
import io.grpc.Status.Code;
import java.util.List;
import p4.v1.P4RuntimeOuterClass.MasterArbitrationUpdate;
import p4.v1.P4RuntimeOuterClass.StreamMessageResponse;
import p4.v1.P4RuntimeOuterClass.TableEntry;

/** Partitioning among roles (§5, §5.1, §5.2). */
final class RoleRequirements extends Requirements {
  private static final int[] NONE = {};

  private String role() {
    return "role-" + election;
  }

  private Client client(Any config) {
    Client client = client();
    MasterArbitrationUpdate.Builder update = arbitration(role(), election);
    update.getRoleBuilder().setConfig(config);
    MasterArbitrationUpdate answer = client.arbitrated(update);
    assertThat(answer.getStatus().getCode()).isZero();
    return client;
  }

  @Requirement(
      section = "5",
      id = "5-6",
      text = "Roles have primaries of their own, and an election id may be used in each.")
  void rolesAreApart() {
    Client other = client();
    MasterArbitrationUpdate answer = other.arbitrated(arbitration(role(), election));
    assertThat(answer.getStatus().getCode()).isZero();
    other.write(Program.insert(p4().exact(1, 1, 1)));
    primary().write(Program.insert(p4().exact(2, 2, 2)));
  }

  @Requirement(
      section = "5",
      id = "5-7",
      text = "The highest election id is kept for each role apart.")
  void highestPerRole() {
    Client other = client();
    assertThat(other.arbitrated(arbitration(role(), 1)).getStatus().getCode()).isZero();
  }

  @Requirement(
      section = "5",
      id = "5-8",
      text = "The role of a write counts: another role's election id does not make it primary.")
  void roleOfWriteCounts() {
    Client other = client(role(), election + 7);
    other.role = "";
    assertThat(other.code(Program.insert(p4().exact(1, 1, 1)))).isEqualTo(Code.PERMISSION_DENIED);
  }

  @Requirement(section = "5.4", id = "5.4-4", text = "An advisory names the role it is about.")
  void advisoryNamesRole() {
    MasterArbitrationUpdate answer = client().arbitrated(arbitration(role(), election));
    assertThat(answer.getRole().getName()).isEqualTo(role());
    assertThat(answer.getElectionId()).isEqualTo(id(election));
  }

  @Requirement(
      section = "5.1",
      id = "5.1-2",
      text = "The default role has access to everything and stays unnamed in advisories.")
  void defaultRole() {
    Client next = client();
    MasterArbitrationUpdate answer = next.arbitrated(arbitration("", election + 1));
    assertThat(answer.getRole().getName()).isEmpty();
    next.write(Program.insert(p4().exact(1, 1, 1)));
  }

  @Requirement(
      section = "5.2",
      id = "5.2-1",
      text = "A role configuration of an unknown scheme ends the stream with INVALID_ARGUMENT.")
  void unknownScheme() {
    Client other = client();
    MasterArbitrationUpdate.Builder update = arbitration(role(), election + 1);
    update.getRoleBuilder().setConfig(Any.newBuilder().setTypeUrl("weir.dev/nobody.Knows"));
    other.arbitrate(update);
    assertThat(other.end()).isEqualTo(Code.INVALID_ARGUMENT);
  }

  @Requirement(
      section = "5.2",
      id = "5.2-2",
      text = "A role without a configuration has access to everything.")
  void roleWithoutConfig() {
    Client other = client(role(), election);
    other.write(Program.insert(p4().exact(1, 1, 1)), Program.insert(p4().ternary(1, 1)));
  }

  @Requirement(
      section = "5.2",
      id = "5.2-3",
      text = "What a role's configuration leaves out it may not write: PERMISSION_DENIED.")
  void outsideOfRole() {
    Client other = client(RoleConfig.of(NONE, new int[] {p4().tableId("exact_t")}, false, false));
    assertThat(
            other.codes(
                other
                    .writeRequest(
                        Program.insert(p4().exact(1, 1, 1)), Program.insert(p4().ternary(1, 1)))
                    .build()))
        .containsExactly(Code.OK, Code.PERMISSION_DENIED);
  }

  @Requirement(
      section = "13",
      id = "13-1",
      text = "A read in a role's name gives what belongs to the role.")
  void readsAreFiltered() {
    primary().write(Program.insert(p4().exact(1, 1, 1)), Program.insert(p4().ternary(1, 1)));
    Client other = client(RoleConfig.of(NONE, new int[] {p4().tableId("exact_t")}, false, false));
    assertThat(other.read(Program.entity(TableEntry.newBuilder())))
        .extracting(e -> e.getTableEntry().getTableId())
        .containsExactly(p4().tableId("exact_t"));
  }

  @Requirement(
      section = "5.2",
      id = "5.2-4",
      text = "A role gets packet-ins where its configuration says so, and only those it filters.")
  void packetInsOfRole() {
    Client listener =
        client(RoleConfig.of(NONE, NONE, true, false, new RoleConfig.PacketFilter(1, bytes(510))));
    var _ = probe(12, 1, 0, 0);
    assertThat(seen(listener.next(StreamMessageResponse::hasPacket).getPacket()).a()).isEqualTo(1);
    MasterArbitrationUpdate.Builder deaf = arbitration(role(), election);
    deaf.getRoleBuilder()
        .setConfig(
            RoleConfig.of(NONE, NONE, true, false, new RoleConfig.PacketFilter(1, bytes(3))));
    var _ = listener.arbitrated(deaf);
    var _ = probe(12, 2, 0, 0);
    var _ = listener.arbitrated(deaf);
    assertThat(listener.rest()).isEmpty();
  }

  @Requirement(
      section = "5.2",
      id = "5.2-5",
      text = "A role whose configuration says nothing of packets may not send any.")
  void packetOutsOfRole() {
    Client other = client(RoleConfig.of(NONE, NONE, false, false));
    other.send(packetOut(payload(12, 0xbad, 0, 0)));
    assertThat(other.next(StreamMessageResponse::hasError).getError().getCanonicalCode())
        .isEqualTo(Code.PERMISSION_DENIED.value());
    assertThat(allOf(12, 1, 0, 0)).extracting(Seen::a).containsExactly(1);
  }

  @Requirement(
      section = "5.2",
      id = "5.2-6",
      text = "A role may set a pipeline configuration only where its own says so.")
  void pipelineOfRole() {
    Client other = client(RoleConfig.of(NONE, NONE, false, false));
    assertThat(codeOf(() -> other.commit(p4().config()))).isEqualTo(Code.PERMISSION_DENIED);
    MasterArbitrationUpdate.Builder update = arbitration(role(), election);
    update.getRoleBuilder().setConfig(RoleConfig.of(NONE, NONE, false, true));
    var _ = other.arbitrated(update);
    other.commit(p4().config());
  }

  @Requirement(
      section = "5.4",
      id = "5.4-5",
      text = "Advisories carry the role configuration that the primary gave last, and all hear it.")
  void advisoriesCarryConfig() {
    Client first = client(RoleConfig.of(NONE, NONE, false, true));
    Client backup = client(role(), election - 1);
    Any config = RoleConfig.of(NONE, NONE, true, true);
    MasterArbitrationUpdate.Builder update = arbitration(role(), election);
    update.getRoleBuilder().setConfig(config);
    for (MasterArbitrationUpdate heard :
        List.of(first.arbitrated(update), backup.nextArbitration())) {
      assertThat(heard.getRole().getConfig()).isEqualTo(config);
    }
  }

  @Requirement(
      section = "5.2",
      id = "5.2-7",
      text = "Two roles cannot both have an entity to themselves.")
  void exclusiveIsExclusive() {
    int[] table = {p4().tableId("exact_t")};
    var _ = client(RoleConfig.of(table, NONE, false, false));
    Client other = client();
    MasterArbitrationUpdate.Builder update = arbitration(role() + "-other", election);
    update.getRoleBuilder().setConfig(RoleConfig.of(table, NONE, false, false));
    other.arbitrate(update);
    assertThat(other.end()).isEqualTo(Code.INVALID_ARGUMENT);
  }
}
