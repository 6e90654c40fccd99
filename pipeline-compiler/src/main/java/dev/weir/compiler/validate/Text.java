package dev.weir.compiler.validate;

import com.google.common.collect.ImmutableList;
import java.util.BitSet;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Strings as a matcher cuts them: a row of characters and of places for characters.
 *
 * @param parts in order
 * @param anyCase whether letters match in either case
 */
record Text(ImmutableList<Part> parts, boolean anyCase) {

  /** What a part takes. */
  enum Takes {
    ONE,
    ANY,
    /** RFC 3986's pchar, the percent sign for itself. */
    OF_SEGMENT,
    /** The same and the slash. */
    OF_SEGMENTS
  }

  /**
   * @param character where it takes one
   * @param repeats any number of them, none included
   */
  record Part(Takes takes, char character, boolean repeats) {
    boolean takes(char c, boolean anyCase) {
      return switch (takes) {
        case ONE ->
            character == c
                || (anyCase && Character.toLowerCase(character) == Character.toLowerCase(c));
        case ANY -> true;
        case OF_SEGMENT -> SEGMENT.indexOf(c) >= 0;
        case OF_SEGMENTS -> c == '/' || SEGMENT.indexOf(c) >= 0;
      };
    }
  }

  static final String SEGMENT =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~%!$&'()*+,;=:@";

  private static final Part ANYTHING = new Part(Takes.ANY, ' ', true);

  static Text exact(String value) {
    return new Text(literal(value).build(), false);
  }

  static Text prefix(String value) {
    return new Text(literal(value).add(ANYTHING).build(), false);
  }

  static Text suffix(String value) {
    return new Text(
        ImmutableList.<Part>builder().add(ANYTHING).addAll(literal(value).build()).build(), false);
  }

  static Text notEmpty() {
    return new Text(ImmutableList.of(new Part(Takes.ANY, ' ', false), ANYTHING), false);
  }

  static Text everything() {
    return new Text(ImmutableList.of(ANYTHING), false);
  }

  private static ImmutableList.Builder<Part> literal(String value) {
    ImmutableList.Builder<Part> parts = ImmutableList.builder();
    value.chars().forEach(c -> parts.add(new Part(Takes.ONE, (char) c, false)));
    return parts;
  }

  Text inAnyCase() {
    return new Text(parts, true);
  }

  /** A policy's path template. */
  static Text template(String template) {
    ImmutableList.Builder<Part> parts = ImmutableList.builder();
    for (int i = 0; i < template.length(); i++) {
      if (template.startsWith("{**}", i)) {
        parts.add(new Part(Takes.OF_SEGMENTS, ' ', true));
        i += 3;
      } else if (template.startsWith("{*}", i)) {
        parts.add(new Part(Takes.OF_SEGMENT, ' ', false), new Part(Takes.OF_SEGMENT, ' ', true));
        i += 2;
      } else {
        parts.add(new Part(Takes.ONE, template.charAt(i), false));
      }
    }
    return new Text(parts.build(), false);
  }

  /** A regular expression, where it is made of characters and of the places above alone. */
  static Optional<Text> regex(String regex) {
    ImmutableList.Builder<Part> parts = ImmutableList.builder();
    int at = 0;
    while (at < regex.length()) {
      char c = regex.charAt(at++);
      Takes takes = Takes.ONE;
      if (c == '[') {
        int end = at;
        while (end < regex.length() && regex.charAt(end) != ']') {
          end += regex.charAt(end) == '\\' ? 2 : 1;
        }
        Optional<Takes> set =
            end < regex.length() ? set(regex.substring(at, end)) : Optional.empty();
        if (set.isEmpty()) {
          return Optional.empty();
        }
        takes = set.get();
        at = end + 1;
      } else if (c == '.') {
        takes = Takes.ANY;
      } else if (c == '\\' && at < regex.length() && !Character.isLetterOrDigit(regex.charAt(at))) {
        c = regex.charAt(at++);
      } else if ("\\^$|?*+()]{}".indexOf(c) >= 0) {
        return Optional.empty();
      }
      char next = at < regex.length() ? regex.charAt(at) : ' ';
      if (next == '+' || next == '*') {
        at++;
      }
      if (next != '*') {
        parts.add(new Part(takes, takes == Takes.ONE ? c : ' ', false));
      }
      if (next == '+' || next == '*') {
        parts.add(new Part(takes, takes == Takes.ONE ? c : ' ', true));
      }
    }
    return Optional.of(new Text(parts.build(), false));
  }

  private static Optional<Takes> set(String members) {
    Set<Character> set = new TreeSet<>();
    for (int i = 0; i < members.length(); i++) {
      char c = members.charAt(i);
      if (c == '^' && i == 0) {
        return Optional.empty();
      }
      if (c == '\\') {
        set.add(members.charAt(++i));
      } else if (i + 2 < members.length() && members.charAt(i + 1) == '-') {
        for (char each = c; each <= members.charAt(i + 2); each++) {
          set.add(each);
        }
        i += 2;
      } else {
        set.add(c);
      }
    }
    Set<Character> segment = new TreeSet<>();
    SEGMENT.chars().forEach(c -> segment.add((char) c));
    if (set.equals(segment)) {
      return Optional.of(Takes.OF_SEGMENT);
    }
    segment.add('/');
    return set.equals(segment) ? Optional.of(Takes.OF_SEGMENTS) : Optional.empty();
  }

  boolean matches(String value) {
    BitSet places = start();
    for (int i = 0; i < value.length() && !places.isEmpty(); i++) {
      places = after(places, value.charAt(i));
    }
    return accepts(places);
  }

  /** Where in the row a string may stand before its first character. */
  BitSet start() {
    BitSet places = new BitSet();
    places.set(0);
    return skip(places);
  }

  BitSet after(BitSet places, char c) {
    BitSet next = new BitSet();
    for (int i = places.nextSetBit(0); i >= 0 && i < parts.size(); i = places.nextSetBit(i + 1)) {
      Part part = parts.get(i);
      if (part.takes(c, anyCase)) {
        next.set(part.repeats() ? i : i + 1);
      }
    }
    return skip(next);
  }

  boolean accepts(BitSet places) {
    return places.get(parts.size());
  }

  private BitSet skip(BitSet places) {
    for (int i = places.nextSetBit(0); i >= 0 && i < parts.size(); i = places.nextSetBit(i + 1)) {
      if (parts.get(i).repeats()) {
        places.set(i + 1);
      }
    }
    return places;
  }

  /** Adds the characters that it names. */
  void name(Set<Character> characters) {
    for (Part part : parts) {
      if (part.takes() == Takes.ONE) {
        characters.add(part.character());
        if (anyCase) {
          characters.add(Character.toLowerCase(part.character()));
          characters.add(Character.toUpperCase(part.character()));
        }
      }
    }
  }
}
