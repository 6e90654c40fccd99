package dev.weir.app.report;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TestRunTest {
  @TempDir Path root;

  private TestRun run(String... cases) throws IOException {
    Path reports = Files.createDirectories(root.resolve("module/target/surefire-reports"));
    String xml = "<testsuite name=\"x\"><properties/>" + String.join("", cases) + "</testsuite>";
    Files.write(reports.resolve("TEST-x.xml"), xml.getBytes(UTF_8));
    return TestRun.read(root);
  }

  @Test
  void testsAreCountedByHowTheyEnded() throws IOException {
    TestRun run =
        run(
            "<testcase classname=\"a.ATest\" name=\"one\"/>",
            "<testcase classname=\"a.ATest\" name=\"two\"><failure message=\"m\">t</failure></testcase>",
            "<testcase classname=\"a.ATest\" name=\"three\"><error>t</error></testcase>",
            "<testcase classname=\"a.ATest\" name=\"four\"><skipped message=\"no root\"/></testcase>",
            "<testcase classname=\"a.ATest\" name=\"five\"><system-out>x</system-out></testcase>");
    assertThat(run.passed()).isEqualTo(2);
    assertThat(run.failures()).hasSize(2);
    assertThat(run.skipped())
        .containsExactly(new TestRun.Test("a.ATest", "four", TestRun.Outcome.SKIPPED, "no root"));
  }

  @Test
  void targetIsReadFromTheClassName() throws IOException {
    TestRun run =
        run(
            "<testcase classname=\"a.DecisionsOnBmv2Test\" name=\"one\"/>",
            "<testcase classname=\"a.DecisionsOnSoftSwitchTest\" name=\"one\"/>",
            "<testcase classname=\"dev.weir.softswitch.engine.ParserTest\" name=\"one\"/>",
            "<testcase classname=\"a.MethodsOnEnvoyTest\" name=\"one\"/>",
            "<testcase classname=\"a.Bmv2.OtherTest\" name=\"one\"/>");
    assertThat(run.ranOn(TestRun.Target.BMV2)).isEqualTo(1);
    assertThat(run.ranOn(TestRun.Target.SOFT_SWITCH)).isEqualTo(2);
    assertThat(run.ranOn(TestRun.Target.ENVOY)).isEqualTo(1);
  }

  @Test
  void whatWasSkippedRanOnNothing() throws IOException {
    TestRun run = run("<testcase classname=\"a.OnBmv2Test\" name=\"one\"><skipped/></testcase>");
    assertThat(run.ranOn(TestRun.Target.BMV2)).isZero();
  }

  @Test
  void testClassWithoutAReportIsMissed() throws IOException {
    Path classes = Files.createDirectories(root.resolve("module/target/test-classes/a"));
    Files.write(classes.resolve("CrashedTest.class"), new byte[0]);
    Files.write(classes.resolve("CrashedTest$Nested.class"), new byte[0]);
    Files.write(classes.resolve("Contract.class"), new byte[0]);
    assertThat(run().unreported()).containsExactly("a.CrashedTest");
  }
}
