package dev.weir.compiler.resource;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.collect.ImmutableList;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.DumperOptions.ScalarStyle;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.error.Mark;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.events.AliasEvent;
import org.yaml.snakeyaml.events.Event;
import org.yaml.snakeyaml.events.MappingStartEvent;
import org.yaml.snakeyaml.events.NodeEvent;
import org.yaml.snakeyaml.events.ScalarEvent;
import org.yaml.snakeyaml.events.SequenceStartEvent;
import org.yaml.snakeyaml.parser.ParserImpl;
import org.yaml.snakeyaml.reader.StreamReader;

/**
 * YAML text as JSON trees, one for each document. Documents are cut apart at their markers before
 * any is parsed, so that a broken one leaves the others whole.
 */
final class YamlDocuments {
  /** Nodes that aliases may add to one document: manifests use few, and bombs millions. */
  private static final int ALIASED_NODES = 10_000;

  private static final int DEPTH = 64;

  /** A marker stands at a line's start, where no scalar may hold it (YAML 1.2.2, 9.1.2). */
  private static final Pattern START = Pattern.compile("---([ \\t].*)?");

  private static final Pattern END = Pattern.compile("\\.\\.\\.([ \\t].*)?");
  private static final Pattern BLANK = Pattern.compile("[ \\t]*(#.*)?|%YAML.*");

  private static final Pattern NULL = Pattern.compile("|~|null|Null|NULL");
  private static final Pattern TRUE = Pattern.compile("true|True|TRUE|yes|Yes|YES|on|On|ON");
  private static final Pattern FALSE = Pattern.compile("false|False|FALSE|no|No|NO|off|Off|OFF");
  private static final Pattern INTEGER = Pattern.compile("[-+]?(0|[1-9][0-9]{0,30})");
  private static final Pattern DECIMAL =
      Pattern.compile("[-+]?(\\.[0-9]+|[0-9]+(\\.[0-9]*)?)([eE][-+]?[0-9]{1,3})?");

  /** Octal, hexadecimal, base 60 and the like, which YAML's versions read differently. */
  private static final Pattern AMBIGUOUS =
      Pattern.compile(
          "[-+]?(0[0-9_]+|0[xX][0-9a-fA-F_]+|0o[0-7_]+|0b[01_]+|[0-9][0-9_]*_[0-9_]*"
              + "|[1-9][0-9_]*(:[0-5]?[0-9])+|\\.(inf|Inf|INF|nan|NaN|NAN))");

  private static final String STRING_TAG = "tag:yaml.org,2002:str";

  /**
   * One document.
   *
   * @param tree null where {@code problem} says why
   */
  record Document(int number, @Nullable JsonNode tree, @Nullable Problem problem) {}

  private record Chunk(int firstLine, String text) {}

  private static final class Refused extends RuntimeException {
    private static final long serialVersionUID = 1L;
    final Code code;
    final FieldPath path;
    final int line;
    final String advice;

    Refused(Code code, FieldPath path, @Nullable Mark mark, String message, String advice) {
      super(message);
      this.code = code;
      this.path = path;
      this.line = mark == null ? 0 : mark.getLine();
      this.advice = advice;
    }
  }

  private YamlDocuments() {}

  /** Reads every document that is not empty; numbers count empty ones too, as YAML does. */
  static ImmutableList<Document> read(String text) {
    ImmutableList.Builder<Document> documents = ImmutableList.builder();
    int number = 0;
    for (Chunk chunk : cut(text)) {
      Document document = read(chunk, number);
      if (document.problem() != null || document.tree() != null) {
        documents.add(document);
      }
      number++;
    }
    return documents.build();
  }

  private static List<Chunk> cut(String text) {
    List<Chunk> chunks = new ArrayList<>();
    StringBuilder current = new StringBuilder();
    boolean content = false;
    int line = 0;
    int first = 0;
    for (String each : text.split("\r\n|\r|\n", -1)) {
      boolean start = START.matcher(each).matches();
      boolean end = END.matcher(each).matches();
      if (start || end) {
        if (content) {
          chunks.add(new Chunk(first, current.toString()));
        }
        current.setLength(0);
        first = start ? line : line + 1;
        content = start;
      }
      if (!end) {
        current.append(each).append('\n');
        content |= !BLANK.matcher(each).matches();
      }
      line++;
    }
    if (content) {
      chunks.add(new Chunk(first, current.toString()));
    }
    return chunks;
  }

  private static Document read(Chunk chunk, int number) {
    try {
      JsonNode tree = new Composer(chunk.text()).document();
      return new Document(number, tree.isNull() ? null : tree, null);
    } catch (Refused e) {
      return new Document(
          number,
          null,
          new Problem(
              e.code,
              number,
              "",
              e.path.text(),
              "line " + (chunk.firstLine() + e.line + 1) + ": " + e.getMessage(),
              e.advice));
    } catch (MarkedYAMLException e) {
      Mark mark = e.getProblemMark();
      int line = chunk.firstLine() + (mark == null ? 0 : mark.getLine()) + 1;
      return broken(number, "line " + line + ": " + e.getProblem());
    } catch (YAMLException e) {
      return broken(
          number, "from line " + (chunk.firstLine() + 1) + ": " + String.valueOf(e.getMessage()));
    }
  }

  private static Document broken(int number, String message) {
    return new Document(
        number,
        null,
        new Problem(
            Code.BROKEN_YAML,
            number,
            "",
            "",
            "document " + (number + 1) + ", " + message.strip(),
            "correct the YAML there; indentation and unquoted special characters are usual causes"));
  }

  /** Builds one document's tree from its events. */
  private static final class Composer {
    private final ParserImpl parser;
    private final Map<String, JsonNode> anchors = new HashMap<>();
    private int aliased;

    Composer(String text) {
      LoaderOptions options = new LoaderOptions();
      options.setCodePointLimit(Integer.MAX_VALUE);
      options.setNestingDepthLimit(DEPTH);
      parser = new ParserImpl(new StreamReader(text), options);
    }

    JsonNode document() {
      parser.getEvent(); // the stream's start
      if (parser.checkEvent(Event.ID.StreamEnd)) {
        return JsonNodeFactory.instance.nullNode();
      }
      parser.getEvent(); // the document's start
      return node(FieldPath.ROOT, 0);
    }

    private JsonNode node(FieldPath path, int depth) {
      Event event = parser.getEvent();
      if (depth > DEPTH) {
        throw new Refused(
            Code.BROKEN_YAML,
            path,
            event.getStartMark(),
            "nested more than " + DEPTH + " deep",
            "flatten the document");
      }
      JsonNode node =
          switch (event) {
            case ScalarEvent scalar -> scalar(scalar, path);
            case SequenceStartEvent start -> sequence(start, path, depth);
            case MappingStartEvent start -> mapping(start, path, depth);
            case AliasEvent alias -> alias(alias, path);
            default -> throw new IllegalStateException("unexpected " + event);
          };
      if (event instanceof NodeEvent named
          && named.getAnchor() != null
          && !(event instanceof AliasEvent)) {
        anchors.put(named.getAnchor(), node);
      }
      return node;
    }

    private JsonNode sequence(SequenceStartEvent start, FieldPath path, int depth) {
      plainTag(start.getTag(), "tag:yaml.org,2002:seq", path, start);
      ArrayNode array = JsonNodeFactory.instance.arrayNode();
      while (!parser.checkEvent(Event.ID.SequenceEnd)) {
        array.add(node(path.item(array.size()), depth + 1));
      }
      parser.getEvent();
      return array;
    }

    private JsonNode mapping(MappingStartEvent start, FieldPath path, int depth) {
      plainTag(start.getTag(), "tag:yaml.org,2002:map", path, start);
      ObjectNode object = JsonNodeFactory.instance.objectNode();
      while (!parser.checkEvent(Event.ID.MappingEnd)) {
        Event event = parser.getEvent();
        if (!(event instanceof ScalarEvent key)) {
          throw new Refused(
              Code.BROKEN_YAML,
              path,
              event.getStartMark(),
              "a field's name is a list, a map or an alias",
              "write the name as plain text");
        }
        String name = key.getValue();
        if (key.isPlain() && name.equals("<<")) {
          throw new Refused(
              Code.BROKEN_YAML,
              path,
              key.getStartMark(),
              "merge keys (<<) are not read",
              "write the merged fields out");
        }
        JsonNode read = scalar(key, path);
        if (!read.isTextual() && !read.isIntegralNumber()) {
          throw new Refused(
              Code.AMBIGUOUS_VALUE,
              path,
              key.getStartMark(),
              "the field name " + name + " is read as " + kind(read),
              "quote it");
        }
        if (object.has(name)) {
          throw new Refused(
              Code.DUPLICATE_FIELD,
              path.field(name),
              key.getStartMark(),
              "the field stands twice",
              "keep one of them");
        }
        object.set(name, node(path.field(name), depth + 1));
      }
      parser.getEvent();
      return object;
    }

    private JsonNode alias(AliasEvent alias, FieldPath path) {
      JsonNode target = anchors.get(alias.getAnchor());
      if (target == null) {
        throw new Refused(
            Code.BROKEN_YAML,
            path,
            alias.getStartMark(),
            "the alias *" + alias.getAnchor() + " has no anchor before it",
            "write the value out");
      }
      aliased += size(target, ALIASED_NODES - aliased);
      if (aliased > ALIASED_NODES) {
        throw new Refused(
            Code.BROKEN_YAML,
            path,
            alias.getStartMark(),
            "aliases expand to more than " + ALIASED_NODES + " values",
            "write the values out");
      }
      return target.deepCopy();
    }

    /** How many nodes {@code node} has; counts no further than just past {@code enough}. */
    private static int size(JsonNode node, int enough) {
      int size = 1;
      for (JsonNode child : node) {
        if (size > enough) {
          break;
        }
        size += size(child, enough - size);
      }
      return size;
    }

    private static void plainTag(@Nullable String tag, String own, FieldPath path, Event event) {
      if (tag != null && !tag.equals("!") && !tag.equals(own)) {
        throw new Refused(
            Code.BROKEN_YAML, path, event.getStartMark(), "the tag " + tag, "leave tags out");
      }
    }

    private static JsonNode scalar(ScalarEvent event, FieldPath path) {
      String text = event.getValue();
      String tag = event.getTag();
      JsonNodeFactory json = JsonNodeFactory.instance;
      if (STRING_TAG.equals(tag)) {
        return json.textNode(text);
      }
      plainTag(tag, "!", path, event);
      if (event.getScalarStyle() != ScalarStyle.PLAIN || tag != null) {
        return json.textNode(text);
      }
      if (NULL.matcher(text).matches()) {
        return json.nullNode();
      }
      if (TRUE.matcher(text).matches()) {
        return json.booleanNode(true);
      }
      if (FALSE.matcher(text).matches()) {
        return json.booleanNode(false);
      }
      if (INTEGER.matcher(text).matches()) {
        java.math.BigInteger value = new java.math.BigInteger(text);
        return value.bitLength() < 32
            ? json.numberNode(value.intValue())
            : value.bitLength() < 64 ? json.numberNode(value.longValue()) : json.numberNode(value);
      }
      if (AMBIGUOUS.matcher(text).matches()) {
        throw new Refused(
            Code.AMBIGUOUS_VALUE,
            path,
            event.getStartMark(),
            text + " is a number to some readers of YAML and text to others",
            "quote it if it is text, else write it in decimal");
      }
      if (DECIMAL.matcher(text).matches()) {
        return json.numberNode(new java.math.BigDecimal(text));
      }
      return json.textNode(text);
    }
  }

  private static String kind(JsonNode node) {
    return node.getNodeType().name().toLowerCase(java.util.Locale.ROOT);
  }
}
