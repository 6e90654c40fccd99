package dev.weir.compiler.allocation;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.ImmutableSortedSet;
import java.util.function.Function;

/**
 * Which bits, parts and listener ports stand for what. A compile reads the last one and returns the
 * next, so that what stays the same keeps its place.
 *
 * @param books code books by side, {@code source} and {@code destination}
 * @param parts residual classes' parts by layer, then by class name
 * @param slots endpoint ports' listener slots by sidecar, then by {@code namespace/name:port}. A
 *     slot's first listener port is 10000 + 64 × slot
 * @param listeners by sidecar, then by target: the offsets from the first port that have had a
 *     listener, and may still have connections there
 * @param spilled by layer: the resources that went to sidecars for want of table space
 */
public record Allocation(
    ImmutableSortedMap<String, Book> books,
    ImmutableSortedMap<String, ImmutableSortedMap<String, Integer>> parts,
    ImmutableSortedMap<String, ImmutableSortedMap<String, Integer>> slots,
    ImmutableSortedMap<String, ImmutableSortedMap<String, ImmutableSortedSet<Integer>>> listeners,
    ImmutableSortedMap<String, ImmutableSortedSet<String>> spilled) {

  public static final Allocation EMPTY =
      new Allocation(
          ImmutableSortedMap.of(),
          ImmutableSortedMap.of(),
          ImmutableSortedMap.of(),
          ImmutableSortedMap.of(),
          ImmutableSortedMap.of());

  /**
   * The same without what is kept only for connections that are still open from earlier placements.
   * To be called when those have ended: the next compile drops their listeners.
   */
  public Allocation released() {
    return new Allocation(books, parts, slots, ImmutableSortedMap.of(), spilled);
  }

  /** One side's columns, by what each key is called. */
  public record Book(ImmutableSortedMap<String, Column> columns) {
    public static final Book EMPTY = new Book(ImmutableSortedMap.of());
  }

  /**
   * One column.
   *
   * @param bits positions in the code, most significant first
   * @param presence whether the first bit says that the key is present; the others hold numbers
   * @param numbers of the named values; for blocks, the blocks, with number 0
   */
  public record Column(
      ImmutableList<Integer> bits, boolean presence, ImmutableSortedMap<String, Integer> numbers) {
    public Column {
      if (presence && bits.isEmpty()) {
        throw new IllegalArgumentException("a column without bits has none for presence");
      }
    }
  }

  /** The book of a side, empty where there is none yet. */
  public Book book(String side) {
    return books.getOrDefault(side, Book.EMPTY);
  }

  public ObjectNode toJson() {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    ObjectNode booksJson = json.putObject("books");
    books.forEach(
        (side, book) -> {
          ObjectNode bookJson = booksJson.putObject(side);
          book.columns()
              .forEach(
                  (key, column) -> {
                    ObjectNode columnJson = bookJson.putObject(key);
                    column.bits().forEach(columnJson.putArray("bits")::add);
                    columnJson.put("presence", column.presence());
                    column.numbers().forEach(columnJson.putObject("numbers")::put);
                  });
        });
    write(json.putObject("parts"), parts);
    write(json.putObject("slots"), slots);
    ObjectNode listenersJson = json.putObject("listeners");
    listeners.forEach(
        (sidecar, targets) -> {
          ObjectNode targetsJson = listenersJson.putObject(sidecar);
          targets.forEach((target, offsets) -> offsets.forEach(targetsJson.putArray(target)::add));
        });
    ObjectNode spilledJson = json.putObject("spilled");
    spilled.forEach((layer, resources) -> resources.forEach(spilledJson.putArray(layer)::add));
    return json;
  }

  private static void write(
      ObjectNode json, ImmutableSortedMap<String, ImmutableSortedMap<String, Integer>> numbers) {
    numbers.forEach((name, inner) -> inner.forEach(json.putObject(name)::put));
  }

  /**
   * Reads what {@link #toJson} wrote.
   *
   * @throws IllegalArgumentException if {@code json} has another shape
   */
  public static Allocation fromJson(JsonNode json) {
    return new Allocation(
        fields(json, "books", book -> new Book(fields(book, Allocation::column))),
        fields(json, "parts", inner -> fields(inner, Allocation::number)),
        fields(json, "slots", inner -> fields(inner, Allocation::number)),
        fields(json, "listeners", inner -> fields(inner, Allocation::offsets)),
        // Absent from what was written before spilling was remembered.
        json.has("spilled") ? fields(json, "spilled", Allocation::names) : ImmutableSortedMap.of());
  }

  private static ImmutableSortedSet<Integer> offsets(JsonNode json) {
    ImmutableSortedSet.Builder<Integer> offsets = ImmutableSortedSet.naturalOrder();
    for (JsonNode offset : json) {
      offsets.add(number(offset));
    }
    return offsets.build();
  }

  private static ImmutableSortedSet<String> names(JsonNode json) {
    ImmutableSortedSet.Builder<String> names = ImmutableSortedSet.naturalOrder();
    for (JsonNode name : json) {
      if (!name.isTextual()) {
        throw new IllegalArgumentException("allocation holds '" + name + "' where a name belongs");
      }
      names.add(name.textValue());
    }
    return names.build();
  }

  private static Column column(JsonNode json) {
    ImmutableList.Builder<Integer> bits = ImmutableList.builder();
    for (JsonNode bit : json.path("bits")) {
      bits.add(number(bit));
    }
    ImmutableList<Integer> positions = bits.build();
    return new Column(
        positions,
        // Every column had that bit before some did without.
        json.path("presence").asBoolean(!positions.isEmpty()),
        fields(json, "numbers", Allocation::number));
  }

  private static int number(JsonNode json) {
    if (!json.isInt() || json.intValue() < 0) {
      throw new IllegalArgumentException("allocation holds '" + json + "' where a number belongs");
    }
    return json.intValue();
  }

  private static <T> ImmutableSortedMap<String, T> fields(
      JsonNode json, String name, Function<JsonNode, T> read) {
    return fields(json.path(name), read);
  }

  private static <T> ImmutableSortedMap<String, T> fields(
      JsonNode json, Function<JsonNode, T> read) {
    if (!json.isObject()) {
      throw new IllegalArgumentException("allocation holds '" + json + "' where an object belongs");
    }
    ImmutableSortedMap.Builder<String, T> builder = ImmutableSortedMap.naturalOrder();
    json.properties().forEach(e -> builder.put(e.getKey(), read.apply(e.getValue())));
    return builder.buildOrThrow();
  }
}
