package dev.weir.contract;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.hash.Hashing;
import com.google.common.io.MoreFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** p4c's committed output belongs to the committed programs. */
class CompiledPipelinesTest {
  static final Path P4SRC = Path.of("..", "p4src").toAbsolutePath().normalize();

  @Test
  void everySourceAndArtefactHasTheHashThatTheCompilationNoted() throws IOException {
    TreeMap<String, String> found = new TreeMap<>();
    try (Stream<Path> files = Files.walk(P4SRC)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        String name = P4SRC.relativize(file).toString();
        if (name.matches("[^/]*\\.p4|include/.*\\.p4|build/.*\\.(json|txtpb)")) {
          found.put(name, MoreFiles.asByteSource(file).hash(Hashing.sha256()).toString());
        }
      }
    }
    TreeMap<String, String> noted = new TreeMap<>();
    for (String line : Files.readAllLines(P4SRC.resolve("build/SHA256SUMS"))) {
      List<String> parts = com.google.common.base.Splitter.on("  ").splitToList(line);
      noted.put(parts.get(1).replaceFirst("^\\./", ""), parts.get(0));
    }
    assertThat(found).as("run p4src/compile after every change").isEqualTo(noted);
  }

  @ParameterizedTest
  @ValueSource(strings = {"weir", "weir_basic", "weir_compact"})
  void compilingAgainGivesTheCommittedArtefacts(String program, @TempDir Path fresh)
      throws Exception {
    Assumptions.assumeTrue(
        Programs.onPath("p4c-bm2-ss"), "p4c-bm2-ss is not on PATH: nothing was compiled again");
    Process compiler =
        new ProcessBuilder(
                "p4c-bm2-ss",
                "--std",
                "p4-16",
                "--p4runtime-files",
                fresh.resolve("p4info.txtpb").toString(),
                "-o",
                fresh.resolve("program.json").toString(),
                program + ".p4")
            .directory(P4SRC.toFile())
            .inheritIO()
            .start();
    assertThat(compiler.waitFor()).isZero();
    assertThat(fresh.resolve("p4info.txtpb"))
        .hasSameTextualContentAs(P4SRC.resolve("build/" + program + ".p4info.txtpb"));
    assertThat(fresh.resolve("program.json"))
        .hasSameTextualContentAs(P4SRC.resolve("build/" + program + ".json"));
  }
}
