package dev.weir.reference;

import dev.weir.reference.Attribute.Claim;
import dev.weir.reference.Attribute.Header;
import dev.weir.reference.Attribute.Host;
import dev.weir.reference.Attribute.Method;
import dev.weir.reference.Attribute.Path;
import dev.weir.reference.Attribute.ServerName;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Function;

/**
 * Whether a rule of an AuthorizationPolicy matches. Quotations are from its field documentation.
 *
 * @param policyNamespace for service accounts without one
 * @param allows whether the action is ALLOW
 * @param http whether the connection carries HTTP
 */
record AuthorizationRule(
    Mesh mesh,
    String policyNamespace,
    boolean allows,
    Connection connection,
    boolean http,
    Sent sent) {

  private static final String HEADERS = "request.headers[";
  private static final String CLAIMS = "request.auth.claims[";

  /** Fields of a source and an operation that only HTTP has ("must be used only with HTTP"). */
  private static final Set<String> HTTP_FIELDS =
      Set.of(
          ("requestPrincipals notRequestPrincipals hosts notHosts methods notMethods paths notPaths")
              .split(" "));

  /**
   * "A match occurs when at least one source, one operation and all conditions matches the request.
   * An empty rule is always matched."
   *
   * <p>Where there is no HTTP, "for a DENY rule, missing attributes are treated as matches"
   * (AuthorizationPolicy's reference), and "an ALLOW rule with HTTP-only fields … is invalid and
   * ignored" whole (task "Authorization for TCP traffic"); the proxies treat CUSTOM as DENY.
   */
  Truth matches(Field rule) {
    if (!http && allows && asksForHttp(rule)) {
      return Truth.FALSE;
    }
    List<Field> from = rule.get("from").list();
    List<Field> to = rule.get("to").list();
    List<Function<AuthorizationRule, Truth>> parts = new ArrayList<>();
    parts.add(self -> from.isEmpty() ? Truth.TRUE : Truth.some(from, self::isSource));
    parts.add(self -> to.isEmpty() ? Truth.TRUE : Truth.some(to, self::isOperation));
    parts.add(self -> Truth.every(rule.get("when").list(), self::holds));
    return Truth.every(parts, part -> part.apply(this));
  }

  private static boolean asksForHttp(Field rule) {
    for (Field from : rule.get("from").list()) {
      if (hasHttpField(from.get("source"))) {
        return true;
      }
    }
    for (Field to : rule.get("to").list()) {
      if (hasHttpField(to.get("operation"))) {
        return true;
      }
    }
    return rule.get("when").list().stream()
        .anyMatch(when -> when.get("key").text().startsWith("request."));
  }

  private static boolean hasHttpField(Field object) {
    return HTTP_FIELDS.stream().anyMatch(name -> !object.get(name).list().isEmpty());
  }

  /** "Fields in the source are ANDed together." */
  private Truth isSource(Field from) {
    Field source = from.get("source");
    return Truth.every(
        List.of(
            listed(source, "principals", "notPrincipals", "source.principal"),
            listed(source, "namespaces", "notNamespaces", "source.namespace"),
            listed(source, "serviceAccounts", "notServiceAccounts", "source.serviceAccount"),
            listed(source, "trustDomains", "notTrustDomains", "source.trustDomain"),
            listed(source, "ipBlocks", "notIpBlocks", "source.ip"),
            listed(source, "remoteIpBlocks", "notRemoteIpBlocks", "remote.ip"),
            listed(source, "requestPrincipals", "notRequestPrincipals", "request.auth.principal")),
        Function.identity());
  }

  /** "Fields in the operation are ANDed together." */
  private Truth isOperation(Field to) {
    Field operation = to.get("operation");
    return Truth.every(
        List.of(
            listed(operation, "ports", "notPorts", "destination.port"),
            listed(operation, "hosts", "notHosts", "hosts"),
            listed(operation, "methods", "notMethods", "methods"),
            listed(operation, "paths", "notPaths", "paths")),
        Function.identity());
  }

  private Truth holds(Field when) {
    return listed(when, "values", "notValues", when.get("key").text());
  }

  /**
   * One of the values where there are some, and none of the negative ones, which what is absent
   * passes.
   */
  private Truth listed(Field object, String values, String notValues, String attribute) {
    List<Field> wanted = object.get(values).list();
    List<Field> unwanted = object.get(notValues).list();
    boolean onlyHttp =
        attribute.startsWith("request.") || Set.of("hosts", "methods", "paths").contains(attribute);
    // The field is left out where there is no HTTP; of an ALLOW rule nothing is left then.
    if (onlyHttp && !http) {
      return Truth.TRUE;
    }
    Truth positive = wanted.isEmpty() ? Truth.TRUE : is(attribute, wanted);
    return positive == Truth.FALSE || unwanted.isEmpty()
        ? positive
        : Truth.every(List.of(positive, is(attribute, unwanted).not()), Function.identity());
  }

  /** Whether the attribute has one of the values. */
  private Truth is(String attribute, List<Field> values) {
    if (attribute.startsWith(HEADERS)) {
      return isHeader(inBrackets(attribute, HEADERS).getFirst(), values);
    }
    if (attribute.startsWith(CLAIMS)) {
      return sent.holds(new Claim(inBrackets(attribute, CLAIMS)), globs(values));
    }
    Principals principals = new Principals(mesh.trustDomains());
    return switch (attribute) {
      case "source.principal" ->
          Truth.some(values, each -> principals.isPrincipal(connection.peer(), each.text()));
      case "source.namespace" ->
          Truth.some(values, each -> Principals.isInNamespace(connection.peer(), each.text()));
      case "source.serviceAccount" ->
          Truth.some(
              values,
              each -> Principals.isServiceAccount(connection.peer(), each.text(), policyNamespace));
      case "source.trustDomain" ->
          Truth.some(values, each -> principals.isInTrustDomain(connection.peer(), each.text()));
      // "Populated from the source address of the IP packet."
      case "source.ip" -> isIn(connection.source(), values);
      case "destination.ip" -> isIn(connection.destination(), values);
      case "destination.port" ->
          Truth.some(values, each -> Truth.of(Integer.parseInt(each.text()) == connection.port()));
      // "Populated from X-Forwarded-For header or proxy protocol": without HTTP the peer's own.
      case "remote.ip" ->
          http
              ? Truth.some(values, each -> sent.lies(Block.addressOrCidr(each)))
              : isIn(connection.source(), values);
      case "connection.sni" -> sent.matches(new ServerName(), globs(values));
      // "The match is case-insensitive."
      case "hosts" ->
          sent.matches(new Host(), headerGlobs(values).stream().map(Glob::inAnyCase).toList());
      case "methods" -> sent.matches(new Method(), headerGlobs(values));
      case "paths" -> sent.matches(new Path(), values.stream().map(this::path).toList());
      case "request.auth.principal" -> Truth.some(values, this::isRequestPrincipal);
      // "The intended audience(s)" and "the authorized presenter": the claims aud and azp.
      case "request.auth.audiences" -> sent.holds(new Claim(List.of("aud")), globs(values));
      case "request.auth.presenter" -> sent.holds(new Claim(List.of("azp")), globs(values));
      default -> throw values.getFirst().error("there is no attribute " + attribute + " here");
    };
  }

  private static Truth isIn(Address address, List<Field> blocks) {
    return Truth.some(blocks, each -> Truth.of(Block.addressOrCidr(each).contains(address)));
  }

  /** "If a path in the list contains the {*} or {**} path template operator, …" */
  private Glob path(Field value) {
    return Glob.isTemplate(value.text()) ? Glob.template(value.text()) : Glob.of(value.text());
  }

  /** Header names have no case; Envoy knows a request's method and host as headers too. */
  private Truth isHeader(String name, List<Field> values) {
    String lower = name.toLowerCase(Locale.ROOT);
    Attribute attribute =
        switch (lower) {
          case "host", ":authority" -> new Host();
          case ":method" -> new Method();
          default -> new Header(lower);
        };
    return sent.matches(attribute, headerGlobs(values));
  }

  /** {@code *} asks of a header, method and host among them, only that it is there. */
  private static List<Glob> headerGlobs(List<Field> values) {
    Glob there = new Glob.Builder().anything().build(false);
    return values.stream()
        .map(value -> value.text().equals("*") ? there : Glob.of(value.text()))
        .toList();
  }

  /**
   * "The request identity is in the format of <ISS>/<SUB>"; the issuer may have slashes. Both are
   * claims of the token and must not be empty.
   */
  private Truth isRequestPrincipal(Field value) {
    String text = value.text();
    int slash = text.lastIndexOf('/');
    String issuer = slash < 0 ? text : text.substring(0, slash);
    String subject = slash < 0 ? "" : text.substring(slash + 1);
    if (slash < 0) {
      // A prefix of the whole is one of the issuer, a suffix one of the subject.
      if (text.equals("*")) {
        subject = "*";
      } else if (text.startsWith("*")) {
        issuer = "*";
        subject = text;
      } else if (text.endsWith("*")) {
        subject = "*";
      }
    }
    // Only an end of the whole is a wildcard: */sub, iss/*, *iss/sub, iss/sub*.
    List<Glob> issuers =
        List.of(text.startsWith("*") || slash < 0 ? Glob.of(issuer) : exactly(issuer));
    boolean whole = slash >= 0 && (text.startsWith("*") || !text.endsWith("*"));
    List<Glob> subjects = List.of(whole ? exactly(subject) : ending(subject, slash >= 0));
    return Truth.every(
        List.of(
            sent.matches(new Claim(List.of("iss")), issuers),
            sent.matches(new Claim(List.of("sub")), subjects)),
        Function.identity());
  }

  /** Behind an issuer a star at the end alone is one. */
  private static Glob ending(String text, boolean behindIssuer) {
    return behindIssuer && text.length() > 1
        ? new Glob.Builder().literal(text.substring(0, text.length() - 1)).anything().build(false)
        : Glob.of(text);
  }

  private static Glob exactly(String text) {
    return new Glob.Builder().literal(text).build(false);
  }

  private static List<Glob> globs(List<Field> values) {
    return values.stream().map(value -> Glob.of(value.text())).toList();
  }

  /** The names of {@code request.auth.claims[a][b]}. */
  private static List<String> inBrackets(String key, String start) {
    return Arrays.asList(key.substring(start.length(), key.length() - 1).split("]\\[", -1));
  }
}
