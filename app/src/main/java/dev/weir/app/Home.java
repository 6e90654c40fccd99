package dev.weir.app;

import java.nio.file.Path;

/**
 * Where Weir's files are.
 *
 * @param root the checkout
 */
public record Home(Path root) {

  /** The checkout that the launcher named, else the working directory. */
  public static Home find() {
    return new Home(Path.of(System.getProperty("weir.home", ".")).toAbsolutePath().normalize());
  }

  /** Everything that Weir writes. */
  public Path state() {
    return root.resolve(".weir");
  }

  /** What the running mesh is: process ids, logs, the lab's description. */
  public Path run() {
    return state().resolve("run");
  }

  /** Written by the controller once it serves. */
  public Path controllerFile() {
    return run().resolve("controller.json");
  }

  /** Written by the lab once it stands. */
  public Path labFile() {
    return run().resolve("lab.json");
  }
}
