package dev.weir.contract;

import com.google.common.base.Splitter;
import java.nio.file.Files;
import java.nio.file.Path;

/** Programs that a machine may or may not have. */
final class Programs {
  private Programs() {}

  static boolean onPath(String name) {
    String path = System.getenv().getOrDefault("PATH", "");
    return Splitter.on(':')
        .splitToStream(path)
        .anyMatch(folder -> Files.isExecutable(Path.of(folder, name)));
  }

  /** Whether this process may make interfaces and raw sockets. */
  static boolean isRoot() {
    return "root".equals(System.getProperty("user.name"));
  }
}
