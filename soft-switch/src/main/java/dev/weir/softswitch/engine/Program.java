package dev.weir.softswitch.engine;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A loaded program with its state: tables, counters, registers, meters, value sets. Loading the
 * same document again gives fresh state.
 */
public final class Program {
  /** simple_switch accepts 2.x up to the minor version it knows; so do we. */
  private static final int MAJOR = 2;

  private static final int NEWEST_MINOR = 24;

  private static final ObjectMapper JSON =
      JsonMapper.builder()
          .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  /** Deep enough for expressions over long concatenations. */
  private static final int MAX_DEPTH = 2000;

  /** Some 10 KB for each level of {@link Limits#EXPRESSION_DEPTH}, with room to spare. */
  private static final long READER_STACK_BYTES = 64L << 20;

  static {
    JSON.getFactory()
        .setStreamReadConstraints(
            StreamReadConstraints.builder().maxNestingDepth(MAX_DEPTH).build());
  }

  /** A digest's name and the fields it carries. */
  public record DigestList(String name, int id, List<DigestField> fields) {}

  /** A field of a digest. */
  public static final class DigestField {
    private final String name;
    private final int width;
    final int at;

    DigestField(String name, int width, int at) {
      this.name = name;
      this.width = width;
      this.at = at;
    }

    public String name() {
      return name;
    }

    /** Bits. */
    public int width() {
      return width;
    }
  }

  final Parser parser;
  final @Nullable Node ingress;
  final @Nullable Node egress;
  final Deparser deparser;
  final StandardMetadata metadata;
  final int fieldWords;
  final int scratchWords;
  final int[] metadataValidity;

  /** First word and end of every metadata instance. */
  final int[][] metadataAreas;

  final Map<Integer, int[][]> fieldLists;
  final boolean oneAtATime;
  final @Nullable RowLocks rows;
  final ErrorCodes errors;
  private volatile InForce inForce;
  private final List<Table> tableList;
  private final Map<String, Table> tablesByName = new HashMap<>();
  private final Symbols symbols;
  private final Map<String, ActionProfile> profiles;
  private final Map<Integer, DigestList> digests;

  private Program(
      Parser parser,
      @Nullable Node ingress,
      @Nullable Node egress,
      Deparser deparser,
      StandardMetadata metadata,
      int scratchWords,
      Map<Integer, int[][]> fieldLists,
      ActionReader.Sharing sharing,
      ErrorCodes errors,
      PipelineReader pipelines,
      Symbols symbols,
      Map<Integer, DigestList> digests) {
    this.parser = parser;
    this.ingress = ingress;
    this.egress = egress;
    this.deparser = deparser;
    this.metadata = metadata;
    this.fieldWords = symbols.words();
    this.scratchWords = scratchWords;
    this.metadataValidity =
        symbols.headers.values().stream().filter(h -> h.metadata).mapToInt(h -> h.base).toArray();
    this.metadataAreas =
        symbols.headers.values().stream()
            .filter(h -> h.metadata)
            .map(h -> new int[] {h.base, h.base + h.type.words()})
            .toArray(int[][]::new);
    this.fieldLists = fieldLists;
    this.oneAtATime = sharing.oneAtATime();
    this.rows = sharing.rows();
    this.errors = errors;
    this.inForce = new InForce(pipelines.initial, symbols);
    this.tableList = List.copyOf(pipelines.tables);
    for (Table table : tableList) {
      tablesByName.put(table.name(), table);
    }
    this.symbols = symbols;
    this.profiles = Map.copyOf(pipelines.profiles);
    this.digests = digests;
  }

  /**
   * Compiles a BMv2 JSON document.
   *
   * @param dropPort the egress port that means drop; 511 in simple_switch
   * @param log takes what the program's {@code log_msg} says
   * @throws ProgramException when the document is malformed or uses what is not supported
   */
  public static Program load(byte[] json, int dropPort, LogSink log) {
    JsonNode tree;
    try {
      tree = JSON.readTree(json);
    } catch (JsonProcessingException e) {
      throw new ProgramException("$", "is no JSON: " + e.getOriginalMessage());
    } catch (java.io.IOException e) {
      throw new ProgramException("$", "cannot be read: " + e.getMessage());
    }
    if (tree == null || !tree.isObject()) {
      throw new ProgramException("$", "a JSON object is expected");
    }
    return onDeepStack(() -> read(new JsonAt(tree, "$"), dropPort, log));
  }

  /** Expressions are read recursively, so their depth must not depend on the caller's stack. */
  private static Program onDeepStack(Supplier<Program> reading) {
    FutureTask<Program> task = new FutureTask<>(reading::get);
    Thread thread = new Thread(null, task, "program-reader", READER_STACK_BYTES);
    thread.setDaemon(true);
    thread.start();
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return task.get();
        } catch (InterruptedException e) {
          interrupted = true;
        } catch (ExecutionException e) {
          if (e.getCause() instanceof RuntimeException problem) {
            throw problem;
          }
          throw new IllegalStateException(e.getCause());
        }
      }
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
  }

  private static Program read(JsonAt root, int dropPort, LogSink log) {
    checkVersion(root);
    DocumentShape.check(root);
    if (!root.each("extern_instances").isEmpty()) {
      throw root.at("extern_instances").at(0).problem("extern instances are not supported");
    }
    Symbols symbols = Symbols.read(root);
    readArrays(root, symbols);
    ErrorCodes errors = ErrorCodes.read(root);
    for (JsonAt json : root.each("calculations")) {
      Calculation calculation = Calculation.read(json, symbols);
      symbols.calculations.put(calculation.name, calculation);
    }
    Scratch scratch = new Scratch(symbols.words());
    ActionReader.declare(root, symbols);
    ActionReader actions = new ActionReader(symbols, scratch, dropPort, log);
    for (JsonAt json : root.each("actions")) {
      actions.read(json);
    }
    PipelineReader pipelines = new PipelineReader(symbols, scratch);
    Node ingress = pipelines.read(pipeline(root, "ingress"));
    Node egress = pipelines.read(pipeline(root, "egress"));
    List<Checksum> verified = new ArrayList<>();
    List<Checksum> updated = new ArrayList<>();
    readChecksums(root, symbols, scratch, verified, updated);
    JsonAt parserJson =
        ParserReader.named(root, "parsers", "parser")
            .orElseThrow(() -> root.problem("there is no parser called \"parser\""));
    Parser parser =
        new ParserReader(symbols, scratch, actions, errors)
            .read(parserJson, verified.toArray(Checksum[]::new));
    Deparser deparser = deparser(root, symbols, actions, updated);
    StandardMetadata metadata = StandardMetadata.of(root, symbols, dropPort);
    return new Program(
        parser,
        ingress,
        egress,
        deparser,
        metadata,
        scratch.words(),
        fieldLists(root, symbols),
        actions.share(root),
        errors,
        pipelines,
        symbols,
        digests(root, symbols));
  }

  private static void checkVersion(JsonAt root) {
    Optional<JsonAt> version = root.find("__meta__").flatMap(m -> m.find("version"));
    if (version.isEmpty()) {
      return;
    }
    int major = version.get().at(0).integer();
    int minor = version.get().at(1).integer();
    if (major != MAJOR || minor > NEWEST_MINOR) {
      throw version
          .get()
          .problem(
              "BMv2 JSON "
                  + major
                  + "."
                  + minor
                  + " is not supported; 2.0 to 2."
                  + NEWEST_MINOR
                  + " are");
    }
  }

  private static JsonAt pipeline(JsonAt root, String name) {
    return ParserReader.named(root, "pipelines", name)
        .orElseThrow(() -> root.problem("there is no pipeline called \"" + name + "\""));
  }

  private static void readArrays(JsonAt root, Symbols symbols) {
    StateBudget budget = new StateBudget();
    for (JsonAt json : root.each("register_arrays")) {
      String name = json.at("name").text();
      int width = json.at("bitwidth").integer(1, Limits.VALUE_BITS);
      int size = json.at("size").integer(0);
      budget.take(json.at("size"), size, 8L * Words.forBits(width));
      symbols.registers.put(name, new Registers(name, json.at("id").integer(), size, width));
    }
    for (JsonAt json : root.each("counter_arrays")) {
      if (!json.at("is_direct").bool()) {
        String name = json.at("name").text();
        int size = json.at("size").integer(0);
        budget.take(json.at("size"), size, 16);
        symbols.counters.put(name, new Counters(name, symbols.counters.size(), size));
      }
    }
    for (JsonAt json : root.each("meter_arrays")) {
      String name = json.at("name").text();
      if (json.at("rate_count").integer() != 2) {
        throw json.at("rate_count").problem("only meters of two rates are supported");
      }
      boolean direct = json.at("is_direct").bool();
      boolean bytes =
          switch (json.at("type").text()) {
            case "bytes" -> true;
            case "packets" -> false;
            default -> throw json.at("type").problem("\"bytes\" or \"packets\" is expected");
          };
      int size = direct ? 0 : json.at("size").integer(0);
      budget.take(json, size, Meter.BYTES);
      symbols.meters.put(name, new Meters(name, symbols.meters.size(), size, bytes));
      if (direct) {
        symbols.meterTargets.put(name, symbols.field(json.at("result_target")));
      }
    }
    for (JsonAt json : root.each("parse_vsets")) {
      String name = json.at("name").text();
      symbols.valueSets.put(
          name,
          new ValueSet(name, symbols.valueSets.size(), json.at("compressed_bitwidth").integer(1)));
    }
  }

  private static void readChecksums(
      JsonAt root,
      Symbols symbols,
      Scratch scratch,
      List<Checksum> verified,
      List<Checksum> updated) {
    for (JsonAt json : root.each("checksums")) {
      String type = json.at("type").text();
      if (!type.equals("generic")) {
        throw json.at("type").problem("checksums of type \"" + type + "\" are not supported");
      }
      scratch.nextStatement();
      BoolExpr condition =
          json.find("if_cond")
              .map(c -> new Lowering(scratch).bool(c, new ExprReader(symbols, List.of()).bool(c)))
              .orElse(null);
      Checksum checksum =
          new Checksum(
              json.at("name").text(),
              symbols.field(json.at("target")),
              Symbols.named(symbols.calculations, json.at("calculation"), "calculation"),
              condition);
      if (json.find("verify").map(JsonAt::bool).orElse(true)) {
        verified.add(checksum);
      }
      if (json.find("update").map(JsonAt::bool).orElse(true)) {
        updated.add(checksum);
      }
    }
  }

  private static Deparser deparser(
      JsonAt root, Symbols symbols, ActionReader actions, List<Checksum> updated) {
    JsonAt json =
        ParserReader.named(root, "deparsers", "deparser")
            .orElseThrow(() -> root.problem("there is no deparser called \"deparser\""));
    Header[] order = json.each("order").stream().map(symbols::header).toArray(Header[]::new);
    ActionProgram.Step[] steps =
        json.each("primitives").stream().map(actions::lonely).toArray(ActionProgram.Step[]::new);
    return new Deparser(order, updated.toArray(Checksum[]::new), steps);
  }

  /** For each list id: where its fields lie, as pairs of first word and words. */
  private static Map<Integer, int[][]> fieldLists(JsonAt root, Symbols symbols) {
    Map<Integer, int[][]> lists = new HashMap<>();
    for (JsonAt json : root.each("field_lists")) {
      List<int[]> fields = new ArrayList<>();
      for (JsonAt element : json.each("elements")) {
        if (!element.at("type").text().equals("field")) {
          throw element.at("type").problem("only fields are kept over a clone or resubmission");
        }
        Symbols.FieldAt f = symbols.field(element.at("value"));
        fields.add(new int[] {f.at(), f.field().words()});
      }
      lists.put(json.at("id").integer(), fields.toArray(int[][]::new));
    }
    return lists;
  }

  private static Map<Integer, DigestList> digests(JsonAt root, Symbols symbols) {
    Map<Integer, DigestList> lists = new LinkedHashMap<>();
    for (JsonAt json : root.each("learn_lists")) {
      List<DigestField> fields = new ArrayList<>();
      for (JsonAt element : json.each("elements")) {
        if (!element.at("type").text().equals("field")) {
          throw element.at("type").problem("only fields can be in a digest");
        }
        Symbols.FieldAt f = symbols.field(element.at("value"));
        fields.add(new DigestField(f.field().name(), f.field().width(), f.at()));
      }
      int id = json.at("id").integer();
      lists.put(id, new DigestList(json.at("name").text(), id, List.copyOf(fields)));
    }
    return lists;
  }

  /** All tables, in the order of the document. */
  public List<Table> tables() {
    return tableList;
  }

  public @Nullable Table table(String name) {
    return tablesByName.get(name);
  }

  /** What packets meet now. */
  public InForce inForce() {
    return inForce;
  }

  /** Packets from now on meet this. */
  public void putInForce(InForce.Draft draft) {
    inForce = draft.finished();
  }

  public @Nullable ActionProfile profile(String name) {
    return profiles.get(name);
  }

  public @Nullable Counters counters(String name) {
    Counters found = symbols.counters.get(name);
    return found == null ? null : inForce.counters(found.index());
  }

  public @Nullable Meters meters(String name) {
    Meters found = symbols.meters.get(name);
    return found == null ? null : inForce.meters(found.index());
  }

  public @Nullable ValueSet valueSet(String name) {
    ValueSet found = symbols.valueSets.get(name);
    return found == null ? null : inForce.valueSet(found.index());
  }

  /** Cells of a register array, or -1 where there is none of this name. */
  public int registerSize(String name) {
    Registers r = symbols.registers.get(name);
    return r == null ? -1 : r.size();
  }

  /** Bits of a register cell. */
  public int registerWidth(String name) {
    return named(name).width();
  }

  public BigInteger register(String name, int index) {
    return named(name).get(index);
  }

  public void setRegister(String name, int index, BigInteger value) {
    Registers r = named(name);
    if (value.signum() < 0 || value.bitLength() > r.width()) {
      throw new IllegalArgumentException("register " + name + " has " + r.width() + " bits");
    }
    r.set(index, value);
  }

  private Registers named(String name) {
    Registers r = symbols.registers.get(name);
    if (r == null) {
      throw new IllegalArgumentException("there is no register array " + name);
    }
    return r;
  }

  public Map<Integer, DigestList> digests() {
    return digests;
  }

  PacketState newPacket(int maxFrame, InForce meets) {
    return new PacketState(fieldWords, scratchWords, metadataValidity, maxFrame, meets);
  }
}
