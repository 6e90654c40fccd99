package dev.weir.app.lab;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.weir.app.Failure;
import dev.weir.app.Home;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The lab's own description of itself ({@code .weir/run/lab.json}, docs/lab.md). */
public record LabFile(JsonNode json) {

  /**
   * Reads it.
   *
   * @throws Failure where no lab runs
   */
  public static LabFile read(Home home) {
    Path file = home.labFile();
    if (!Files.exists(file)) {
      throw new Failure("no lab runs here: start one with ./weir up (as root)");
    }
    try {
      return new LabFile(new ObjectMapper().readTree(file.toFile()));
    } catch (IOException e) {
      throw new Failure(file + " cannot be read (" + e.getMessage() + ")", e);
    }
  }

  /**
   * The process id to enter the namespaces of a workload by.
   *
   * @param name {@code namespace/name}; {@code name} alone where one workload has it
   */
  public long pid(String name) {
    JsonNode workload = json.path("workloads").path(fullName(name));
    return workload.path("pid").asLong();
  }

  /** The full name of a workload. */
  public String fullName(String name) {
    List<String> all = workloads();
    if (all.contains(name)) {
      return name;
    }
    List<String> ending = all.stream().filter(each -> each.endsWith("/" + name)).toList();
    if (ending.size() == 1) {
      return ending.getFirst();
    }
    throw new Failure("no workload is called '" + name + "'; there are " + String.join(", ", all));
  }

  public List<String> workloads() {
    List<String> names = new ArrayList<>();
    json.path("workloads").fieldNames().forEachRemaining(names::add);
    return names;
  }
}
