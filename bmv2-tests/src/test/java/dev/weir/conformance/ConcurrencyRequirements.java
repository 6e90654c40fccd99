package dev.weir.conformance;

import static dev.weir.conformance.Client.arbitration;
import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.Status.Code;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import p4.v1.P4RuntimeOuterClass.Update;

/** Several clients at once (§5.3, §12.1, §13.4). */
final class ConcurrencyRequirements extends Requirements {
  private static <T> List<T> together(List<Callable<T>> calls) throws Exception {
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<T> results = new ArrayList<>();
      for (Future<T> each : threads.invokeAll(calls)) {
        results.add(each.get());
      }
      return results;
    }
  }

  private Update[] block(int first, Update.Type type) {
    Update[] updates = new Update[12];
    for (int i = 0; i < updates.length; i++) {
      updates[i] =
          Program.update(
              type,
              Program.entity(p4().ternary(first + i, 1, Program.ternary(1, first + i, 0xffff))));
    }
    return updates;
  }

  @Requirement(
      section = "12.1",
      id = "12.1-3",
      text = "Concurrent inserts of one entry: exactly one succeeds, the others ALREADY_EXISTS.")
  void oneInsertWins() throws Exception {
    List<Callable<Code>> calls = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      int value = i;
      calls.add(() -> primary().code(Program.insert(p4().exact(1, 1, value))));
    }
    List<Code> codes = together(calls);
    assertThat(codes).containsOnlyOnce(Code.OK);
    assertThat(codes.stream().filter(Code.ALREADY_EXISTS::equals)).hasSize(7);
  }

  @Requirement(
      section = "13.4",
      id = "13.4-1",
      text = "A read sees a concurrent batch as a whole or not at all.")
  void readsSeeWholeBatches() throws Exception {
    AtomicBoolean done = new AtomicBoolean();
    List<Callable<List<Integer>>> calls = new ArrayList<>();
    calls.add(
        () -> {
          try {
            for (int i = 0; i < 25; i++) {
              primary().write(block(1, Update.Type.INSERT));
              primary().write(block(1, Update.Type.DELETE));
            }
          } finally {
            done.set(true);
          }
          return List.of();
        });
    for (int reader = 0; reader < 3; reader++) {
      Client client = client();
      calls.add(
          () -> {
            List<Integer> sizes = new ArrayList<>();
            while (!done.get()) {
              sizes.add(client.read(Program.entity(p4().entry("ternary_t"))).size());
            }
            return sizes;
          });
    }
    for (List<Integer> sizes : together(calls)) {
      assertThat(sizes).allMatch(size -> size == 0 || size == 12);
    }
  }

  @Requirement(
      section = "5.3",
      id = "5.3-13",
      text = "When the primary changes in mid-write, each write is whole: before or refused.")
  void primaryChangesInMidWrite() throws Exception {
    Client old = primary();
    AtomicBoolean changed = new AtomicBoolean();
    List<Callable<Integer>> calls = new ArrayList<>();
    calls.add(
        () -> {
          int succeeded = 0;
          for (int i = 0; i < 5 || !changed.get(); i++) {
            try {
              var _ =
                  old.rpc.write(
                      old.writeRequest(
                              block(1, i % 2 == 0 ? Update.Type.INSERT : Update.Type.DELETE))
                          .build());
              succeeded++;
            } catch (io.grpc.StatusRuntimeException e) {
              assertThat(e.getStatus().getCode()).isEqualTo(Code.PERMISSION_DENIED);
              break;
            }
          }
          return succeeded;
        });
    Client next = client();
    calls.add(
        () -> {
          var answer = next.arbitrated(arbitration("", election + 1));
          changed.set(true);
          assertThat(answer.getStatus().getCode()).isZero();
          // From here on nothing of the old primary's may come.
          int before = next.read(Program.entity(p4().entry("ternary_t"))).size();
          for (int i = 0; i < 20; i++) {
            assertThat(next.read(Program.entity(p4().entry("ternary_t"))).size()).isEqualTo(before);
          }
          return before;
        });
    List<Integer> results = together(calls);
    assertThat(results.get(1)).isEqualTo(results.get(0) % 2 == 0 ? 0 : 12);
    assertThat(old.code(Program.insert(p4().exact(1, 1, 1)))).isEqualTo(Code.PERMISSION_DENIED);
  }

  @Requirement(
      section = "5",
      id = "5-9",
      text = "Of many that arbitrate at once the one with the highest election id is primary.")
  void manyArbitrate() throws Exception {
    List<Client> all = new ArrayList<>();
    List<Callable<Integer>> calls = new ArrayList<>();
    for (int i = 1; i <= 10; i++) {
      Client client = client();
      all.add(client);
      int mine = i;
      calls.add(() -> client.arbitrated(arbitration("", election + mine)).getStatus().getCode());
    }
    var _ = together(calls);
    for (int i = 0; i < 10; i++) {
      assertThat(all.get(i).code(Program.insert(p4().exact(i, 1, 1))))
          .isEqualTo(i == 9 ? Code.OK : Code.PERMISSION_DENIED);
    }
  }

  @Requirement(
      section = "12.1",
      id = "12.1-4",
      text = "Concurrent batches leave what some order of them leaves.")
  void serializable() throws Exception {
    primary().write(Program.insert(p4().exact(1, 1, 0)), Program.insert(p4().exact(2, 1, 0)));
    List<Callable<Boolean>> calls = new ArrayList<>();
    for (int i = 1; i <= 16; i++) {
      int value = i;
      calls.add(
          () -> {
            primary()
                .write(
                    Program.modify(p4().exact(1, 1, value)),
                    Program.modify(p4().exact(2, 1, value)));
            return true;
          });
    }
    var _ = together(calls);
    assertThat(result(1, 1, 0, 1)).isEqualTo(result(1, 2, 0, 1));
  }
}
