package dev.weir.controller.device;

import com.google.common.collect.ImmutableSortedSet;
import com.google.protobuf.ByteString;
import com.google.protobuf.TextFormat;
import dev.weir.p4runtime.PipelineConfig;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import p4.config.v1.P4InfoOuterClass.P4Info;

/** The pipelines that come with Weir, as p4c left them in {@code p4src/build}. */
public final class Programs {
  /** What they are called. */
  public static final ImmutableSortedSet<String> NAMES =
      ImmutableSortedSet.of("weir", "weir_basic", "weir_compact");

  private Programs() {}

  /**
   * The pipeline called {@code name}.
   *
   * @throws IllegalArgumentException if there is none
   */
  public static PipelineConfig load(String name) throws IOException {
    if (!NAMES.contains(name)) {
      throw new IllegalArgumentException("no pipeline '" + name + "'; there are " + NAMES);
    }
    P4Info info =
        TextFormat.parse(
            new String(read(name + ".p4info.txtpb"), StandardCharsets.UTF_8), P4Info.class);
    return PipelineConfig.of(info, ByteString.copyFrom(read(name + ".json")), name);
  }

  private static byte[] read(String file) throws IOException {
    try (InputStream in = Programs.class.getResourceAsStream("/pipelines/" + file)) {
      if (in == null) {
        throw new IOException("pipelines/" + file + " is not on the class path");
      }
      return in.readAllBytes();
    }
  }
}
