package dev.weir.app.offline;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.collect.ImmutableList;
import dev.weir.app.Failure;
import dev.weir.compiler.resource.Problem;
import java.util.stream.Collectors;

/** Manifests or probes that are not taken. */
final class Refused extends Failure {
  private static final long serialVersionUID = 1L;

  /**
   * Each with where it was found.
   *
   * @param place file and document; empty where there is none
   */
  record At(String place, Problem problem) {
    @Override
    public String toString() {
      return place.isEmpty() ? problem.toString() : place + ": " + problem;
    }
  }

  private final transient ImmutableList<At> problems;

  Refused(ImmutableList<At> problems) {
    super(
        problems.stream()
            .map(At::toString)
            .collect(Collectors.joining("\n  ", "refused:\n  ", "")));
    this.problems = problems;
  }

  static Refused of(String code, String path, String message, String advice) {
    return new Refused(ImmutableList.of(new At("", new Problem(code, -1, path, message, advice))));
  }

  /** {@code {"problems": [{code, place, resource, path, message, advice}]}}. */
  ObjectNode toJson() {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    ArrayNode all = json.putArray("problems");
    for (At at : problems) {
      all.addObject()
          .put("code", at.problem().code())
          .put("place", at.place())
          .put("resource", at.problem().resource())
          .put("path", at.problem().path())
          .put("message", at.problem().message())
          .put("advice", at.problem().advice());
    }
    return json;
  }
}
