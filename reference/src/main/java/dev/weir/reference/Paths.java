package dev.weir.reference;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Locale;
import java.util.Set;

/**
 * What becomes of a path before it is matched: Istio's page "Authorization Policy Normalization".
 */
final class Paths {
  private Paths() {}

  /** MeshConfig's {@code pathNormalization}. */
  enum Normalization {
    /** "No normalization, paths are used as is." */
    NONE,
    /** "Normalize according to RFC 3986"; backslashes become slashes. */
    BASE,
    /** "In addition to the BASE normalization, consecutive slashes are also merged." */
    MERGE_SLASHES,
    /** "In addition, slash characters are UTF-8 decoded (case insensitive) prior to merging." */
    DECODE_AND_MERGE_SLASHES;

    /** "DEFAULT: Currently, this is BASE." */
    static Normalization read(Field field) {
      field.oneOf(Set.of("DEFAULT", "NONE", "BASE", "MERGE_SLASHES", "DECODE_AND_MERGE_SLASHES"));
      String text = field.textOr("DEFAULT");
      return text.equals("DEFAULT") ? BASE : valueOf(text);
    }
  }

  /**
   * "Istio authorization policy will remove anything after the question mark when comparing with
   * the path."
   */
  static String matched(String sent, Normalization normalization) {
    String path = sent.split("[?#]", 2)[0];
    if (normalization == Normalization.NONE) {
      return path;
    }
    if (normalization == Normalization.DECODE_AND_MERGE_SLASHES) {
      path = path.replaceAll("%2[fF]", "/").replaceAll("%5[cC]", "\\\\");
    }
    path = withoutDots(encodeForeign(decodeUnreserved(path.replace('\\', '/'))));
    return normalization == Normalization.BASE ? path : path.replaceAll("/+", "/");
  }

  /** Letters, digits, dash, dot, underscore and tilde are decoded, once. */
  private static String decodeUnreserved(String path) {
    StringBuilder decoded = new StringBuilder();
    for (int i = 0; i < path.length(); i++) {
      int value =
          path.charAt(i) == '%' && i + 2 < path.length()
              ? hexadecimal(path.charAt(i + 1)) * 16 + hexadecimal(path.charAt(i + 2))
              : -1;
      if (value > 0 && isUnreserved((char) value)) {
        decoded.append((char) value);
        i += 2;
      } else {
        decoded.append(path.charAt(i));
      }
    }
    return decoded.toString();
  }

  /** What RFC 3986 has in no path is escaped, as Envoy does it; only brackets stay. */
  private static String encodeForeign(String path) {
    StringBuilder encoded = new StringBuilder();
    for (char c : path.toCharArray()) {
      if ("\"<>^`{|}".indexOf(c) >= 0) {
        encoded.append('%').append(Integer.toHexString(c).toUpperCase(Locale.ROOT));
      } else {
        encoded.append(c);
      }
    }
    return encoded.toString();
  }

  /** The digit's value; far below zero where it is none. */
  private static int hexadecimal(char digit) {
    int value = Character.digit(digit, 16);
    return value < 0 ? -1000 : value;
  }

  static boolean isUnreserved(char c) {
    return (c >= 'a' && c <= 'z')
        || (c >= 'A' && c <= 'Z')
        || (c >= '0' && c <= '9')
        || "-._~".indexOf(c) >= 0;
  }

  /** RFC 3986, 5.2.4: "the single dot … and the double dots", at the end of the path too. */
  private static String withoutDots(String path) {
    if (!path.startsWith("/")) {
      return path;
    }
    Deque<String> kept = new ArrayDeque<>();
    String[] segments = path.substring(1).split("/", -1);
    for (int i = 0; i < segments.length; i++) {
      boolean dots = segments[i].equals(".") || segments[i].equals("..");
      if (segments[i].equals("..")) {
        kept.pollLast();
      }
      if (!dots) {
        kept.addLast(segments[i]);
      } else if (i == segments.length - 1) {
        kept.addLast("");
      }
    }
    return "/" + String.join("/", kept);
  }
}
