package dev.weir.compiler.resource;

import java.util.regex.Pattern;

/** Kubernetes' forms of names (RFC 1123, and its labels' and port names' own). */
final class Names {
  private static final Pattern LABEL = Pattern.compile("[a-z0-9]([-a-z0-9]*[a-z0-9])?");
  private static final Pattern QUALIFIED =
      Pattern.compile("[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?");
  private static final Pattern PORT = Pattern.compile("[a-z0-9]([-a-z0-9]*[a-z0-9])?");

  static final String LABEL_ADVICE =
      "use at most 63 of a-z, 0-9 and '-', with a letter or digit at both ends";
  static final String SUBDOMAIN_ADVICE =
      "use at most 253 of a-z, 0-9, '-' and '.', with a letter or digit around each '.'";
  static final String KEY_ADVICE =
      "use name or prefix/name: a name of at most 63 letters, digits, '-', '_' and '.' with a letter"
          + " or digit at both ends, a DNS name as prefix";
  static final String VALUE_ADVICE =
      "use at most 63 letters, digits, '-', '_' and '.' with a letter or digit at both ends";
  static final String PORT_ADVICE =
      "use at most 15 of a-z, 0-9 and '-', at least one letter, no '-' at an end or twice in a row";

  private Names() {}

  static boolean isLabel(String text) {
    return text.length() <= 63 && LABEL.matcher(text).matches();
  }

  static boolean isSubdomain(String text) {
    if (text.length() > 253) {
      return false;
    }
    for (String part : text.split("\\.", -1)) {
      if (!LABEL.matcher(part).matches()) {
        return false;
      }
    }
    return true;
  }

  static boolean isLabelKey(String text) {
    int slash = text.indexOf('/');
    String name = text.substring(slash + 1);
    return name.length() <= 63
        && QUALIFIED.matcher(name).matches()
        && (slash < 0 || isSubdomain(text.substring(0, slash)));
  }

  static boolean isLabelValue(String text) {
    return text.isEmpty() || (text.length() <= 63 && QUALIFIED.matcher(text).matches());
  }

  /** IANA's service names (RFC 6335 §5.1), in lower case. */
  static boolean isPortName(String text) {
    return text.length() <= 15
        && PORT.matcher(text).matches()
        && !text.contains("--")
        && text.chars().anyMatch(c -> c >= 'a' && c <= 'z');
  }
}
