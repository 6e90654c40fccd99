package dev.weir.app.resource;

import com.fasterxml.jackson.databind.JsonNode;
import dev.weir.app.Failure;
import dev.weir.app.client.MeshClient;
import dev.weir.app.client.MeshClient.Answer;
import java.io.PrintWriter;
import java.util.Locale;

/** Sends documents to be applied or deleted, and shows the report. */
public final class Changes {
  private Changes() {}

  /**
   * Sends {@code documents} to {@code path}.
   *
   * @return the report
   * @throws Failure where the change is refused: every problem with its file
   */
  public static JsonNode send(MeshClient client, String path, Documents documents) {
    Answer answer = client.send("POST", path, "application/yaml", documents.body());
    if (answer.isSuccess()) {
      return answer.body();
    }
    throw new Failure(refusal(answer, documents));
  }

  private static String refusal(Answer answer, Documents documents) {
    JsonNode causes = answer.body().path("details").path("causes");
    StringBuilder text = new StringBuilder();
    for (JsonNode cause : causes) {
      int document = cause.path("document").asInt(0);
      text.append("\n  ");
      if (document > 0) {
        text.append(documents.place(document)).append(": ");
      }
      String field = cause.path("path").asText();
      text.append(field).append(field.isEmpty() ? "" : ": ");
      text.append(cause.path("message").asText());
      text.append(" [").append(cause.path("reason").asText()).append(']');
    }
    return text.isEmpty() ? MeshClient.sentence(answer) : "refused, nothing was changed:" + text;
  }

  /** A line for each document and one for each target that lacks the change. */
  public static void print(JsonNode report, PrintWriter out) {
    for (JsonNode document : report.path("documents")) {
      String namespace = document.path("namespace").asText();
      out.println(
          document.path("kind").asText().toLowerCase(Locale.ROOT)
              + "/"
              + (namespace.isEmpty() ? "" : namespace + "/")
              + document.path("name").asText()
              + " "
              + document.path("result").asText()
              + (report.path("dryRun").asBoolean() ? " (dry run)" : ""));
    }
    for (JsonNode target : report.path("targets")) {
      if (!target.path("inForce").asBoolean()) {
        out.println(
            "not in force on "
                + target.path("target").asText()
                + ": "
                + target.path("lacking").asText());
      }
    }
  }

  /** 0, or 1 where the change was waited for and is not in force. */
  public static int exitCode(JsonNode report, boolean waited) {
    return waited && !report.path("inForce").asBoolean() ? 1 : 0;
  }
}
