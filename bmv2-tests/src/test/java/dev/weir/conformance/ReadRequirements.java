package dev.weir.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status.Code;
import io.grpc.StatusRuntimeException;
import java.util.ArrayList;
import java.util.List;
import p4.v1.P4RuntimeOuterClass.Entity;
import p4.v1.P4RuntimeOuterClass.ReadRequest;
import p4.v1.P4RuntimeOuterClass.TableEntry;

/** Reads: batches and errors (§13). */
final class ReadRequirements extends Requirements {
  @Requirement(section = "13", id = "13-2", text = "A read of an unknown device is NOT_FOUND.")
  void unknownDevice() {
    assertThat(
            codeOf(
                () -> {
                  var _ =
                      primary()
                          .read(
                              ReadRequest.newBuilder()
                                  .setDeviceId(77)
                                  .addEntities(Program.entity(TableEntry.newBuilder()))
                                  .build());
                }))
        .isEqualTo(Code.NOT_FOUND);
  }

  @Requirement(
      section = "13",
      id = "13-3",
      program = "",
      text = "A read before a pipeline configuration is FAILED_PRECONDITION.")
  void beforePipeline() {
    Client client = client();
    assertThat(
            codeOf(
                () -> {
                  var _ = client.read(Program.entity(TableEntry.newBuilder()));
                }))
        .isEqualTo(Code.FAILED_PRECONDITION);
  }

  @Requirement(
      section = "13",
      id = "13-4",
      text = "A read needs neither a stream nor an election id.")
  void withoutStream() {
    primary().write(Program.insert(p4().exact(1, 1, 1)));
    assertThat(client().read(Program.entity(p4().entry("exact_t")))).hasSize(1);
  }

  @Requirement(
      section = "13.2",
      id = "13.2-3",
      text = "A request whose entity is not set is INVALID_ARGUMENT.")
  void noEntity() {
    assertThat(primary().readCode(Entity.getDefaultInstance())).isEqualTo(Code.INVALID_ARGUMENT);
  }

  @Requirement(
      section = "13.3",
      id = "13.3-1",
      text = "A batch gives the entities of every request, of one kind or several.")
  void batch() {
    primary().write(Program.insert(p4().exact(1, 1, 1)), Program.insert(p4().ternary(1, 1)));
    assertThat(
            primary()
                .read(
                    Program.entity(p4().entry("exact_t")),
                    Program.entity(p4().entry("ternary_t")),
                    Program.entity(p4().entry("exact_t").setIsDefaultAction(true))))
        .hasSize(3);
  }

  @Requirement(
      section = "13.3",
      id = "13.3-2",
      text =
          "Where some requests are invalid the others are answered, then comes UNKNOWN with an Error each.")
  void partlyInvalid() {
    primary().write(Program.insert(p4().exact(1, 1, 1)));
    List<Entity> got = new ArrayList<>();
    Code code = Code.OK;
    List<Code> each = List.of();
    try {
      primary()
          .rpc
          .read(
              ReadRequest.newBuilder()
                  .setDeviceId(Device.ID)
                  .addEntities(Program.entity(p4().entry("exact_t")))
                  .addEntities(Program.entity(TableEntry.newBuilder().setTableId(0x0200ffff)))
                  .addEntities(Program.entity(p4().entry("exact_t").setIsDefaultAction(true)))
                  .build())
          .forEachRemaining(r -> got.addAll(r.getEntitiesList()));
    } catch (StatusRuntimeException e) {
      code = e.getStatus().getCode();
      each = Client.errors(e).stream().map(Client::code).toList();
    }
    assertThat(code).isEqualTo(Code.UNKNOWN);
    assertThat(each).hasSize(3).startsWith(Code.OK).endsWith(Code.OK);
    assertThat(each.get(1)).isIn(Code.NOT_FOUND, Code.INVALID_ARGUMENT);
    assertThat(got).hasSize(2);
  }

  @Requirement(section = "13.3", id = "13.3-3", text = "An empty batch reads nothing.")
  void emptyBatch() {
    assertThat(primary().read()).isEmpty();
  }

  @Requirement(
      section = "13.3",
      id = "13.3-4",
      text = "One kind of request may be there more than once.")
  void requestTwice() {
    primary().write(Program.insert(p4().exact(1, 1, 1)));
    Entity filter = Program.entity(p4().entry("exact_t"));
    assertThat(primary().read(filter, filter)).hasSizeBetween(1, 2);
  }
}
