package dev.weir.conformance;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Writes the documentation's table of requirements, from the tests and the known differences. */
public final class ConformanceTable {
  static final Path FILE = Path.of("../docs/p4runtime-conformance.md");
  private static final String TESTS = "../bmv2-tests/src/test/java/dev/weir/conformance/";

  private ConformanceTable() {}

  /** Run in the folder of this module. */
  public static void main(String[] arguments) throws IOException {
    Files.writeString(FILE, text());
  }

  static String text() {
    Differences soft = Differences.of("soft-switch");
    Differences bmv2 = Differences.of("bmv2");
    StringBuilder out = new StringBuilder();
    int rows = 0;
    for (Table.Row row : Table.rows()) {
      rows++;
      String id = row.requirement().id();
      String file = row.method().getDeclaringClass().getSimpleName();
      out.append(
          "| %s | %s | %s | %s | [%s](%s%s.java) `%s` |\n"
              .formatted(
                  row.requirement().section(),
                  row.requirement().text(),
                  standing(soft.reason(id)),
                  standing(bmv2.reason(id)),
                  id,
                  TESTS,
                  file,
                  row.method().getName()));
    }
    return """
        # P4Runtime conformance

        What P4Runtime 1.5 asks of a server, one test for each requirement, run against the soft
        switch and against BMv2 (`simple_switch_grpc` 1.15.5, where it is on PATH). This page is
        generated from the tests' annotations and from the lists of known differences
        (`bmv2-tests/src/test/resources/conformance/*.differences`); a test fails when it is out of
        date, and another when a target begins to meet what its list says it does not.

        | | requirements | met |
        |---|---|---|
        | soft switch | %d | %d |
        | BMv2 1.15.5 | %d | %d |

        Where the specification leaves room, the soft switch does this:

        * **Roles.** The scheme of `role.config` is the message `stratum.P4RoleConfig`, which
          existing controllers can send: P4Info ids a role has to itself or shares, whether it takes
          part in packet I/O (both ways) and which packet-ins it gets, whether it may set a pipeline
          configuration. What it does not name is not allowed; the replication engine has no P4Info
          id and belongs to roles without a configuration. Any other scheme is refused.
        * **Streams.** The first message of a stream is an arbitration update; anything else ends it
          with FAILED_PRECONDITION. A role has at most 256 streams.
        * **Atomicity.** All three modes. A DATAPLANE_ATOMIC batch takes everything but registers
          and digests, which are UNIMPLEMENTED beside other updates; a frame and all its copies
          meet the state before the batch or after it.
        * **Const entries.** p4c's BMv2 JSON does not say which of a table's initial entries are
          const; `./weir soft-switch const-entries` puts it in, from p4c's own entries file.
        * **Translated types.** A type translated to text gets a number of the data plane for each
          text when it first occurs, until the pipeline is replaced; 0 stands for no text. A number
          translated to another width keeps its value, which has to fit the data plane.
        * **Restrictions.** `@entry_restriction` and `@action_restriction` of p4-constraints are
          enforced; a pipeline with one that cannot be read is refused.
        * **Selectors.** A group whose members all have a watched port that is down does what a hit
          without an action does. RANDOM selection is INVALID_ARGUMENT.
        * **Backup replicas.** For multicast groups and clone sessions; when a replica's port and
          those of all its backups are down the replica goes to its own port and is lost there.
        * **Meters.** A single-rate three-colour meter (RFC 2697) is one; v1model's JSON has no
          such type, P4Info's decides.

        | section | requirement | soft switch | BMv2 1.15.5 | test |
        |---|---|---|---|---|
        """
            .formatted(rows, rows - soft.reasons().size(), rows, rows - bmv2.reasons().size())
        + out;
  }

  private static String standing(@Nullable String reason) {
    return reason == null ? "yes" : "**no**: " + reason;
  }
}
