package dev.weir.rest.weir;

import com.google.common.collect.ImmutableList;
import dev.weir.compiler.request.RequestExpr;
import java.util.stream.Collectors;

/** Request predicates as text, for people. */
final class RequestForm {
  private RequestForm() {}

  /** As in {@code method = GET and (path starts with /api or not path = /admin)}. */
  static String text(RequestExpr expression) {
    return switch (expression) {
      case RequestExpr.Constant constant -> constant.value() ? "always" : "never";
      case RequestExpr.Not not -> "not " + nested(not.term());
      case RequestExpr.And and -> joined(and.terms(), " and ");
      case RequestExpr.Or or -> joined(or.terms(), " or ");
      case RequestExpr.Method method -> "method " + match(method.match());
      case RequestExpr.Path path -> "path " + match(path.match());
      case RequestExpr.Sent sent -> attribute(sent.attribute()) + " " + match(sent.match());
      case RequestExpr.Forwarded forwarded ->
          "forwarded client in "
              + forwarded.blocks().stream().map(Object::toString).collect(Collectors.joining(", "));
      case RequestExpr.Source source ->
          "source in "
              + source.blocks().stream().map(Object::toString).collect(Collectors.joining(", "));
    };
  }

  private static String joined(ImmutableList<RequestExpr> terms, String word) {
    return terms.stream().map(RequestForm::nested).collect(Collectors.joining(word));
  }

  private static String nested(RequestExpr term) {
    return switch (term) {
      case RequestExpr.And _, RequestExpr.Or _ -> "(" + text(term) + ")";
      case RequestExpr.Constant _,
          RequestExpr.Not _,
          RequestExpr.Method _,
          RequestExpr.Path _,
          RequestExpr.Sent _,
          RequestExpr.Forwarded _,
          RequestExpr.Source _ ->
          text(term);
    };
  }

  private static String match(RequestExpr.StringMatch match) {
    return switch (match) {
      case RequestExpr.StringMatch.Exact exact -> "= " + exact.value();
      case RequestExpr.StringMatch.StartsWith start -> "starts with " + start.prefix();
      case RequestExpr.StringMatch.EndsWith end -> "ends with " + end.suffix();
      case RequestExpr.StringMatch.Present _ -> "is not empty";
      case RequestExpr.StringMatch.Anything _ -> "is there";
      case RequestExpr.StringMatch.AnyCase any -> match(any.of()) + " in any case";
      case RequestExpr.StringMatch.Template template -> "of the form " + template.text();
    };
  }

  private static String attribute(RequestExpr.Attribute attribute) {
    return switch (attribute) {
      case RequestExpr.Attribute.Header header ->
          header.equals(RequestExpr.Attribute.Header.HOST) ? "host" : "header " + header.name();
      case RequestExpr.Attribute.Claim claim -> "claim " + String.join(".", claim.names());
      case RequestExpr.Attribute.ServerName _ -> "server name";
    };
  }
}
