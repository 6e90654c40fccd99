package dev.weir.rest.http;

import com.google.common.collect.ImmutableSet;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.server.Request;

/**
 * What keeps a web page that a user has open from speaking to the listener: it has no
 * authentication, and a browser reaches loopback for any page.
 */
final class Guard {
  private static final ImmutableSet<String> LOOPBACK_NAMES =
      ImmutableSet.of("localhost", "127.0.0.1", "[::1]");
  private static final ImmutableSet<String> READING = ImmutableSet.of("GET", "HEAD");

  private Guard() {}

  /**
   * Lets a request pass.
   *
   * @throws Refusal where it names another host (DNS rebinding), or is a browser's that changes
   *     something for a page from elsewhere
   */
  static void check(Request request) {
    String host = request.getHeaders().get(HttpHeader.HOST);
    if (host == null || !LOOPBACK_NAMES.contains(withoutPort(host))) {
      throw Refusal.of(
          421,
          "MisdirectedRequest",
          "host-not-loopback",
          "Host",
          "the request is for host '" + host + "', which this is not",
          "call 127.0.0.1, localhost or [::1]");
    }
    if (READING.contains(request.getMethod())) {
      return;
    }
    HttpField origin = request.getHeaders().getField(HttpHeader.ORIGIN);
    String site = request.getHeaders().get("Sec-Fetch-Site");
    boolean foreign =
        (origin != null && !authority(origin.getValue()).equals(host.toLowerCase(Locale.ROOT)))
            || (site != null && !site.equals("same-origin") && !site.equals("none"));
    if (foreign) {
      throw Refusal.of(
          403,
          "Forbidden",
          "cross-origin",
          "Origin",
          "a web page from elsewhere asks for a change",
          "use a page that this server serves, or no browser");
    }
  }

  private static String withoutPort(String host) {
    String name = host.toLowerCase(Locale.ROOT);
    int end = name.startsWith("[") ? name.indexOf(']') + 1 : name.indexOf(':');
    return end > 0 ? name.substring(0, end) : name;
  }

  private static String authority(String origin) {
    try {
      String authority = new URI(origin).getRawAuthority();
      return authority == null ? "" : authority.toLowerCase(Locale.ROOT);
    } catch (URISyntaxException e) {
      return "";
    }
  }
}
