package dev.weir.reference;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.reference.Paths.Normalization;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** The sampled texts answer in every way in which some text answers, and in no other. */
class LanguagePropertyTest {
  private static final String ALPHABET = "a./b";
  private static final int LONGEST = 6;
  private static final List<String> EVERY_TEXT = everyText();

  private static List<String> everyText() {
    List<String> all = new ArrayList<>(List.of(""));
    for (int i = 0; i < all.size() && all.get(i).length() < LONGEST; i++) {
      for (char c : ALPHABET.toCharArray()) {
        all.add(all.get(i) + c);
      }
    }
    return all;
  }

  @Property(tries = 60, seed = "7")
  void pathsAnswerAsSomeSampleDoes(@ForAll long seed) {
    Random random = new Random(seed);
    Normalization normalization = Normalization.values()[random.nextInt(3)];
    List<List<Glob>> questions = questions(random);
    Set<List<Boolean>> possible = new HashSet<>();
    for (String text : EVERY_TEXT) {
      if (text.startsWith("/") && Paths.matched(text, normalization).equals(text)) {
        possible.add(answers(questions, text));
      }
    }
    List<String> samples = Language.oneOfEach(questions, new Language.OfPaths(normalization));
    assertThat(samples).allMatch(text -> Paths.matched(text, normalization).equals(text));
    // Longer texts and other characters may answer in more ways, never in fewer.
    assertThat(samples.stream().map(text -> answers(questions, text)))
        .doesNotHaveDuplicates()
        .containsAll(possible);
  }

  private static List<Boolean> answers(List<List<Glob>> questions, String text) {
    return questions.stream()
        .map(any -> any.stream().anyMatch(glob -> glob.matches(text)))
        .toList();
  }

  private static List<List<Glob>> questions(Random random) {
    List<List<Glob>> questions = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      List<Glob> anyOf = new ArrayList<>();
      for (int j = 0; j <= random.nextInt(2); j++) {
        anyOf.add(glob(random));
      }
      questions.add(anyOf);
    }
    return questions;
  }

  private static Glob glob(Random random) {
    StringBuilder text = new StringBuilder(random.nextBoolean() ? "/" : "");
    for (int i = random.nextInt(3); i >= 0; i--) {
      text.append(ALPHABET.charAt(random.nextInt(ALPHABET.length())));
    }
    return switch (random.nextInt(4)) {
      case 0 -> Glob.of("*" + text);
      case 1 -> Glob.of(text + "*");
      case 2 -> Glob.template("/a/{*}" + (random.nextBoolean() ? "/b" : ""));
      default -> random.nextInt(4) == 0 ? Glob.template("/{*}/{**}") : Glob.of(text.toString());
    };
  }
}
