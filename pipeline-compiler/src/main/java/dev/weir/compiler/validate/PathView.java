package dev.weir.compiler.validate;

import dev.weir.compiler.intent.PathNormalization;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Locale;
import java.util.Optional;

/**
 * What path matchers see of the path that a client sends.
 *
 * @param normalise dot segments resolved, backslashes turned, needless percent-encoding undone (RFC
 *     3986 §6.2.2)
 * @param mergeSlashes several slashes as one
 * @param escapedSlashes what becomes of {@code %2F} and {@code %5C}
 */
record PathView(boolean normalise, boolean mergeSlashes, EscapedSlashes escapedSlashes) {
  /** What becomes of escaped slashes. */
  enum EscapedSlashes {
    KEPT,
    TURNED,
    REFUSED
  }

  /** Istio's BASE normalisation, the default. */
  static final PathView POLICY = new PathView(true, false, EscapedSlashes.KEPT);

  /** What Envoy escapes: characters that RFC 3986 has in no path; it leaves brackets alone. */
  private static final String FOREIGN = "\"<>^`{|}";

  /** What policies of a mesh speak of. */
  static PathView of(PathNormalization paths) {
    return switch (paths) {
      case NONE -> new PathView(false, false, EscapedSlashes.KEPT);
      case BASE -> POLICY;
      case MERGE_SLASHES -> new PathView(true, true, EscapedSlashes.KEPT);
      case DECODE_AND_MERGE_SLASHES -> new PathView(true, true, EscapedSlashes.TURNED);
    };
  }

  /** The path seen; empty where the request is refused for it. */
  Optional<String> of(String raw) {
    String path = raw;
    for (int i = 0; i < raw.length(); i++) {
      if (raw.charAt(i) == '?' || raw.charAt(i) == '#') {
        path = raw.substring(0, i);
        break;
      }
    }
    String lower = path.toLowerCase(Locale.ROOT);
    if (lower.contains("%2f") || lower.contains("%5c")) {
      switch (escapedSlashes) {
        case KEPT -> {}
        case TURNED -> path = path.replaceAll("%2[fF]", "/").replaceAll("%5[cC]", "\\\\");
        case REFUSED -> {
          return Optional.empty();
        }
      }
    }
    if (normalise && path.startsWith("/")) {
      path = resolve(decode(path).replace('\\', '/'));
    }
    return Optional.of(mergeSlashes ? path.replaceAll("/+", "/") : path);
  }

  /**
   * Undoes the encoding of unreserved characters (RFC 3986 §2.3), and encodes what is in no path.
   */
  private static String decode(String path) {
    StringBuilder decoded = new StringBuilder();
    for (int i = 0; i < path.length(); i++) {
      if (path.charAt(i) == '%' && i + 2 < path.length()) {
        int high = Character.digit(path.charAt(i + 1), 16);
        int low = Character.digit(path.charAt(i + 2), 16);
        char c = (char) (high * 16 + low);
        if (high >= 0
            && low >= 0
            && c < 128
            && (Character.isLetterOrDigit(c) || "-._~".indexOf(c) >= 0)) {
          decoded.append(c);
          i += 2;
          continue;
        }
      }
      char c = path.charAt(i);
      if (FOREIGN.indexOf(c) >= 0) {
        decoded.append('%').append(Integer.toHexString(c).toUpperCase(Locale.ROOT));
      } else {
        decoded.append(c);
      }
    }
    return decoded.toString();
  }

  /** Removes dot segments (RFC 3986 §5.2.4) and nothing else. */
  private static String resolve(String path) {
    Deque<String> kept = new ArrayDeque<>();
    String[] segments = path.substring(1).split("/", -1);
    for (int i = 0; i < segments.length; i++) {
      boolean last = i == segments.length - 1;
      switch (segments[i]) {
        case "." -> {
          if (last) {
            kept.addLast("");
          }
        }
        case ".." -> {
          kept.pollLast();
          if (last) {
            kept.addLast("");
          }
        }
        default -> kept.addLast(segments[i]);
      }
    }
    return "/" + String.join("/", kept);
  }
}
