package dev.weir.compiler.explain;

import dev.weir.compiler.intent.PathNormalization;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Locale;

/**
 * What path matchers see of the path that a client sends, as the sidecar's connection manager
 * normalises it.
 */
final class RequestPath {
  private static final String UNRESERVED_MARKS = "-._~";

  /** In no path by RFC 3986; Envoy escapes them. */
  private static final String ESCAPED = "\"<>^`{|}";

  private RequestPath() {}

  /**
   * Without query and fragment; by BASE, backslashes turned, unreserved characters decoded once and
   * dot segments resolved, while repeated and escaped slashes stay as they are.
   */
  static String normalised(String sent, PathNormalization normalization) {
    String path = sent.split("[?#]", 2)[0];
    return switch (normalization) {
      case NONE -> path;
      case BASE -> base(path);
      case MERGE_SLASHES -> base(path).replaceAll("/+", "/");
      case DECODE_AND_MERGE_SLASHES ->
          base(path.replaceAll("%2[fF]", "/").replaceAll("%5[cC]", "/")).replaceAll("/+", "/");
    };
  }

  private static String base(String path) {
    String turned = path.replace('\\', '/');
    return turned.startsWith("/") ? resolved(recoded(turned)) : recoded(turned);
  }

  private static String recoded(String path) {
    StringBuilder recoded = new StringBuilder();
    for (int i = 0; i < path.length(); i++) {
      char c = path.charAt(i);
      int escape = c == '%' ? escape(path, i) : -1;
      if (escape >= 0 && unreserved((char) escape)) {
        recoded.append((char) escape);
        i += 2;
      } else if (ESCAPED.indexOf(c) >= 0) {
        recoded.append('%').append(Integer.toHexString(c).toUpperCase(Locale.ROOT));
      } else {
        recoded.append(c);
      }
    }
    return recoded.toString();
  }

  /** What the escape at {@code start} stands for, 0 to 255; negative where there is none. */
  private static int escape(String path, int start) {
    if (start + 2 >= path.length()) {
      return -1;
    }
    int high = Character.digit(path.charAt(start + 1), 16);
    int low = Character.digit(path.charAt(start + 2), 16);
    return high < 0 || low < 0 ? -1 : high * 16 + low;
  }

  /** RFC 3986, 2.3. */
  private static boolean unreserved(char c) {
    return c >= '0' && c <= '9'
        || c >= 'A' && c <= 'Z'
        || c >= 'a' && c <= 'z'
        || UNRESERVED_MARKS.indexOf(c) >= 0;
  }

  /** RFC 3986, 5.2.4. */
  private static String resolved(String path) {
    Deque<String> kept = new ArrayDeque<>();
    String[] segments = path.substring(1).split("/", -1);
    for (int i = 0; i < segments.length; i++) {
      boolean up = segments[i].equals("..");
      if (!up && !segments[i].equals(".")) {
        kept.addLast(segments[i]);
        continue;
      }
      if (up) {
        kept.pollLast();
      }
      if (i == segments.length - 1) {
        kept.addLast("");
      }
    }
    return "/" + String.join("/", kept);
  }
}
