package dev.weir.compiler.resolve;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import dev.weir.compiler.net.IpAddress;
import dev.weir.compiler.net.Prefix;
import dev.weir.compiler.request.RequestExpr;
import dev.weir.compiler.request.RequestExpr.Attribute;
import dev.weir.compiler.request.RequestExpr.StringMatch;
import dev.weir.compiler.request.Templates;
import io.fabric8.istio.api.api.security.v1beta1.Condition;
import io.fabric8.istio.api.api.security.v1beta1.Operation;
import io.fabric8.istio.api.api.security.v1beta1.Rule;
import io.fabric8.istio.api.api.security.v1beta1.Source;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;

/** What fields of an AuthorizationPolicy ask beyond the header of a connection. */
final class RequestFields {
  private static final String HEADERS = "request.headers[";
  private static final String CLAIMS = "request.auth.claims[";

  private RequestFields() {}

  /**
   * What some fields ask.
   *
   * @param request of an HTTP request
   * @param connection the part of it that a connection without HTTP answers, too
   * @param onlyHttp whether any of the fields means nothing without HTTP
   */
  record Asked(RequestExpr request, RequestExpr connection, boolean onlyHttp) {
    static final Asked NOTHING = new Asked(RequestExpr.TRUE, RequestExpr.TRUE, false);

    Asked and(Asked other) {
      return new Asked(
          RequestExpr.and(request, other.request),
          RequestExpr.and(connection, other.connection),
          onlyHttp || other.onlyHttp);
    }
  }

  static Asked source(Source source) {
    return forwarded(source.getRemoteIpBlocks(), source.getNotRemoteIpBlocks())
        .and(
            http(
                source.getRequestPrincipals(),
                source.getNotRequestPrincipals(),
                RequestFields::requestPrincipal));
  }

  static Asked operation(Operation operation) {
    return http(operation.getHosts(), operation.getNotHosts(), RequestFields::host)
        .and(
            http(
                operation.getMethods(),
                operation.getNotMethods(),
                value -> new RequestExpr.Method(header(value))))
        .and(
            http(
                operation.getPaths(),
                operation.getNotPaths(),
                value -> new RequestExpr.Path(path(value))));
  }

  /** What a rule's conditions ask; those on the header of a connection ask nothing here. */
  static Asked conditions(Rule rule) {
    Asked asked = Asked.NOTHING;
    for (Condition when : rule.getWhen()) {
      asked = asked.and(condition(when.getKey(), when.getValues(), when.getNotValues()));
    }
    return asked;
  }

  private static Asked condition(String key, List<String> values, List<String> notValues) {
    if (key.startsWith(HEADERS)) {
      String name = inBrackets(key, HEADERS).getFirst().toLowerCase(Locale.ROOT);
      return http(values, notValues, value -> header(name, value));
    }
    if (key.startsWith(CLAIMS)) {
      return claim(inBrackets(key, CLAIMS), values, notValues);
    }
    return switch (key) {
      case "remote.ip" -> forwarded(values, notValues);
      case "connection.sni" -> {
        RequestExpr expr =
            lists(
                values,
                notValues,
                value ->
                    new RequestExpr.Sent(new Attribute.ServerName(), StringMatch.parse(value)));
        yield new Asked(expr, expr, false);
      }
      case "request.auth.principal" -> http(values, notValues, RequestFields::requestPrincipal);
      case "request.auth.audiences" -> claim(ImmutableList.of("aud"), values, notValues);
      case "request.auth.presenter" -> claim(ImmutableList.of("azp"), values, notValues);
      default -> Asked.NOTHING;
    };
  }

  private static Asked http(
      List<String> values, List<String> notValues, Function<String, RequestExpr> is) {
    return new Asked(
        lists(values, notValues, is), RequestExpr.TRUE, !values.isEmpty() || !notValues.isEmpty());
  }

  private static Asked claim(
      ImmutableList<String> names, List<String> values, List<String> notValues) {
    return http(
        values,
        notValues,
        value -> new RequestExpr.Sent(new Attribute.Claim(names, true), StringMatch.parse(value)));
  }

  private static Asked forwarded(List<String> blocks, List<String> notBlocks) {
    return new Asked(
        lists(blocks, notBlocks, b -> new RequestExpr.Forwarded(ImmutableSet.of(block(b)))),
        lists(blocks, notBlocks, b -> new RequestExpr.Source(ImmutableSet.of(block(b)))),
        false);
  }

  static Prefix block(String text) {
    return text.contains("/") ? Prefix.parse(text) : Prefix.of(IpAddress.parse(text));
  }

  /** One of the values where there are some, and none of the negative ones. */
  private static RequestExpr lists(
      List<String> values, List<String> notValues, Function<String, RequestExpr> is) {
    return RequestExpr.and(
        values.isEmpty() ? RequestExpr.TRUE : RequestExpr.or(values.stream().map(is).toList()),
        RequestExpr.not(RequestExpr.or(notValues.stream().map(is).toList())));
  }

  private static RequestExpr host(String value) {
    StringMatch match = header(value);
    return new RequestExpr.Sent(
        Attribute.Header.HOST,
        match instanceof StringMatch.Anything ? match : new StringMatch.AnyCase(match));
  }

  private static RequestExpr header(String name, String value) {
    return switch (name) {
      case ":method" -> new RequestExpr.Method(header(value));
      // Envoy knows the host by its HTTP/2 name.
      case "host" -> new RequestExpr.Sent(Attribute.Header.HOST, header(value));
      default -> new RequestExpr.Sent(new Attribute.Header(name), header(value));
    };
  }

  /** {@code *} asks of a header, method and host among them, only that it is there. */
  private static StringMatch header(String value) {
    return value.equals("*") ? new StringMatch.Anything() : StringMatch.parse(value);
  }

  private static StringMatch path(String value) {
    return Templates.isTemplate(value) ? new StringMatch.Template(value) : StringMatch.parse(value);
  }

  /**
   * {@code ISSUER/SUBJECT}, of which the issuer may have slashes: the claims iss and sub, texts
   * both. A star is a wildcard only at an end of the whole.
   */
  private static RequestExpr requestPrincipal(String value) {
    int slash = value.lastIndexOf('/');
    String first = slash < 0 ? value : value.substring(0, slash);
    String second = slash < 0 ? "" : value.substring(slash + 1);
    StringMatch any = new StringMatch.Present();
    if (value.equals("*")) {
      return requestPrincipal(any, any);
    }
    if (value.startsWith("*")) {
      return slash < 0
          ? requestPrincipal(any, StringMatch.parse(value))
          : requestPrincipal(
              first.equals("*") ? any : new StringMatch.EndsWith(first.substring(1)),
              new StringMatch.Exact(second));
    }
    if (value.endsWith("*")) {
      return slash < 0
          ? requestPrincipal(StringMatch.parse(value), any)
          : requestPrincipal(
              new StringMatch.Exact(first),
              second.equals("*")
                  ? any
                  : new StringMatch.StartsWith(second.substring(0, second.length() - 1)));
    }
    return requestPrincipal(new StringMatch.Exact(first), new StringMatch.Exact(second));
  }

  private static RequestExpr requestPrincipal(StringMatch issuer, StringMatch subject) {
    return RequestExpr.and(
        new RequestExpr.Sent(new Attribute.Claim(ImmutableList.of("iss"), false), issuer),
        new RequestExpr.Sent(new Attribute.Claim(ImmutableList.of("sub"), false), subject));
  }

  /** The names of {@code request.auth.claims[a][b]}. */
  private static ImmutableList<String> inBrackets(String key, String start) {
    return ImmutableList.copyOf(key.substring(start.length(), key.length() - 1).split("]\\[", -1));
  }
}
