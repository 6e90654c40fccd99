package dev.weir.softswitch.engine;

import java.util.HashMap;
import java.util.Map;

/** The program's numbers for parser errors; core errors that it does not name get unused ones. */
final class ErrorCodes {
  private final Map<String, Integer> byName = new HashMap<>();

  static ErrorCodes read(JsonAt root) {
    ErrorCodes codes = new ErrorCodes();
    int greatest = -1;
    for (JsonAt pair : root.each("errors")) {
      int value = pair.at(1).integer(0);
      if (codes.byName.put(pair.at(0).text(), value) != null) {
        throw pair.problem("duplicate error");
      }
      greatest = Math.max(greatest, value);
    }
    for (String core :
        new String[] {
          "NoError",
          "PacketTooShort",
          "NoMatch",
          "StackOutOfBounds",
          "HeaderTooShort",
          "ParserTimeout",
          "ParserInvalidArgument"
        }) {
      if (!codes.byName.containsKey(core)) {
        codes.byName.put(core, ++greatest);
      }
    }
    return codes;
  }

  private int of(String name) {
    return byName.getOrDefault(name, 0);
  }

  int noError() {
    return of("NoError");
  }

  int packetTooShort() {
    return of("PacketTooShort");
  }

  int stackOutOfBounds() {
    return of("StackOutOfBounds");
  }

  int headerTooShort() {
    return of("HeaderTooShort");
  }

  int invalidArgument() {
    return of("ParserInvalidArgument");
  }

  /** The error's name, for people. */
  String name(int code) {
    return byName.entrySet().stream()
        .filter(e -> e.getValue() == code)
        .map(Map.Entry::getKey)
        .findFirst()
        .orElse("error " + code);
  }
}
