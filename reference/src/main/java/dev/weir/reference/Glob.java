package dev.weir.reference;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.TreeSet;

/**
 * What a policy writes to match a text: a row of characters and placeholders.
 *
 * @param parts in order
 * @param anyCase whether letters match in either case
 */
record Glob(List<Part> parts, boolean anyCase) {

  /** What one place in the row takes. */
  private enum Kind {
    /** One given character. */
    LITERAL,
    /** Any one character. */
    ANY,
    /** Any characters, or none. */
    ANYTHING,
    /** One character of a path segment, as Envoy's URI templates have them. */
    SEGMENT_CHARACTER,
    /** Such characters and slashes, or none. */
    SEGMENTS,
    /** Such characters without slashes, or none. */
    REST_OF_SEGMENT
  }

  private record Part(Kind kind, char literal) {
    boolean repeats() {
      return kind == Kind.ANYTHING || kind == Kind.SEGMENTS || kind == Kind.REST_OF_SEGMENT;
    }

    boolean takes(char c, boolean anyCase) {
      return switch (kind) {
        case LITERAL ->
            literal == c || (anyCase && Character.toLowerCase(literal) == Character.toLowerCase(c));
        case ANY, ANYTHING -> true;
        case SEGMENT_CHARACTER, REST_OF_SEGMENT -> isSegmentCharacter(c);
        case SEGMENTS -> c == '/' || isSegmentCharacter(c);
      };
    }
  }

  /** RFC 3986's pchar, of which Envoy's templates make segments. */
  private static boolean isSegmentCharacter(char c) {
    return Paths.isUnreserved(c) || "%!$&'()*+,;=:@".indexOf(c) >= 0;
  }

  /**
   * Istio: "Exact match: {@code abc} will match on value abc. Prefix match: {@code abc*}. Suffix
   * match: {@code *abc}. Presence match: {@code *} will match when value is not empty."
   */
  static Glob of(String text) {
    return of("", text);
  }

  /** The same after a fixed start; presence asks for any text, whatever its start. */
  static Glob of(String start, String text) {
    if (text.equals("*")) {
      return new Glob(List.of(new Part(Kind.ANY, ' '), new Part(Kind.ANYTHING, ' ')), false);
    }
    Builder builder = new Builder().literal(start);
    if (text.startsWith("*")) {
      builder.anything().literal(text.substring(1));
    } else if (text.endsWith("*")) {
      builder.literal(text.substring(0, text.length() - 1)).anything();
    } else {
      builder.literal(text);
    }
    return builder.build(false);
  }

  Glob inAnyCase() {
    return new Glob(parts, true);
  }

  /**
   * Istio's path templates: "{*} matches a single glob that cannot extend beyond a path segment.
   * {**} matches zero or more globs."
   */
  static Glob template(String text) {
    Builder builder = new Builder();
    int at = 0;
    while (at < text.length()) {
      if (text.startsWith("{**}", at)) {
        builder.parts.add(new Part(Kind.SEGMENTS, ' '));
        at += 4;
      } else if (text.startsWith("{*}", at)) {
        builder.parts.add(new Part(Kind.SEGMENT_CHARACTER, ' '));
        builder.parts.add(new Part(Kind.REST_OF_SEGMENT, ' '));
        at += 3;
      } else {
        builder.literal(text.substring(at, at + 1));
        at++;
      }
    }
    return builder.build(false);
  }

  static boolean isTemplate(String text) {
    return text.contains("{*}") || text.contains("{**}");
  }

  static final class Builder {
    private final List<Part> parts = new ArrayList<>();

    Builder literal(String text) {
      text.chars().forEach(c -> parts.add(new Part(Kind.LITERAL, (char) c)));
      return this;
    }

    Builder anything() {
      parts.add(new Part(Kind.ANYTHING, ' '));
      return this;
    }

    Builder something() {
      parts.add(new Part(Kind.ANY, ' '));
      return anything();
    }

    /** With {@code *} anywhere for any characters. */
    Builder wildcards(String text) {
      for (char c : text.toCharArray()) {
        Builder _ = c == '*' ? anything() : literal(String.valueOf(c));
      }
      return this;
    }

    Glob build(boolean anyCase) {
      return new Glob(List.copyOf(parts), anyCase);
    }
  }

  boolean matches(String text) {
    BitSet places = start();
    for (char c : text.toCharArray()) {
      places = after(places, c);
    }
    return accepts(places);
  }

  /** Where in the row a text may stand before its first character. */
  BitSet start() {
    BitSet places = new BitSet();
    places.set(0);
    return skipping(places);
  }

  /** Where it may stand after one more character. */
  BitSet after(BitSet places, char c) {
    BitSet next = new BitSet();
    for (int i = places.nextSetBit(0); i >= 0 && i < parts.size(); i = places.nextSetBit(i + 1)) {
      if (parts.get(i).takes(c, anyCase)) {
        next.set(parts.get(i).repeats() ? i : i + 1);
      }
    }
    return skipping(next);
  }

  boolean accepts(BitSet places) {
    return places.get(parts.size());
  }

  /** A repeated part may also take nothing. */
  private BitSet skipping(BitSet places) {
    for (int i = 0; i < parts.size(); i++) {
      if (places.get(i) && parts.get(i).repeats()) {
        places.set(i + 1);
      }
    }
    return places;
  }

  /** The characters that it names, in both cases where the case does not count. */
  TreeSet<Character> alphabet() {
    TreeSet<Character> characters = new TreeSet<>();
    for (Part part : parts) {
      if (part.kind() == Kind.LITERAL) {
        characters.add(part.literal());
        if (anyCase) {
          characters.add(Character.toLowerCase(part.literal()));
          characters.add(Character.toUpperCase(part.literal()));
        }
      }
    }
    return characters;
  }
}
