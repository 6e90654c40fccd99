package dev.weir.reference;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * One question: may this client open this connection and, with a request, send that?
 *
 * @param from {@code namespace/pod}, or an address
 * @param to likewise
 * @param protocol TCP, UDP or SCTP
 * @param port of the server, 0 to 65535
 * @param request absent where only the connection is asked for
 * @param principal of a peer whose identity is not a pod's, as in {@code
 *     cluster.local/ns/shop/sa/cart}, with or without {@code spiffe://}; a pod has its own
 */
public record Probe(
    String from,
    String to,
    String protocol,
    int port,
    Optional<Request> request,
    Optional<String> principal) {

  private static final Set<String> FIELDS =
      Set.of("from", "to", "protocol", "port", "request", "principal");
  private static final Set<String> REQUEST =
      Set.of("method", "host", "path", "headers", "jwt", "sni", "remoteIp");

  public Probe {
    if (!Set.of("TCP", "UDP", "SCTP").contains(protocol)) {
      throw new IllegalArgumentException("protocol '" + protocol + "' is not TCP, UDP or SCTP");
    }
    if (port < 0 || port > 65535) {
      throw new IllegalArgumentException("port " + port + " is not within 0 to 65535");
    }
  }

  /**
   * What a client sends; whatever it leaves out is not there.
   *
   * @param path as sent: with its query, not normalised
   * @param headers by name in lower case
   * @param jwt the claims of a token already found good; missing where there is none
   * @param sni the server name that the client's TLS asks for
   * @param remoteIp the client's address as forwarded by trusted proxies; else the peer's counts
   */
  public record Request(
      Optional<String> method,
      Optional<String> host,
      Optional<String> path,
      Map<String, String> headers,
      JsonNode jwt,
      Optional<String> sni,
      Optional<String> remoteIp) {

    public Request {
      Map<String, String> lower = new TreeMap<>();
      headers.forEach((name, value) -> lower.put(name.toLowerCase(Locale.ROOT), value));
      headers = lower;
      remoteIp.ifPresent(Address::parse);
    }

    public static Request of(String method, String path) {
      return new Request(
          Optional.of(method),
          Optional.of("example.test"),
          Optional.of(path),
          Map.of(),
          MissingNode.getInstance(),
          Optional.empty(),
          Optional.empty());
    }

    /** Whether it says anything that only a reader of HTTP sees. */
    boolean isHttp() {
      return method.isPresent()
          || host.isPresent()
          || path.isPresent()
          || !headers.isEmpty()
          || !jwt.isMissingNode()
          || sni.isEmpty();
    }
  }

  /**
   * Reads an array of probes.
   *
   * @throws ReferenceException with the path of what it cannot read
   */
  public static List<Probe> readAll(JsonNode json) {
    List<Probe> probes = new ArrayList<>();
    for (Field item : Field.of("probes", json).list()) {
      probes.add(read(item));
    }
    return probes;
  }

  private static Probe read(Field field) {
    field.only(FIELDS);
    field.get("protocol").oneOf(Set.of("TCP", "UDP", "SCTP"));
    Field request = field.get("request");
    return new Probe(
        field.get("from").text(),
        field.get("to").text(),
        field.get("protocol").text(),
        field.get("port").number(0, 65535),
        request.present() ? Optional.of(readRequest(request)) : Optional.empty(),
        field.get("principal").optionalText());
  }

  private static Request readRequest(Field field) {
    field.only(REQUEST);
    Field jwt = field.get("jwt");
    jwt.object();
    Field remoteIp = field.get("remoteIp");
    if (remoteIp.present()) {
      Address.read(remoteIp);
    }
    return new Request(
        field.get("method").optionalText(),
        field.get("host").optionalText(),
        field.get("path").optionalText(),
        field.get("headers").textMap(),
        jwt.present() ? jwt.json() : MissingNode.getInstance(),
        field.get("sni").optionalText(),
        remoteIp.optionalText());
  }
}
