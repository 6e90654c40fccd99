package dev.weir.reference;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;

/** Somebody else who is asked what a {@link World} is asked, and must answer alike. */
public interface SecondOpinion {
  /**
   * Answers, and compares.
   *
   * @param resources as their writer wrote them
   * @throws AssertionError where the answers differ
   */
  void check(List<JsonNode> resources, ObjectNode probe);
}
