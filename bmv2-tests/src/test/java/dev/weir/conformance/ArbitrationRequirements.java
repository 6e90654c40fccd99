package dev.weir.conformance;

import static dev.weir.conformance.Client.arbitration;
import static dev.weir.conformance.Client.id;
import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status.Code;
import p4.v1.P4RuntimeOuterClass.MasterArbitrationUpdate;
import p4.v1.P4RuntimeOuterClass.Uint128;

/** Who is primary (§5, §16.2). */
final class ArbitrationRequirements extends Requirements {
  private static final int OK = Code.OK.value();
  private static final int BACKUP = Code.ALREADY_EXISTS.value();
  private static final int NO_PRIMARY = Code.NOT_FOUND.value();

  @Requirement(
      section = "5.3",
      id = "5.3-1",
      text = "A stream for an unknown device ends with NOT_FOUND.")
  void unknownDevice() {
    Client other = client();
    other.arbitrate(arbitration("", election + 1).setDeviceId(77));
    assertThat(other.end()).isEqualTo(Code.NOT_FOUND);
  }

  @Requirement(
      section = "5.1",
      id = "5.1-1",
      text = "Device 0 does not exist: a stream for it ends with NOT_FOUND.")
  void deviceZero() {
    Client other = client();
    other.arbitrate(arbitration("", election + 1).setDeviceId(0));
    assertThat(other.end()).isEqualTo(Code.NOT_FOUND);
  }

  @Requirement(
      section = "5.3",
      id = "5.3-2",
      text = "A new stream with a live controller's election id ends with INVALID_ARGUMENT.")
  void electionIdInUse() {
    Client other = client();
    other.arbitrate(arbitration("", election));
    assertThat(other.end()).isEqualTo(Code.INVALID_ARGUMENT);
  }

  @Requirement(
      section = "5.3",
      id = "5.3-3",
      text = "A live controller that takes another's election id is ended with INVALID_ARGUMENT.")
  void electionIdTakenLater() {
    Client other = client("", election - 1);
    other.arbitrate(arbitration("", election));
    assertThat(other.end()).isEqualTo(Code.INVALID_ARGUMENT);
  }

  @Requirement(
      section = "5.3",
      id = "5.3-4",
      text = "A live controller that names another device is ended with FAILED_PRECONDITION.")
  void deviceChanges() {
    Client other = client("", election - 1);
    other.arbitrate(arbitration("", election - 1).setDeviceId(77));
    assertThat(other.end()).isEqualTo(Code.FAILED_PRECONDITION);
  }

  @Requirement(
      section = "5.3",
      id = "5.3-5",
      text = "A live controller that names another role is ended with FAILED_PRECONDITION.")
  void roleChanges() {
    Client other = client("", election - 1);
    other.arbitrate(arbitration("another", election - 1));
    assertThat(other.end()).isEqualTo(Code.FAILED_PRECONDITION);
  }

  @Requirement(
      section = "5.3",
      id = "5.3-6",
      text = "An election id above all seen makes its controller primary.")
  void higherBecomesPrimary() {
    Client other = client();
    assertThat(other.arbitrated(arbitration("", election + 1)).getStatus().getCode()).isEqualTo(OK);
    other.write(Program.insert(p4().exact(1, 1, 1)));
  }

  @Requirement(
      section = "5.3",
      id = "5.3-7",
      text = "An election id below the highest seen makes its controller a backup.")
  void lowerBecomesBackup() {
    Client other = client();
    assertThat(other.arbitrated(arbitration("", election - 1)).getStatus().getCode())
        .isEqualTo(BACKUP);
  }

  @Requirement(
      section = "5.3",
      id = "5.3-8",
      text = "The advisory about a new backup goes to that controller alone.")
  void backupIsNewsToItselfOnly() {
    var _ = primary().rest();
    var _ = client("", election - 1);
    primary().send(packetOut(payload(12, 1, 0, 0)));
    assertThat(primary().next(m -> true).hasPacket()).isTrue();
  }

  @Requirement(
      section = "5.3",
      id = "5.3-9",
      text = "A primary that repeats its election id stays primary.")
  void repetition() {
    assertThat(primary().arbitrated(arbitration("", election)).getStatus().getCode()).isEqualTo(OK);
    primary().write(Program.insert(p4().exact(1, 1, 1)));
  }

  @Requirement(
      section = "5.3",
      id = "5.3-10",
      text = "A backup that raises its election id above all becomes primary.")
  void backupRises() {
    Client other = client("", election - 1);
    assertThat(other.arbitrated(arbitration("", election + 1)).getStatus().getCode()).isEqualTo(OK);
  }

  @Requirement(
      section = "5.3",
      id = "5.3-11",
      text = "A primary that lowers its election id is a backup, and all controllers hear of it.")
  void primaryStepsDown() {
    Client other = client("", election - 1);
    assertThat(primary().arbitrated(arbitration("", election - 2)).getStatus().getCode())
        .isEqualTo(NO_PRIMARY);
    assertThat(other.nextArbitration().getStatus().getCode()).isEqualTo(NO_PRIMARY);
    assertThat(primary().code(Program.insert(p4().exact(1, 1, 1))))
        .isEqualTo(Code.PERMISSION_DENIED);
  }

  @Requirement(
      section = "5.3",
      id = "5.3-12",
      text = "Writes of a displaced primary are refused with PERMISSION_DENIED.")
  void displacedPrimary() {
    var _ = client("", election + 1);
    assertThat(primary().code(Program.insert(p4().exact(1, 1, 1))))
        .isEqualTo(Code.PERMISSION_DENIED);
  }

  @Requirement(
      section = "5",
      id = "5-1",
      text = "When the primary leaves nobody is promoted: the others hear that there is none.")
  void noPromotion() {
    Client other = client("", election - 1);
    primary().leave();
    assertThat(other.nextArbitration().getStatus().getCode()).isEqualTo(NO_PRIMARY);
    assertThat(other.code(Program.insert(p4().exact(1, 1, 1)))).isEqualTo(Code.PERMISSION_DENIED);
  }

  @Requirement(
      section = "5",
      id = "5-2",
      text = "The highest election id is remembered after its controller has left.")
  void highestIsRemembered() {
    Client other = client("", election - 2);
    primary().leave();
    var _ = other.nextArbitration();
    MasterArbitrationUpdate answer = other.arbitrated(arbitration("", election - 1));
    assertThat(answer.getStatus().getCode()).isEqualTo(NO_PRIMARY);
    assertThat(answer.getElectionId()).isEqualTo(id(election));
  }

  @Requirement(
      section = "5",
      id = "5-3",
      text = "Whoever comes with the highest election id ever seen, free by now, is primary.")
  void equalToHighest() {
    Client other = client("", election - 2);
    primary().leave();
    var _ = other.nextArbitration();
    assertThat(other.arbitrated(arbitration("", election)).getStatus().getCode()).isEqualTo(OK);
  }

  @Requirement(section = "5", id = "5-4", text = "A backup may read, without an election id.")
  void backupReads() {
    primary().write(Program.insert(p4().exact(1, 1, 1)));
    Client other = client("", election - 1);
    assertThat(other.read(Program.entity(p4().entry("exact_t")))).hasSize(1);
  }

  @Requirement(
      section = "5",
      id = "5-5",
      text = "A backup's pipeline configuration is refused with PERMISSION_DENIED.")
  void backupSetsNoPipeline() {
    Client other = client("", election - 1);
    assertThat(codeOf(() -> other.commit(p4().config()))).isEqualTo(Code.PERMISSION_DENIED);
  }

  @Requirement(
      section = "5.4",
      id = "5.4-1",
      text = "A new primary is news to the one before: ALREADY_EXISTS and the new election id.")
  void newsOfPrimary() {
    var _ = primary().rest();
    var _ = client("", election + 1);
    MasterArbitrationUpdate news = primary().nextArbitration();
    assertThat(news.getStatus().getCode()).isEqualTo(BACKUP);
    assertThat(news.getElectionId()).isEqualTo(id(election + 1));
    assertThat(news.getDeviceId()).isEqualTo(Device.ID);
  }

  @Requirement(
      section = "5.4",
      id = "5.4-2",
      text = "A backup's advisory has the highest election id seen, not its own.")
  void advisoryHasHighest() {
    Client other = client();
    assertThat(other.arbitrated(arbitration("", election - 1)).getElectionId())
        .isEqualTo(id(election));
  }

  @Requirement(
      section = "5.4",
      id = "5.4-3",
      program = "",
      text = "Before the first primary an advisory says NOT_FOUND and has no election id.")
  void neverAnyPrimary() {
    MasterArbitrationUpdate answer = client().arbitrated(arbitration(null));
    assertThat(answer.getStatus().getCode()).isEqualTo(NO_PRIMARY);
    assertThat(answer.hasElectionId()).isFalse();
  }

  @Requirement(
      section = "16.2.1",
      id = "16.2.1-1",
      text = "Without an election id a controller never becomes primary.")
  void unsetElectionId() {
    Client other = client();
    assertThat(other.arbitrated(arbitration(null)).getStatus().getCode()).isEqualTo(BACKUP);
    primary().leave();
    assertThat(other.nextArbitration().getStatus().getCode()).isEqualTo(NO_PRIMARY);
    assertThat(other.arbitrated(arbitration(null)).getStatus().getCode()).isEqualTo(NO_PRIMARY);
  }

  @Requirement(
      section = "16.2.1",
      id = "16.2.1-2",
      program = "",
      text = "An election id of zero is an election id: it can be primary.")
  void zeroElectionId() {
    Client first = client();
    assertThat(first.arbitrated(arbitration(id(0))).getStatus().getCode()).isEqualTo(OK);
    Client second = client();
    second.arbitrate(arbitration(id(0)));
    assertThat(second.end()).isEqualTo(Code.INVALID_ARGUMENT);
  }

  @Requirement(
      section = "16.2.1",
      id = "16.2.1-3",
      text = "Several controllers may be without an election id.")
  void severalWithoutElectionId() {
    assertThat(client().arbitrated(arbitration(null)).getStatus().getCode()).isEqualTo(BACKUP);
    assertThat(client().arbitrated(arbitration(null)).getStatus().getCode()).isEqualTo(BACKUP);
  }

  @Requirement(
      section = "16.2",
      id = "16.2-1",
      program = "",
      text = "Election ids are compared as 128 bits without a sign.")
  void hugeElectionIds() {
    Client first = client();
    Uint128 big = Uint128.newBuilder().setHigh(1).setLow(0).build();
    assertThat(first.arbitrated(arbitration(id(-1))).getStatus().getCode()).isEqualTo(OK);
    assertThat(client().arbitrated(arbitration(big)).getStatus().getCode()).isEqualTo(OK);
    assertThat(client().arbitrated(arbitration(id(5))).getStatus().getCode()).isEqualTo(BACKUP);
    Uint128 biggest = Uint128.newBuilder().setHigh(-1).setLow(0).build();
    assertThat(client().arbitrated(arbitration(biggest)).getStatus().getCode()).isEqualTo(OK);
  }
}
