package dev.weir.app.resource;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.weir.app.Failure;
import dev.weir.compiler.resolve.Resolver;
import dev.weir.compiler.resource.Manifest;
import dev.weir.compiler.resource.Parsed;
import dev.weir.compiler.resource.Problem;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * What {@code -f} names, as one body of many documents.
 *
 * @param files in the order sent
 */
public record Documents(List<SourceFile> files) {
  /** Beside a mesh's manifests: what its traffic is to meet with. No manifest itself. */
  public static final String EXPECTATIONS = "expectations.json";

  private static final byte[] END = "\n...\n".getBytes(UTF_8);

  /**
   * One file.
   *
   * @param name as the user knows it
   */
  public record SourceFile(String name, byte[] content) {}

  /**
   * Reads files, folders (their .yaml, .yml and .json files, subfolders included, by name) and
   * {@code -}, the standard input.
   *
   * @throws Failure where one cannot be read or holds no manifest
   */
  public static Documents read(List<String> names, InputStream standardInput) {
    List<SourceFile> files = new ArrayList<>();
    for (String name : names) {
      try {
        if (name.equals("-")) {
          files.add(new SourceFile("standard input", standardInput.readAllBytes()));
        } else if (Files.isDirectory(Path.of(name))) {
          List<Path> found = manifestsIn(Path.of(name));
          if (found.isEmpty()) {
            throw new Failure(name + " holds no .yaml, .yml or .json file");
          }
          for (Path file : found) {
            files.add(new SourceFile(file.toString(), Files.readAllBytes(file)));
          }
        } else {
          files.add(new SourceFile(name, Files.readAllBytes(Path.of(name))));
        }
      } catch (IOException | UncheckedIOException e) {
        throw new Failure(name + " cannot be read (" + e + ")", e);
      }
    }
    return new Documents(files);
  }

  private static List<Path> manifestsIn(Path folder) throws IOException {
    try (Stream<Path> paths = Files.walk(folder)) {
      return paths
          .filter(path -> path.getFileName().toString().matches(".*\\.(yaml|yml|json)"))
          .filter(path -> !path.getFileName().toString().equals(EXPECTATIONS))
          .filter(Files::isRegularFile)
          .sorted()
          .toList();
    }
  }

  /** All files as one YAML stream; JSON is YAML. The marker between two ends a document only. */
  public byte[] body() {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    for (SourceFile file : files) {
      body.writeBytes(file.content());
      body.writeBytes(END);
    }
    return body.toByteArray();
  }

  /**
   * Which file document {@code number} of the body is in.
   *
   * @param number counted from 1
   */
  public String place(int number) {
    int before = 0;
    for (SourceFile file : files) {
      int count = count(file.content());
      if (number <= before + count) {
        return file.name() + ", document " + (number - before);
      }
      before += count;
    }
    return "document " + number;
  }

  /**
   * Checks the documents by themselves, as the server would.
   *
   * @throws Failure with every problem and its file
   */
  public void check() {
    Parsed parsed = Manifest.read(body(), false);
    List<Problem> problems = new ArrayList<>(parsed.problems());
    if (problems.isEmpty()) {
      problems.addAll(Resolver.resolve(parsed.resources()).problems());
    }
    if (!problems.isEmpty()) {
      StringBuilder text = new StringBuilder("refused, nothing was changed:");
      for (Problem problem : problems) {
        text.append("\n  ");
        if (problem.document() >= 0) {
          text.append(place(problem.document() + 1)).append(": ");
        }
        text.append(problem.at(-1));
      }
      throw new Failure(text.toString());
    }
  }

  /** How many documents a file has: the number that a broken one put behind them gets. */
  private static int count(byte[] yaml) {
    ByteArrayOutputStream withBroken = new ByteArrayOutputStream();
    withBroken.writeBytes(yaml);
    withBroken.writeBytes(END);
    withBroken.writeBytes("---\n}\n".getBytes(UTF_8));
    return Manifest.read(withBroken.toByteArray(), false).problems().getLast().document();
  }
}
