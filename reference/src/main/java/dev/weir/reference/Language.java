package dev.weir.reference;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Which texts an attribute can have, read one character at a time. What has been read so far is
 * remembered only as far as it bears on what may follow.
 */
sealed interface Language {
  String FRESH = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_~";

  /** After {@code c}; nothing where no text of the language goes on like that. */
  Optional<String> after(String read, char c);

  boolean mayEnd(String read);

  /** Characters that matter beside those that the patterns name. */
  default String more() {
    return "";
  }

  /** Any text, the empty one too. */
  record Any() implements Language {
    @Override
    public Optional<String> after(String read, char c) {
      return Optional.of("");
    }

    @Override
    public boolean mayEnd(String read) {
      return true;
    }
  }

  record NotEmpty() implements Language {
    @Override
    public Optional<String> after(String read, char c) {
      return Optional.of("x");
    }

    @Override
    public boolean mayEnd(String read) {
      return !read.isEmpty();
    }
  }

  /** Paths as they are after normalisation, without query and fragment. */
  record OfPaths(Paths.Normalization normalization) implements Language {
    @Override
    public Optional<String> after(String read, char c) {
      if (c == '?' || c == '#' || (read.isEmpty() && c != '/')) {
        return Optional.empty();
      }
      if (normalization == Paths.Normalization.NONE) {
        return Optional.of("x");
      }
      String alone = "/x" + c;
      if (!Paths.matched(alone, normalization).equals(alone)) {
        return Optional.empty();
      }
      String text = read + c;
      // A dot segment ends at a slash or at the end; an escape is complete at its third character.
      boolean complete = c == '/' || (text.length() >= 3 && text.charAt(text.length() - 3) == '%');
      if (complete && !Paths.matched("/a" + text, normalization).equals("/a" + text)) {
        return Optional.empty();
      }
      return Optional.of(relevant(text));
    }

    /**
     * The longest end of the text that may still become a dot segment, an escape or two slashes.
     */
    private static String relevant(String text) {
      for (int i = Math.max(0, text.length() - 3); i < text.length(); i++) {
        String end = text.substring(i);
        if (end.matches("/\\.{0,2}|%[0-9a-fA-F]?")) {
          return end;
        }
      }
      return "x";
    }

    @Override
    public boolean mayEnd(String read) {
      return !read.isEmpty() && !read.equals("/.") && !read.equals("/..");
    }

    @Override
    public String more() {
      return "/[";
    }
  }

  /** What has been read, and where every pattern stands. */
  record State(String read, List<BitSet> places) {}

  /**
   * Texts of the language, the shortest for each set of questions that some text passes at once:
   * the states that texts can lead to, gone through in breadth.
   *
   * @param questions each passed by what matches one of its patterns
   */
  static List<String> oneOfEach(List<List<Glob>> questions, Language language) {
    List<Glob> globs = questions.stream().flatMap(List::stream).distinct().toList();
    Map<List<Boolean>, String> found = new LinkedHashMap<>();
    TreeSet<Character> alphabet = alphabet(globs, language);
    Deque<Map.Entry<State, String>> queue = new ArrayDeque<>();
    Set<State> seen = new HashSet<>();
    State start = new State("", globs.stream().map(Glob::start).toList());
    seen.add(start);
    queue.add(Map.entry(start, ""));
    while (!queue.isEmpty()) {
      Map.Entry<State, String> entry = queue.remove();
      State state = entry.getKey();
      if (language.mayEnd(state.read())) {
        Set<Glob> accepting = new HashSet<>();
        for (int i = 0; i < globs.size(); i++) {
          if (globs.get(i).accepts(state.places().get(i))) {
            accepting.add(globs.get(i));
          }
        }
        List<Boolean> passed =
            questions.stream().map(any -> any.stream().anyMatch(accepting::contains)).toList();
        found.putIfAbsent(passed, entry.getValue());
      }
      for (char c : alphabet) {
        Optional<String> read = language.after(state.read(), c);
        if (read.isPresent()) {
          List<BitSet> places = new ArrayList<>();
          for (int i = 0; i < globs.size(); i++) {
            places.add(globs.get(i).after(state.places().get(i), c));
          }
          State next = new State(read.get(), places);
          if (seen.add(next)) {
            queue.add(Map.entry(next, entry.getValue() + c));
          }
        }
      }
    }
    return List.copyOf(found.values());
  }

  /** What the patterns name, and one character that none of them does. */
  private static TreeSet<Character> alphabet(List<Glob> globs, Language language) {
    TreeSet<Character> alphabet = new TreeSet<>();
    globs.forEach(glob -> alphabet.addAll(glob.alphabet()));
    language.more().chars().forEach(c -> alphabet.add((char) c));
    for (char fresh : FRESH.toCharArray()) {
      if (alphabet.add(fresh)) {
        return alphabet;
      }
    }
    throw new IllegalStateException("the patterns name every letter and digit");
  }
}
