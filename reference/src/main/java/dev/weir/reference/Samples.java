package dev.weir.reference;

import dev.weir.reference.Attribute.CarriesHttp;
import dev.weir.reference.Attribute.Claim;
import dev.weir.reference.Attribute.Header;
import dev.weir.reference.Attribute.Host;
import dev.weir.reference.Attribute.Method;
import dev.weir.reference.Attribute.Path;
import dev.weir.reference.Attribute.RemoteAddress;
import dev.weir.reference.Attribute.ServerName;
import dev.weir.reference.Sent.Question;
import dev.weir.reference.Sent.Value;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Values of an attribute, one for each way in which a value can answer all the questions asked of
 * it. Whatever a client sends answers them as one of these does.
 */
final class Samples {
  private Samples() {}

  static List<Value> of(
      Attribute attribute, Set<Question> questions, Paths.Normalization normalization) {
    List<Value> values = new ArrayList<>();
    switch (attribute) {
      case CarriesHttp _ -> {
        values.add(new Value.Is(true));
        values.add(new Value.Is(false));
      }
      // A request always has these.
      case Method _, Host _ -> values.addAll(texts(questions, new Language.NotEmpty()));
      case Path _ -> values.addAll(texts(questions, new Language.OfPaths(normalization)));
      case ServerName _ -> {
        values.add(new Value.Absent());
        values.addAll(texts(questions, new Language.NotEmpty()));
      }
      case Header _ -> {
        values.add(new Value.Absent());
        values.addAll(texts(questions, new Language.Any()));
      }
      case Claim claim -> {
        values.add(new Value.Absent());
        List<Value.Text> texts = texts(questions, new Language.Any());
        values.addAll(texts);
        // RFC 7519: iss and sub are no lists.
        if (!Set.of(List.of("iss"), List.of("sub")).contains(claim.names())) {
          values.addAll(lists(texts, questions));
        }
      }
      case RemoteAddress _ -> values.addAll(addresses(questions));
    }
    return values;
  }

  private static List<Value.Text> texts(Set<Question> questions, Language language) {
    List<List<Glob>> patterns = asked(questions).stream().map(Question.Text::anyOf).toList();
    return Language.oneOfEach(patterns, language).stream().map(Value.Text::new).toList();
  }

  private static List<Question.Text> asked(Set<Question> questions) {
    return questions.stream()
        .filter(Question.Text.class::isInstance)
        .map(Question.Text.class::cast)
        .toList();
  }

  /** A list passes what one of its items passes: every union of the items' answers, once. */
  private static List<Value> lists(List<Value.Text> texts, Set<Question> questions) {
    Map<Set<Question>, List<String>> found = new LinkedHashMap<>();
    for (Value.Text text : texts) {
      Set<Question> passed = new HashSet<>();
      asked(questions).stream().filter(each -> each.passes(text.text())).forEach(passed::add);
      Map<Set<Question>, List<String>> more = new LinkedHashMap<>();
      more.put(passed, List.of(text.text()));
      found.forEach(
          (before, items) -> {
            Set<Question> union = new HashSet<>(before);
            union.addAll(passed);
            List<String> longer = new ArrayList<>(items);
            longer.add(text.text());
            more.put(union, longer);
          });
      more.forEach(found::putIfAbsent);
    }
    return found.values().stream().<Value>map(Value.Texts::new).toList();
  }

  /** Between two neighbouring ends of blocks all addresses lie in the same blocks. */
  private static List<Value> addresses(Set<Question> questions) {
    Set<Address> addresses = new LinkedHashSet<>();
    for (Address.Family family : Address.Family.values()) {
      addresses.add(family.first());
      addresses.add(family.last());
    }
    for (Question question : questions) {
      if (question instanceof Question.Within within) {
        Address first = within.block().first();
        Address last = within.block().last();
        addresses.addAll(List.of(first, first.plus(-1), last, last.plus(1)));
      }
    }
    return addresses.stream().<Value>map(Value.At::new).toList();
  }
}
