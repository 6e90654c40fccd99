package dev.weir.app.offline;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.weir.app.Failure;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Function;

/** JSON without duplicate members and without anything behind it. */
final class StrictJson {
  private static final ObjectMapper JSON =
      new ObjectMapper()
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION);

  private StrictJson() {}

  /**
   * Reads a file.
   *
   * @param refusal of what is no JSON, given why it is none
   * @throws Failure where the file cannot be read
   */
  static JsonNode read(Path file, Function<String, Refused> refusal) {
    try {
      return JSON.readTree(Files.readAllBytes(file));
    } catch (JsonProcessingException e) {
      throw refusal.apply(e.getOriginalMessage());
    } catch (IOException e) {
      throw new Failure(file + " cannot be read (" + e + ")", e);
    }
  }
}
