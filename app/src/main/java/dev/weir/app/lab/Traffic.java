package dev.weir.app.lab;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.weir.app.Failure;
import dev.weir.app.Home;
import dev.weir.app.resource.Documents;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Real connections between the lab's workloads, from inside their namespaces. */
final class Traffic {
  private final Home home;

  Traffic(Home home) {
    this.home = home;
  }

  /**
   * Makes the connections that the mesh's {@code expectations.json} lists, or where it has none,
   * one from every workload to every port of every other.
   *
   * @return the lab's own report: {@code summary} and {@code results}
   */
  JsonNode drive(Path mesh) {
    List<String> command = new ArrayList<>();
    command.add("/usr/bin/python3");
    command.add(home.root().resolve("mininet/traffic.py").toString());
    command.addAll(List.of("--lab", home.labFile().toString(), "-o", "json"));
    Path expectations = mesh.resolve(Documents.EXPECTATIONS);
    if (Files.exists(expectations)) {
      command.addAll(List.of("--expectations", expectations.toString()));
    } else {
      command.add("--all-pairs");
    }
    try {
      Process process =
          new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
      JsonNode report = new ObjectMapper().readTree(process.getInputStream());
      // 1 says that something differs from the expectations, which the report says too.
      if (process.waitFor() > 1 || report == null || !report.has("summary")) {
        throw new Failure("the traffic could not be driven (exit " + process.exitValue() + ")");
      }
      return report;
    } catch (IOException e) {
      throw new Failure("the traffic could not be driven (" + e.getMessage() + ")", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Failure("interrupted while traffic was being driven", e);
    }
  }
}
