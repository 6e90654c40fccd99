package dev.weir.decisions;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Random;

/** What those who make up resources choose by. */
abstract class RandomChoice {
  final Random random;

  RandomChoice(Random random) {
    this.random = random;
  }

  final <T> T one(List<T> of) {
    return of.get(random.nextInt(of.size()));
  }

  final boolean chance(int percent) {
    return random.nextInt(100) < percent;
  }

  static ObjectNode object() {
    return JsonNodeFactory.instance.objectNode();
  }
}
