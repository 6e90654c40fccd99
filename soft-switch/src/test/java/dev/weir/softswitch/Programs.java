package dev.weir.softswitch;

import com.google.protobuf.ByteString;
import com.google.protobuf.TextFormat;
import dev.weir.softswitch.engine.Program;
import dev.weir.softswitch.engine.Switch;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Objects;
import p4.config.v1.P4InfoOuterClass.P4Info;
import p4.v1.P4RuntimeOuterClass.ForwardingPipelineConfig;

/** The test programs, as p4c compiled them from the sources beside them. */
public final class Programs {
  private Programs() {}

  public static byte[] bytes(String name) {
    try (InputStream in = Programs.class.getResourceAsStream("/programs/" + name)) {
      return Objects.requireNonNull(in, name).readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public static Path file(String name) {
    try {
      return Path.of(
          Objects.requireNonNull(Programs.class.getResource("/programs/" + name), name).toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  public static Program program(String name) {
    return Program.load(bytes(name + ".json"), Switch.DROP_PORT, message -> {});
  }

  public static P4Info p4info(String name) {
    P4Info.Builder info = P4Info.newBuilder();
    try {
      TextFormat.merge(new String(bytes(name + ".p4info.txtpb"), StandardCharsets.UTF_8), info);
    } catch (TextFormat.ParseException e) {
      throw new IllegalStateException(e);
    }
    return info.build();
  }

  public static ForwardingPipelineConfig config(String name, long cookie) {
    ForwardingPipelineConfig.Builder config =
        ForwardingPipelineConfig.newBuilder()
            .setP4Info(p4info(name))
            .setP4DeviceConfig(ByteString.copyFrom(bytes(name + ".json")));
    config.getCookieBuilder().setCookie(cookie);
    return config.build();
  }
}
