package dev.weir.app.report;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import javax.xml.stream.XMLInputFactory;
import javax.xml.stream.XMLStreamConstants;
import javax.xml.stream.XMLStreamException;
import javax.xml.stream.XMLStreamReader;

/**
 * What Surefire's reports say of a run over all modules.
 *
 * @param unreported test classes without a report: their JVM ended before it could write one
 */
record TestRun(List<Test> tests, List<String> unreported) {

  /** How a test ended. */
  enum Outcome {
    PASSED,
    FAILED,
    SKIPPED
  }

  /** What a test can run on, by its class's name: {@code DecisionsOnBmv2Test}. */
  enum Target {
    BMV2("Bmv2"),
    ENVOY("Envoy"),
    SOFT_SWITCH("SoftSwitch");

    private final String word;

    Target(String word) {
      this.word = word;
    }

    /** The soft switch's own tests run on it whatever they are called; every lab has Envoys. */
    boolean isOf(Test test) {
      return test.simpleClassName().contains(word)
          || switch (this) {
            case BMV2 -> false;
            case ENVOY -> test.className().startsWith("dev.weir.lab.");
            case SOFT_SWITCH -> test.className().startsWith("dev.weir.softswitch.");
          };
    }
  }

  /**
   * One test.
   *
   * @param note why it was skipped or failed; may be empty
   */
  record Test(String className, String name, Outcome outcome, String note) {
    String simpleClassName() {
      return className.substring(className.lastIndexOf('.') + 1);
    }
  }

  /** Reads the reports of all modules below {@code root}. */
  static TestRun read(Path root) throws IOException {
    List<Test> tests = new ArrayList<>();
    List<String> unreported = new ArrayList<>();
    try (Stream<Path> modules = Files.list(root)) {
      for (Path module : modules.sorted().toList()) {
        Path reports = module.resolve("target/surefire-reports");
        if (Files.isDirectory(reports)) {
          tests.addAll(readFolder(reports));
        }
        for (String testClass : testClasses(module.resolve("target/test-classes"))) {
          if (!Files.exists(reports.resolve("TEST-" + testClass + ".xml"))) {
            unreported.add(testClass);
          }
        }
      }
    }
    return new TestRun(tests, unreported);
  }

  /** The classes that Surefire takes for tests here, by their names' end. */
  private static List<String> testClasses(Path folder) throws IOException {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    try (Stream<Path> files = Files.walk(folder)) {
      return files
          .map(file -> folder.relativize(file).toString())
          .filter(name -> name.endsWith("Test.class") && !name.contains("$"))
          .map(name -> name.substring(0, name.length() - ".class".length()).replace('/', '.'))
          .sorted()
          .toList();
    }
  }

  private static List<Test> readFolder(Path reports) throws IOException {
    List<Test> tests = new ArrayList<>();
    try (Stream<Path> files = Files.list(reports)) {
      for (Path file : files.filter(f -> f.toString().endsWith(".xml")).sorted().toList()) {
        try (InputStream in = Files.newInputStream(file)) {
          tests.addAll(readReport(in));
        } catch (XMLStreamException e) {
          throw new IOException(file + " is no report", e);
        }
      }
    }
    return tests;
  }

  static List<Test> readReport(InputStream report) throws XMLStreamException {
    XMLInputFactory factory = XMLInputFactory.newInstance();
    factory.setProperty(XMLInputFactory.SUPPORT_DTD, false);
    XMLStreamReader xml = factory.createXMLStreamReader(report);
    List<Test> tests = new ArrayList<>();
    Test current = new Test("", "", Outcome.PASSED, "");
    while (xml.hasNext()) {
      int event = xml.next();
      if (event == XMLStreamConstants.START_ELEMENT) {
        current =
            switch (xml.getLocalName()) {
              case "testcase" ->
                  new Test(attribute(xml, "classname"), attribute(xml, "name"), Outcome.PASSED, "");
              case "failure", "error" ->
                  new Test(
                      current.className(),
                      current.name(),
                      Outcome.FAILED,
                      attribute(xml, "message"));
              case "skipped" ->
                  new Test(
                      current.className(),
                      current.name(),
                      Outcome.SKIPPED,
                      attribute(xml, "message"));
              default -> current;
            };
      } else if (event == XMLStreamConstants.END_ELEMENT && xml.getLocalName().equals("testcase")) {
        tests.add(current);
      }
    }
    return tests;
  }

  private static String attribute(XMLStreamReader xml, String name) {
    String value = xml.getAttributeValue(null, name);
    return value == null ? "" : value;
  }

  long passed() {
    return tests.stream().filter(test -> test.outcome() == Outcome.PASSED).count();
  }

  List<Test> failures() {
    return tests.stream().filter(test -> test.outcome() == Outcome.FAILED).toList();
  }

  List<Test> skipped() {
    return tests.stream().filter(test -> test.outcome() == Outcome.SKIPPED).toList();
  }

  /** How many tests ran on {@code target}; skipped ones did not run. */
  long ranOn(Target target) {
    return tests.stream()
        .filter(test -> test.outcome() != Outcome.SKIPPED)
        .filter(target::isOf)
        .count();
  }
}
