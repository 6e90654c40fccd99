package dev.weir.p4runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.google.protobuf.ByteString;
import com.google.protobuf.TextFormat;
import dev.weir.p4runtime.info.P4InfoReader;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import p4.config.v1.P4InfoOuterClass.P4Info;
import p4.v1.P4RuntimeOuterClass.ForwardingPipelineConfig;

class PipelineConfigTest {
  private static final ByteString DEVICE = ByteString.copyFromUtf8("{\"program\": \"lab\"}");

  private final P4Info info = parse(LabProgram.text());

  @Test
  void theCookieDependsOnEveryByteOfBothParts() {
    long cookie = PipelineConfig.of(info, DEVICE, "lab").cookie();
    assertThat(PipelineConfig.of(info, DEVICE.concat(ByteString.copyFromUtf8(" ")), "lab").cookie())
        .isNotEqualTo(cookie);
    P4Info larger = parse(LabProgram.text().replace("size: 1024", "size: 1025"));
    assertThat(PipelineConfig.of(larger, DEVICE, "lab").cookie()).isNotEqualTo(cookie);
  }

  @Test
  void theCookieOfEqualProgramsIsEqualHoweverTheyCame() throws Exception {
    P4Info again = P4Info.parseFrom(info.toByteArray());
    // A rope of two parts, and the types' map filled the other way round.
    ByteString rope = DEVICE.substring(0, 5).concat(DEVICE.substring(5));
    assertThat(PipelineConfig.of(again, rope, "other").cookie())
        .isEqualTo(PipelineConfig.of(info, DEVICE, "lab").cookie());
  }

  @Test
  void theCookieIsTheHeadOfASha256() {
    // SHA-256 of four zero bytes, the empty P4Info's length: df3f6198 04a92fdb ..., little-endian.
    assertThat(PipelineConfig.of(P4Info.getDefaultInstance(), ByteString.EMPTY, "none").cookie())
        .isEqualTo(Long.reverseBytes(0xdf3f619804a92fdbL));
  }

  @Test
  void aDeviceRunsTheProgramWhoseCookieItTells() {
    PipelineConfig config = PipelineConfig.of(info, DEVICE, "lab");
    assertThat(config.toProto().getP4Info()).isEqualTo(info);
    assertThat(config.toProto().getP4DeviceConfig()).isEqualTo(DEVICE);
    assertThat(config.isRunningIn(config.toProto())).isTrue();
    assertThat(config.isRunningIn(ForwardingPipelineConfig.getDefaultInstance())).isFalse();
    assertThat(
            config.isRunningIn(
                ForwardingPipelineConfig.newBuilder()
                    .setCookie(
                        ForwardingPipelineConfig.Cookie.newBuilder().setCookie(config.cookie() + 1))
                    .build()))
        .isFalse();
  }

  @Test
  void aCookieOfAnotherProgramIsRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new PipelineConfig(P4InfoReader.read(info), info, DEVICE, 1));
  }

  @Test
  void filesGiveTheProgram(@TempDir Path folder) throws Exception {
    Path p4info = Files.writeString(folder.resolve("lab.p4info.txtpb"), LabProgram.text());
    Path json = Files.write(folder.resolve("lab.json"), DEVICE.toByteArray());
    PipelineConfig config = PipelineConfig.read(p4info, json);
    assertThat(config).isEqualTo(PipelineConfig.of(info, DEVICE, "lab"));
    assertThat(config.pipeline().name()).isEqualTo("lab");
  }

  private static P4Info parse(String text) {
    try {
      return TextFormat.parse(text, P4Info.class);
    } catch (TextFormat.ParseException e) {
      throw new IllegalArgumentException(e);
    }
  }
}
