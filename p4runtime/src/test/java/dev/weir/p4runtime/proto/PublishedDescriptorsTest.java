package dev.weir.p4runtime.proto;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.Message;
import java.io.InputStream;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class PublishedDescriptorsTest {

  /**
   * The ports by number that 1.4 deprecated: each moved into a oneof with its successor, which
   * changes no byte, and one became signed, as its sibling was.
   */
  private static final Map<String, String> CHANGED_SINCE =
      Map.of(
          "field p4.v1.ActionProfileAction watch",
          "3 optional int32 - - - | here: 3 optional int32 - watch_kind deprecated",
          "field p4.v1.ActionProfileGroup.Member watch",
          "3 optional uint32 - - - | here: 3 optional int32 - watch_kind deprecated",
          "field p4.v1.Replica egress_port",
          "1 optional uint32 - - - | here: 1 optional uint32 - port_kind deprecated");

  @Test
  void everythingInPublishedVersion13IsEqualHere() throws Exception {
    Map<String, String> published = Facts.of(published13()).byKey;
    Map<String, String> ours = Facts.ours().byKey;
    // Fields were marked deprecated later; the wire does not care.
    Map<String, String> differing = new TreeMap<>();
    published.forEach(
        (key, value) -> {
          String here = ours.get(key);
          if (here == null || !withoutDeprecation(here).equals(withoutDeprecation(value))) {
            differing.put(key, value + " | here: " + here);
          }
        });
    assertThat(published).hasSizeGreaterThan(400);
    assertThat(differing).isEqualTo(CHANGED_SINCE);
  }

  @Test
  void version15IsEqualHereInBothDirections() throws Exception {
    List<String> lines;
    try (InputStream in = getClass().getResourceAsStream("/p4runtime-1.5-facts.tsv")) {
      assertThat(in).isNotNull();
      lines = new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
    }
    Map<String, String> published = Facts.parse(lines).byKey;
    assertThat(published).hasSizeGreaterThan(600);
    assertThat(Facts.ours().byKey).isEqualTo(published);
  }

  private static String withoutDeprecation(String fact) {
    return fact.replaceFirst(" (deprecated|-)$", "");
  }

  /** The published classes have the names of ours, so they live in a loader of their own. */
  private static List<FileDescriptorProto> published13() throws Exception {
    URL[] urls = {
      Path.of(System.getProperty("weir.published-p4runtime")).toUri().toURL(),
      Message.class.getProtectionDomain().getCodeSource().getLocation(),
      com.google.rpc.Status.class.getProtectionDomain().getCodeSource().getLocation()
    };
    List<FileDescriptorProto> files = new ArrayList<>();
    try (URLClassLoader loader = new URLClassLoader(urls, ClassLoader.getPlatformClassLoader())) {
      for (String name :
          List.of(
              "p4.v1.P4RuntimeOuterClass",
              "p4.v1.P4DataOuterClass",
              "p4.config.v1.P4InfoOuterClass",
              "p4.config.v1.P4Types")) {
        Class<?> outer = loader.loadClass(name);
        assertThat(outer).isNotEqualTo(Class.forName(name));
        Object descriptor = outer.getMethod("getDescriptor").invoke(null);
        Object proto = descriptor.getClass().getMethod("toProto").invoke(descriptor);
        byte[] bytes = (byte[]) proto.getClass().getMethod("toByteArray").invoke(proto);
        files.add(FileDescriptorProto.parseFrom(bytes));
      }
    }
    return files;
  }
}
