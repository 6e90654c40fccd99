package dev.weir.app.print;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;

class TextTableTest {
  @Test
  void columnsAreAsWideAsTheirLongestCell() {
    TextTable table = new TextTable("A", "NAME", "LAST");
    table.add("1", "long name", "x");
    table.add("22", "n", "a longer last cell");
    StringWriter out = new StringWriter();
    PrintWriter writer = new PrintWriter(out);
    table.print(writer);
    writer.flush();
    assertThat(out.toString().lines())
        .containsExactly(
            "A   NAME       LAST", "1   long name  x", "22  n          a longer last cell");
  }

  @Test
  void rowOfAnotherLengthIsRefused() {
    TextTable table = new TextTable("A", "B");
    assertThatIllegalArgumentException().isThrownBy(() -> table.add("1"));
  }
}
