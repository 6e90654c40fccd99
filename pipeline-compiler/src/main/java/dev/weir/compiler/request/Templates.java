package dev.weir.compiler.request;

import java.util.regex.Pattern;

/** Path templates as Envoy's URI templates read them. */
public final class Templates {
  /** RFC 3986's pchar, of which segments are made; the percent sign stands for itself. */
  private static final String SEGMENT = "[a-zA-Z0-9\\-._~%!$&'()*+,;=:@]";

  private static final String SEGMENTS = "[a-zA-Z0-9\\-._~%!$&'()*+,;=:@/]";

  private Templates() {}

  /** Whether a policy's path is a template. */
  public static boolean isTemplate(String path) {
    return path.contains("{*}") || path.contains("{**}");
  }

  /** The template as a regular expression over the whole path, in RE2's and Java's syntax alike. */
  public static String regex(String template) {
    StringBuilder regex = new StringBuilder();
    int at = 0;
    while (at < template.length()) {
      if (template.startsWith("{**}", at)) {
        regex.append(SEGMENTS).append('*');
        at += 4;
      } else if (template.startsWith("{*}", at)) {
        regex.append(SEGMENT).append('+');
        at += 3;
      } else {
        char c = template.charAt(at);
        boolean plain = Character.isLetterOrDigit(c) && c < 128 || c == '/' || c == '_';
        regex.append(plain ? String.valueOf(c) : "\\" + c);
        at++;
      }
    }
    return regex.toString();
  }

  static boolean matches(String template, String value) {
    return Pattern.matches(regex(template), value);
  }
}
