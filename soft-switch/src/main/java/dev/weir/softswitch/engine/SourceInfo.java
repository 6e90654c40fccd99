package dev.weir.softswitch.engine;

import org.jspecify.annotations.Nullable;

/** Where in the P4 source something comes from, as p4c notes it. */
public record SourceInfo(String file, int line, String fragment) {

  static @Nullable SourceInfo read(JsonAt json) {
    return json.find("source_info")
        .map(
            s ->
                new SourceInfo(
                    s.find("filename").map(JsonAt::text).orElse(""),
                    s.find("line").map(l -> l.node().asInt()).orElse(0),
                    s.find("source_fragment").map(JsonAt::text).orElse("")))
        .orElse(null);
  }

  @Override
  public String toString() {
    return file + ":" + line;
  }
}
