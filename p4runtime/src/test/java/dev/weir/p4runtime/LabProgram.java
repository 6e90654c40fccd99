package dev.weir.p4runtime;

import dev.weir.p4runtime.info.P4InfoReader;
import dev.weir.p4runtime.info.Pipeline;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/** The program in lab.p4info.txtpb. */
public final class LabProgram {
  private LabProgram() {}

  public static String text() {
    try (InputStream in = LabProgram.class.getResourceAsStream("/lab.p4info.txtpb")) {
      if (in == null) {
        throw new IllegalStateException("lab.p4info.txtpb is not on the class path");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public static Pipeline pipeline() {
    return P4InfoReader.readText(text());
  }
}
