package dev.weir.p4runtime.info;

import com.google.common.collect.ImmutableMap;
import com.google.protobuf.TextFormat;
import dev.weir.p4runtime.RefusalCode;
import dev.weir.p4runtime.RefusedException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import p4.config.v1.P4InfoOuterClass.P4Info;

/**
 * Reads P4Info into a {@link Pipeline}.
 *
 * <p>A P4Info that contradicts itself is refused as a whole: an id that is 0, missing or used
 * twice, a name used twice, a reference to an object that is not there. So is one whose keys or
 * parameters are not bit strings of a stated width, or whose match kinds are an architecture's own:
 * nothing could be written to such a table by value. All refusals are {@link RefusedException}s,
 * {@code p4info-invalid} with the field's path or {@code p4info-unreadable}.
 */
public final class P4InfoReader {
  private P4InfoReader() {}

  /** Reads {@code info}; a program without a name in {@code pkg_info} is called "unnamed". */
  public static Pipeline read(P4Info info) {
    return read(info, "unnamed");
  }

  /**
   * Reads {@code info}.
   *
   * @param name for a program without one in {@code pkg_info}
   */
  public static Pipeline read(P4Info info, String name) {
    new References(info).check();
    TableReader tables = new TableReader(info);
    ImmutableMap<String, Pipeline.Table> byName = tables.tables();
    String own = info.getPkgInfo().getName();
    return new Pipeline(
        own.isEmpty() ? name : own, byName, tables.actions(), new ExternReader(info).externs());
  }

  /** Reads P4Info in protobuf's text form, as p4c writes it. */
  public static Pipeline readText(String text) {
    return read(parse(text, ""));
  }

  /**
   * Reads a file of P4Info in protobuf's text form. A program without a name in {@code pkg_info} is
   * called by the file's name up to its first dot.
   */
  public static Pipeline readText(Path file) {
    return read(parse(file), nameOf(file));
  }

  /** The message in a file of protobuf's text form. */
  public static P4Info parse(Path file) {
    String text;
    try {
      text = Files.readString(file);
    } catch (IOException e) {
      RefusedException refused =
          new RefusedException(
              RefusalCode.P4INFO_UNREADABLE,
              file.toString(),
              "the file cannot be read: " + e,
              "give a P4Info file in protobuf's text form, as p4c --p4runtime-files writes");
      refused.initCause(e);
      throw refused;
    }
    return parse(text, file.toString());
  }

  /** What a P4Info file without a package name calls its program. */
  public static String nameOf(Path file) {
    String name = String.valueOf(file.getFileName());
    int dot = name.indexOf('.');
    return dot > 0 ? name.substring(0, dot) : name;
  }

  private static P4Info parse(String text, String path) {
    try {
      return TextFormat.parse(text, P4Info.class);
    } catch (TextFormat.ParseException e) {
      RefusedException refused =
          new RefusedException(
              RefusalCode.P4INFO_UNREADABLE,
              path,
              "not P4Info in protobuf's text form (line:column) " + e.getMessage(),
              "give what p4c --p4runtime-files writes for a .txtpb file");
      refused.initCause(e);
      throw refused;
    }
  }

  /** Names that are alone by construction go into a map; a second one contradicts P4Info. */
  static <T extends Named> ImmutableMap<String, T> byName(String path, Iterable<T> objects) {
    Map<String, T> map = new LinkedHashMap<>();
    for (T object : objects) {
      if (map.putIfAbsent(object.name(), object) != null) {
        throw invalid(
            path,
            "two objects are called '" + object.name() + "'",
            "give each its own @name in the program");
      }
    }
    return ImmutableMap.copyOf(map);
  }

  static RefusedException invalid(String path, String problem, String advice) {
    return new RefusedException(RefusalCode.P4INFO_INVALID, path, problem, advice);
  }
}
