package dev.weir.softswitch;

import dev.weir.softswitch.server.ConstEntries;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code soft-switch const-entries}. */
@Command(
    name = "const-entries",
    description = {
      "Print the program with its const entries marked: p4c's JSON does not tell which of a table's"
          + " initial entries are const, but the file of its --p4runtime-entries-files does."
    },
    mixinStandardHelpOptions = true)
final class ConstEntriesCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Option(names = "--json", required = true, description = "The program: p4c's BMv2 JSON.")
  private Path json;

  @Option(names = "--p4info", required = true, description = "Its P4Info, protobuf text.")
  private Path p4info;

  @Option(
      names = "--entries",
      required = true,
      description = "Its entries, protobuf text, by p4c's --p4runtime-entries-files.")
  private Path entries;

  @Override
  public Integer call() throws IOException {
    try {
      spec.commandLine()
          .getOut()
          .println(
              ConstEntries.mark(
                  Files.readAllBytes(json),
                  Files.readString(p4info, StandardCharsets.UTF_8),
                  Files.readString(entries, StandardCharsets.UTF_8)));
      spec.commandLine().getOut().flush();
      return 0;
    } catch (IllegalArgumentException e) {
      spec.commandLine().getErr().println("soft-switch: " + e.getMessage());
      return 1;
    }
  }
}
