package dev.weir.p4runtime.proto;

import com.google.protobuf.DescriptorProtos.DescriptorProto;
import com.google.protobuf.DescriptorProtos.EnumDescriptorProto;
import com.google.protobuf.DescriptorProtos.FieldDescriptorProto;
import com.google.protobuf.DescriptorProtos.FileDescriptorProto;
import com.google.protobuf.DescriptorProtos.MethodDescriptorProto;
import com.google.protobuf.DescriptorProtos.ServiceDescriptorProto;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import p4.config.v1.P4InfoOuterClass;
import p4.config.v1.P4Types;
import p4.v1.P4DataOuterClass;
import p4.v1.P4RuntimeOuterClass;

/**
 * What a protocol's descriptors say, one fact a line: the key names a thing, the value is all that
 * its wire form depends on. The form is that of p4runtime-1.5-facts.tsv.
 */
final class Facts {
  final Map<String, String> byKey = new TreeMap<>();

  static Facts ours() {
    return of(
        List.of(
            P4RuntimeOuterClass.getDescriptor().toProto(),
            P4DataOuterClass.getDescriptor().toProto(),
            P4InfoOuterClass.getDescriptor().toProto(),
            P4Types.getDescriptor().toProto()));
  }

  static Facts of(List<FileDescriptorProto> files) {
    Facts facts = new Facts();
    files.forEach(facts::file);
    return facts;
  }

  /** Facts as tab-separated lines; those after a number sign are remarks. */
  static Facts parse(List<String> lines) {
    Facts facts = new Facts();
    for (String line : lines) {
      if (!line.startsWith("#")) {
        String[] parts = line.split("\t", -1);
        int keyLength =
            switch (parts[0]) {
              case "file", "message" -> 2;
              case "field", "value", "rpc" -> 3;
              default -> throw new IllegalArgumentException("no such fact: " + line);
            };
        facts.add(
            String.join(" ", List.of(parts).subList(0, keyLength)),
            String.join(" ", List.of(parts).subList(keyLength, parts.length)));
      }
    }
    return facts;
  }

  private void add(String key, String value) {
    if (byKey.put(key, value) != null) {
      throw new IllegalArgumentException("stated twice: " + key);
    }
  }

  private void file(FileDescriptorProto file) {
    add("file " + file.getName(), file.getPackage());
    file.getMessageTypeList().forEach(m -> message(file.getPackage() + ".", m));
    file.getEnumTypeList().forEach(e -> enumeration(file.getPackage() + ".", e));
    for (ServiceDescriptorProto service : file.getServiceList()) {
      for (MethodDescriptorProto method : service.getMethodList()) {
        add(
            "rpc %s.%s %s".formatted(file.getPackage(), service.getName(), method.getName()),
            "%s %s %s %s"
                .formatted(
                    method.getInputType().substring(1),
                    method.getOutputType().substring(1),
                    method.getClientStreaming() ? "stream" : "-",
                    method.getServerStreaming() ? "stream" : "-"));
      }
    }
  }

  private void message(String prefix, DescriptorProto message) {
    String name = prefix + message.getName();
    add("message " + name, "");
    for (FieldDescriptorProto field : message.getFieldList()) {
      add(
          "field " + name + " " + field.getName(),
          "%d %s %s %s %s %s"
              .formatted(
                  field.getNumber(),
                  lower(field.getLabel().name().substring("LABEL_".length())),
                  lower(field.getType().name().substring("TYPE_".length())),
                  field.getTypeName().isEmpty() ? "-" : field.getTypeName().substring(1),
                  field.hasOneofIndex()
                      ? message.getOneofDecl(field.getOneofIndex()).getName()
                      : "-",
                  field.getOptions().getDeprecated() ? "deprecated" : "-"));
    }
    message.getEnumTypeList().forEach(e -> enumeration(name + ".", e));
    message.getNestedTypeList().forEach(m -> message(name + ".", m));
  }

  private void enumeration(String prefix, EnumDescriptorProto type) {
    type.getValueList()
        .forEach(
            v ->
                add(
                    "value " + prefix + type.getName() + " " + v.getName(),
                    String.valueOf(v.getNumber())));
  }

  private static String lower(String text) {
    return text.toLowerCase(Locale.ROOT);
  }
}
