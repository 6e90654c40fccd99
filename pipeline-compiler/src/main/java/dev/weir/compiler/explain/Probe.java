package dev.weir.compiler.explain;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.ImmutableSortedMap;
import dev.weir.compiler.net.IpAddress;
import java.util.Locale;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A connection, and perhaps a request on it, to be explained.
 *
 * @param from {@code namespace/name} of a workload, or an address
 * @param to the same, of the server
 * @param protocol {@code TCP}, {@code UDP}, {@code SCTP}, {@code ICMP} or {@code ICMPv6}
 * @param port the server's, 0 for ICMP
 * @param request empty where only the connection is asked about
 */
public record Probe(String from, String to, String protocol, int port, @Nullable Request request) {

  private static final ImmutableSortedMap<String, Integer> PROTOCOLS =
      ImmutableSortedMap.of("ICMP", 1, "TCP", 6, "UDP", 17, "ICMPV6", 58, "SCTP", 132);

  /**
   * An HTTP request. What it lacks is absent, so that no matcher but a negative one holds for it.
   *
   * @param path as the client sends it: with its query, not normalised
   * @param headers by lower-case name, {@code host} among them
   * @param token the claims of a token that was found good; missing where there is none
   * @param serverName what the client's TLS asks for
   * @param client as trusted proxies forward it; else the connection's counts
   */
  public record Request(
      @Nullable String method,
      @Nullable String path,
      ImmutableSortedMap<String, String> headers,
      JsonNode token,
      @Nullable String serverName,
      @Nullable IpAddress client) {
    /** A request that says nothing. */
    static final Request NONE = new Request(null, null, ImmutableSortedMap.of());

    /** A request without a token, TLS and a forwarded address. */
    public Request(
        @Nullable String method,
        @Nullable String path,
        ImmutableSortedMap<String, String> headers) {
      this(method, path, headers, MissingNode.getInstance(), null, null);
    }

    /** Whether it says anything of HTTP, or nothing at all; TLS hides the rest. */
    boolean isHttp() {
      return method != null
          || path != null
          || !headers.isEmpty()
          || !token.isMissingNode()
          || serverName == null;
    }
  }

  /**
   * @throws IllegalArgumentException if protocol or port are none
   */
  public Probe {
    protocol = protocol.toUpperCase(Locale.ROOT);
    if (!PROTOCOLS.containsKey(protocol)) {
      throw new IllegalArgumentException(
          "protocol: '" + protocol + "' is none of " + PROTOCOLS.keySet());
    }
    if (port < 0 || port > 65535) {
      throw new IllegalArgumentException("port: " + port + " is not within 0..65535");
    }
  }

  /** IANA's number. */
  int protocolNumber() {
    return Optional.ofNullable(PROTOCOLS.get(protocol)).orElseThrow();
  }

  /**
   * Reads {@code {from, to, protocol?, port, request?: {method?, path?, headers?, host?, jwt?,
   * sni?, remoteIp?}}}.
   *
   * @throws IllegalArgumentException naming the field, if {@code json} is anything else
   */
  public static Probe fromJson(JsonNode json) {
    only(json, "", ImmutableSet.of("from", "to", "protocol", "port", "request"));
    JsonNode port = json.path("port");
    if (!port.isMissingNode() && !port.isInt()) {
      throw new IllegalArgumentException("port: " + port + " is no number");
    }
    JsonNode request = json.path("request");
    return new Probe(
        text(json, "from", "").orElseThrow(() -> missing("from")),
        text(json, "to", "").orElseThrow(() -> missing("to")),
        text(json, "protocol", "").orElse("TCP"),
        port.asInt(0),
        request.isMissingNode() || request.isNull() ? null : request(request));
  }

  private static Request request(JsonNode json) {
    only(
        json,
        "request.",
        ImmutableSet.of("method", "path", "host", "headers", "jwt", "sni", "remoteIp"));
    TreeMap<String, String> headers = new TreeMap<>();
    for (var header : json.path("headers").properties()) {
      headers.put(
          header.getKey().toLowerCase(Locale.ROOT),
          text(json.path("headers"), header.getKey(), "request.headers.").orElseThrow());
    }
    text(json, "host", "request.").ifPresent(host -> headers.put("host", host));
    return new Request(
        text(json, "method", "request.").orElse(null),
        text(json, "path", "request.").orElse(null),
        ImmutableSortedMap.copyOf(headers),
        token(json.path("jwt")),
        text(json, "sni", "request.").orElse(null),
        text(json, "remoteIp", "request.").map(Probe::client).orElse(null));
  }

  private static JsonNode token(JsonNode json) {
    if (!json.isMissingNode() && !json.isNull() && !json.isObject()) {
      throw new IllegalArgumentException("request.jwt: " + json + " is no JSON object");
    }
    return json.isNull() ? MissingNode.getInstance() : json;
  }

  private static IpAddress client(String text) {
    try {
      return IpAddress.parse(text);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("request.remoteIp: " + e.getMessage(), e);
    }
  }

  private static void only(JsonNode json, String path, ImmutableSet<String> fields) {
    if (!json.isObject()) {
      throw new IllegalArgumentException(
          (path.isEmpty() ? "the probe" : path + "…") + " is no JSON object with " + fields);
    }
    json.fieldNames()
        .forEachRemaining(
            name -> {
              if (!fields.contains(name)) {
                throw new IllegalArgumentException(
                    path + name + ": unknown field, known are " + fields);
              }
            });
  }

  private static Optional<String> text(JsonNode json, String field, String path) {
    JsonNode value = json.path(field);
    if (value.isMissingNode()) {
      return Optional.empty();
    }
    if (!value.isTextual()) {
      throw new IllegalArgumentException(path + field + ": " + value + " is no text");
    }
    return Optional.of(value.textValue());
  }

  private static IllegalArgumentException missing(String field) {
    return new IllegalArgumentException(field + ": missing");
  }
}
