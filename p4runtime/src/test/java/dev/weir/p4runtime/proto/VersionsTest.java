package dev.weir.p4runtime.proto;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** One protobuf and one gRPC for everything: what is on the class path is what the root pins. */
class VersionsTest {
  private static final Pattern JAR = Pattern.compile("(.+)-(\\d+\\.\\d+\\.\\d+)\\.jar");

  private record Jar(String name, String version) {}

  @Test
  void protobufIsThePinnedOne() {
    assertThat(jars("protobuf-.*"))
        .isNotEmpty()
        .allSatisfy(j -> assertThat(j.version()).isEqualTo(property("weir.protobuf-version")))
        .extracting(Jar::name)
        .contains("protobuf-java")
        .doesNotHaveDuplicates();
  }

  @Test
  void grpcIsThePinnedOne() {
    assertThat(jars("grpc-.*"))
        .isNotEmpty()
        .allSatisfy(j -> assertThat(j.version()).isEqualTo(property("weir.grpc-version")))
        .extracting(Jar::name)
        .contains("grpc-stub", "grpc-protobuf")
        .doesNotHaveDuplicates();
  }

  private static String property(String name) {
    String value = System.getProperty(name);
    assertThat(value).as(name).isNotBlank();
    return value;
  }

  private static List<Jar> jars(String name) {
    return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
        .map(p -> JAR.matcher(new File(p).getName()))
        .filter(Matcher::matches)
        .filter(m -> m.group(1).matches(name))
        .map(m -> new Jar(m.group(1), m.group(2)))
        .toList();
  }
}
