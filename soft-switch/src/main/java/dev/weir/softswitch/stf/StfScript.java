package dev.weir.softswitch.stf;

import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** A script: statements with their line numbers. */
public record StfScript(List<Line> lines) {
  /** A statement and where it stands. */
  public record Line(int number, StfCommand command) {}

  private static final Pattern TOKEN =
      Pattern.compile("\"[^\"]*\"|==|!=|<=|>=|[<>():,=/]|[^\\s\"():,=/<>!]+");
  private static final Pattern NUMBER = Pattern.compile("0[xX][0-9a-fA-F*]+|0[bB][01*]+|[0-9]+");

  public StfScript {
    lines = List.copyOf(lines);
  }

  /**
   * Reads a script.
   *
   * @throws StfException with the line where it goes wrong
   */
  public static StfScript parse(String text) {
    List<Line> lines = new ArrayList<>();
    int number = 0;
    for (String raw : text.split("\n", -1)) {
      number++;
      String line = raw.replaceAll("#.*$", "").trim();
      if (!line.isEmpty()) {
        lines.add(new Line(number, command(number, line)));
      }
    }
    return new StfScript(lines);
  }

  private static StfCommand command(int number, String line) {
    String[] parts = line.split("\\s+", 2);
    String rest = parts.length > 1 ? parts[1].trim() : "";
    String keyword = parts[0].toLowerCase(Locale.ROOT);
    return switch (keyword) {
      case "packet" -> packet(number, rest);
      case "expect" -> expect(number, rest);
      case "no_packet" -> new StfCommand.NoPacket();
      case "wait" -> new StfCommand.Wait();
      case "add" -> new Cursor(number, rest).add();
      case "setdefault" -> new Cursor(number, rest).setDefault();
      case "remove" -> {
        if (!rest.equalsIgnoreCase("all")) {
          throw new StfException(number, "only \"remove all\" is known");
        }
        yield new StfCommand.RemoveAll();
      }
      case "check_counter" -> new Cursor(number, rest).checkCounter();
      case "mirroring_add",
          "mirroring_add_mc",
          "mirroring_delete",
          "mirroring_get",
          "mc_mgrp_create",
          "mc_node_create",
          "mc_node_update",
          "mc_node_associate",
          "counter_read",
          "counter_write",
          "register_read",
          "register_write",
          "register_reset",
          "meter_get_rates",
          "meter_set_rates",
          "meter_array_set_rates" ->
          new StfCommand.Direct(keyword, List.of(rest.split("\\s+")));
      default -> throw new StfException(number, "statement \"" + keyword + "\" is not known");
    };
  }

  private static String[] portAndData(int number, String rest) {
    String[] parts = rest.split("\\s+", 2);
    if (!parts[0].matches("[0-9]+")) {
      throw new StfException(number, "a port number is expected");
    }
    return new String[] {
      parts[0], parts.length > 1 ? parts[1].replaceAll("\\s+", "").toLowerCase(Locale.ROOT) : ""
    };
  }

  private static StfCommand packet(int number, String rest) {
    String[] parts = portAndData(number, rest);
    try {
      return new StfCommand.Packet(Integer.parseInt(parts[0]), HexFormat.of().parseHex(parts[1]));
    } catch (IllegalArgumentException e) {
      throw new StfException(number, "packet data: " + e.getMessage());
    }
  }

  private static StfCommand expect(int number, String rest) {
    String[] parts = portAndData(number, rest);
    String data = parts[1];
    int port = Integer.parseInt(parts[0]);
    if (data.isEmpty()) {
      return new StfCommand.Expect(port, null, false);
    }
    boolean exact = data.endsWith("$");
    String pattern = exact ? data.substring(0, data.length() - 1) : data;
    if (!pattern.matches("[0-9a-f*]*")) {
      throw new StfException(number, "packet data is hexadecimal, with * for any digit");
    }
    return new StfCommand.Expect(port, pattern, exact);
  }

  /** Takes a statement's tokens one by one. */
  private static final class Cursor {
    private final int line;
    private final List<String> tokens = new ArrayList<>();
    private int at;

    Cursor(int line, String text) {
      this.line = line;
      Matcher matcher = TOKEN.matcher(text);
      while (matcher.find()) {
        tokens.add(matcher.group());
      }
    }

    private @Nullable String peek(int ahead) {
      return at + ahead < tokens.size() ? tokens.get(at + ahead) : null;
    }

    private String next() {
      if (at >= tokens.size()) {
        throw new StfException(line, "the statement ends too early");
      }
      String token = tokens.get(at++);
      return token.startsWith("\"") ? token.substring(1, token.length() - 1) : token;
    }

    private void expect(String token) {
      String found = next();
      if (!found.equals(token)) {
        throw new StfException(line, "\"" + token + "\" is expected, not \"" + found + "\"");
      }
    }

    StfCommand add() {
      String table = next();
      Integer priority = null;
      String first = peek(0);
      if (first != null && first.matches("[0-9]+") && !":".equals(peek(1))) {
        priority = Integer.parseInt(next());
      }
      List<Map.Entry<String, String>> matches = new ArrayList<>();
      while (!"(".equals(peek(1))) {
        String field = next();
        expect(":");
        String value = number();
        if ("/".equals(peek(0))) {
          at++;
          value = value + "/" + number();
        }
        matches.add(Map.entry(field, value));
      }
      String action = next();
      Map<String, String> arguments = arguments();
      String id = null;
      if ("=".equals(peek(0))) {
        at++;
        id = next();
      }
      end();
      return new StfCommand.Add(table, priority, List.copyOf(matches), action, arguments, id);
    }

    StfCommand setDefault() {
      String table = next();
      String action = next();
      Map<String, String> arguments = arguments();
      end();
      return new StfCommand.SetDefault(table, action, arguments);
    }

    private String number() {
      String token = next();
      if (!NUMBER.matcher(token).matches()) {
        throw new StfException(line, "a number is expected, not \"" + token + "\"");
      }
      return token;
    }

    private Map<String, String> arguments() {
      Map<String, String> arguments = new LinkedHashMap<>();
      expect("(");
      while (!")".equals(peek(0))) {
        String name = next();
        expect(":");
        arguments.put(name, number());
        if (",".equals(peek(0))) {
          at++;
        }
      }
      expect(")");
      return arguments;
    }

    StfCommand checkCounter() {
      String counter = next();
      expect("(");
      String entry = next();
      expect(")");
      if (peek(0) == null) {
        return new StfCommand.CheckCounter(counter, entry, null, "==", 0);
      }
      String type = next().toLowerCase(Locale.ROOT);
      if (!type.equals("packets") && !type.equals("bytes")) {
        throw new StfException(line, "packets or bytes is expected");
      }
      String relation = next();
      long value = Long.decode(number());
      end();
      return new StfCommand.CheckCounter(counter, entry, type, relation, value);
    }

    private void end() {
      if (at < tokens.size()) {
        throw new StfException(line, "\"" + tokens.get(at) + "\" is not expected here");
      }
    }
  }
}
