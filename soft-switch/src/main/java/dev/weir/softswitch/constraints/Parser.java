package dev.weir.softswitch.constraints;

import com.google.common.net.InetAddresses;
import dev.weir.softswitch.constraints.Constraint.Name;
import dev.weir.softswitch.constraints.Expression.Type;
import java.math.BigInteger;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads the language, from the operator that binds least to the one that binds most. */
final class Parser {
  private static final Pattern TOKEN =
      Pattern.compile(
          "(?:\\s|//[^\\n]*)*"
              + "(?:(?<number>0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO][0-7]+|(?:0[dD])?[0-9]+)(?![\\w])"
              + "|(?<id>[_a-zA-Z]\\w*(?:\\.[_a-zA-Z]\\w*)*)"
              + "|(?<text>'[^']*')"
              + "|(?<op>::|->|&&|\\|\\||==|!=|>=|<=|[!<>();-])"
              + "|(?<end>$))",
          Pattern.DOTALL);
  private static final Pattern MAC = Pattern.compile("[0-9a-fA-F]{2}(:[0-9a-fA-F]{2}){5}");

  /** Deeper nesting than any program has would overflow the stack. */
  private static final int MAX_DEPTH = 200;

  private final String source;
  private final List<Name> names;
  private final Map<String, Integer> byName;
  private final Matcher matcher;
  private String token = "";
  private String group = "";
  private int at;
  private int depth;

  Parser(String source, List<Name> names, Map<String, Integer> byName) {
    this.source = source;
    this.names = names;
    this.byName = byName;
    this.matcher = TOKEN.matcher(source);
    advance();
  }

  private void advance() {
    int from = group.isEmpty() ? 0 : matcher.end();
    if (!matcher.region(from, source.length()).lookingAt()) {
      throw new ConstraintException(from, "this is no token of the language");
    }
    for (String each : List.of("number", "id", "text", "op", "end")) {
      String found = matcher.group(each);
      if (found != null) {
        group = each;
        token = found;
        at = matcher.start(each);
        return;
      }
    }
    throw new ConstraintException(from, "this is no token of the language");
  }

  private ConstraintException error(String problem) {
    return new ConstraintException(at, problem);
  }

  private boolean takes(String operator) {
    if (group.equals("op") && token.equals(operator)) {
      advance();
      return true;
    }
    return false;
  }

  private void expect(String operator) {
    if (!takes(operator)) {
      throw error("\"" + operator + "\" is expected, not \"" + token + "\"");
    }
  }

  Expression constraint() {
    if (group.equals("end")) {
      return Expression.of(Type.BOOL, true);
    }
    Expression all = bool(sequence());
    if (!group.equals("end")) {
      throw error("an operator is expected, not \"" + token + "\"");
    }
    return all;
  }

  /** Conditions; one alone may be a number, in parentheses. */
  private Expression sequence() {
    Expression all = implication();
    while (takes(";")) {
      if (group.equals("end") || token.equals(")")) {
        break;
      }
      all = and(all, implication());
    }
    return all;
  }

  private Expression bool(Expression e) {
    if (!e.isBool()) {
      throw error("a condition is expected, not a " + e.type());
    }
    return e;
  }

  private Expression and(Expression left, Expression right) {
    Expression l = bool(left);
    Expression r = bool(right);
    return new Expression(Type.BOOL, s -> l.truth(s) && r.truth(s));
  }

  private Expression implication() {
    Expression left = disjunction();
    if (!takes("->")) {
      return left;
    }
    Expression l = bool(left);
    Expression r = bool(disjunction());
    if (token.equals("->")) {
      throw error("-> does not associate: use parentheses");
    }
    return new Expression(Type.BOOL, s -> !l.truth(s) || r.truth(s));
  }

  private Expression disjunction() {
    Expression left = conjunction();
    while (takes("||")) {
      Expression l = bool(left);
      Expression r = bool(conjunction());
      left = new Expression(Type.BOOL, s -> l.truth(s) || r.truth(s));
    }
    return left;
  }

  private Expression conjunction() {
    Expression left = comparison();
    while (takes("&&")) {
      left = and(left, comparison());
    }
    return left;
  }

  private static boolean compares(String token) {
    return switch (token) {
      case "==", "!=", "<", "<=", ">", ">=" -> true;
      default -> false;
    };
  }

  private Expression comparison() {
    Expression left = unary();
    if (!group.equals("op") || !compares(token)) {
      return left;
    }
    String operator = token;
    advance();
    Expression result = compare(operator, left, unary());
    if (group.equals("op") && compares(token)) {
      throw error("comparisons do not associate: use parentheses");
    }
    return result;
  }

  private Expression compare(String operator, Expression left, Expression right) {
    Expression l = left.as(right.type());
    Expression r = right;
    if (l == null) {
      l = left;
      r = right.as(left.type());
    }
    if (r == null) {
      throw error("a " + left.type() + " cannot be compared with a " + right.type());
    }
    Expression a = l;
    Expression b = r;
    if (operator.equals("==")) {
      return new Expression(Type.BOOL, s -> a.eval().apply(s).equals(b.eval().apply(s)));
    }
    if (operator.equals("!=")) {
      return new Expression(Type.BOOL, s -> !a.eval().apply(s).equals(b.eval().apply(s)));
    }
    if (!a.isNumber()) {
      throw error("values of type " + a.type() + " have no order: compare a part of them");
    }
    return switch (operator) {
      case "<" -> new Expression(Type.BOOL, s -> a.compare(b, s) < 0);
      case "<=" -> new Expression(Type.BOOL, s -> a.compare(b, s) <= 0);
      case ">" -> new Expression(Type.BOOL, s -> a.compare(b, s) > 0);
      default -> new Expression(Type.BOOL, s -> a.compare(b, s) >= 0);
    };
  }

  private Expression unary() {
    if (++depth > MAX_DEPTH) {
      throw error("nested too deeply");
    }
    Expression result;
    if (takes("!")) {
      Expression e = bool(unary());
      result = new Expression(Type.BOOL, s -> !e.truth(s));
    } else if (takes("-")) {
      Expression e = unary();
      if (!e.type().equals(Type.INT)) {
        throw error("only an int has a negative, not a " + e.type());
      }
      result = new Expression(Type.INT, s -> ((BigInteger) e.eval().apply(s)).negate());
    } else {
      result = primary();
    }
    depth--;
    return result;
  }

  private Expression primary() {
    if (takes("(")) {
      Expression inside = sequence();
      expect(")");
      return inside;
    }
    if (takes("::")) {
      if (!token.equals("priority")) {
        throw error("the only attribute of an entry is ::priority, not ::" + token);
      }
      advance();
      return new Expression(Type.INT, s -> BigInteger.valueOf(s.priority()));
    }
    if (group.equals("number")) {
      Expression number = Expression.of(Type.INT, number(token));
      advance();
      return number;
    }
    if (group.equals("id")) {
      String id = token;
      advance();
      return word(id);
    }
    throw error("a value is expected, not \"" + token + "\"");
  }

  private static BigInteger number(String digits) {
    String rest = digits.length() > 2 ? digits.substring(2) : "";
    return switch (digits.length() > 1 ? Character.toLowerCase(digits.charAt(1)) : ' ') {
      case 'x' -> new BigInteger(rest, 16);
      case 'b' -> new BigInteger(rest, 2);
      case 'o' -> new BigInteger(rest, 8);
      case 'd' -> new BigInteger(rest);
      default -> new BigInteger(digits);
    };
  }

  private Expression word(String id) {
    if (id.equals("true") || id.equals("false")) {
      return Expression.of(Type.BOOL, id.equals("true"));
    }
    if (token.equals("(")) {
      return address(id);
    }
    Integer index = byName.get(id);
    if (index == null) {
      throw error("there is no \"" + id + "\"; there are " + String.join(", ", byName.keySet()));
    }
    Name name = names.get(index);
    if (!takes("::")) {
      return Expression.named(name, index);
    }
    Expression part = Expression.part(name, index, token);
    if (part == null) {
      throw error("\"" + id + "\" is " + name.kind() + " and has no ::" + token);
    }
    advance();
    return part;
  }

  private Expression address(String kind) {
    expect("(");
    if (!group.equals("text")) {
      throw error("an address in single quotes is expected, not \"" + token + "\"");
    }
    String text = token.substring(1, token.length() - 1);
    BigInteger value =
        switch (kind) {
          case "ipv4" -> internet(text, 4);
          case "ipv6" -> internet(text, 16);
          case "mac" ->
              MAC.matcher(text).matches() ? new BigInteger(text.replace(":", ""), 16) : null;
          default -> throw error("there is no function \"" + kind + "\": ipv4, ipv6 and mac");
        };
    if (value == null) {
      throw error("\"" + text + "\" is no address of kind " + kind);
    }
    advance();
    expect(")");
    return Expression.of(Type.INT, value);
  }

  private static @Nullable BigInteger internet(String text, int bytes) {
    if (!InetAddresses.isInetAddress(text)) {
      return null;
    }
    byte[] address = InetAddresses.forString(text).getAddress();
    return address.length == bytes ? new BigInteger(1, address) : null;
  }
}
