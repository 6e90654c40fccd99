package dev.weir.app.lab;

import dev.weir.app.Home;
import dev.weir.app.Main;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** How this program starts itself for the background. */
final class JavaCommand {
  private JavaCommand() {}

  /** The command line up to and without the command. */
  static List<String> of(Home home) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-cp");
    command.add(System.getProperty("java.class.path"));
    command.add("-Dweir.home=" + home.root());
    command.add("--enable-native-access=ALL-UNNAMED");
    command.add("--sun-misc-unsafe-memory-access=allow");
    command.add(Main.class.getName());
    return command;
  }
}
