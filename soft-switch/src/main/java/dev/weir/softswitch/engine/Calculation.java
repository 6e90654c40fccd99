package dev.weir.softswitch.engine;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A named calculation: its inputs laid out bit after bit (fields of invalid headers left out), then
 * hashed.
 */
final class Calculation {
  /** Enough for every program we know; longer inputs (with payload) make a bigger buffer. */
  private static final int USUAL_BYTES = 512;

  private static final ThreadLocal<byte[][]> BUFFER =
      ThreadLocal.withInitial(() -> new byte[][] {new byte[USUAL_BYTES + Words.SLACK]});

  private sealed interface Input {}

  private record OfField(Symbols.FieldAt field) implements Input {}

  private record OfConstant(long[] words, int bits) implements Input {}

  private record OfHeader(Header header) implements Input {}

  final String name;
  private final HashAlgorithm algorithm;
  private final Input[] inputs;
  private final boolean withPayload;

  private Calculation(String name, HashAlgorithm algorithm, Input[] inputs, boolean withPayload) {
    this.name = name;
    this.algorithm = algorithm;
    this.inputs = inputs;
    this.withPayload = withPayload;
  }

  static Calculation read(JsonAt json, Symbols symbols) {
    return read(json, json.at("name").text(), symbols);
  }

  /**
   * A calculation or the selector of an action profile: both have {@code algo} and {@code input}.
   */
  static Calculation read(JsonAt json, String name, Symbols symbols) {
    String algo = json.at("algo").text();
    HashAlgorithm algorithm = HashAlgorithm.named(algo);
    if (algorithm == null) {
      throw json.at("algo").problem("hash algorithm \"" + algo + "\" is not supported");
    }
    List<Input> inputs = new ArrayList<>();
    boolean withPayload = false;
    for (JsonAt input : json.each("input")) {
      String type = input.at("type").text();
      switch (type) {
        case "field" -> inputs.add(new OfField(symbols.field(input.at("value"))));
        case "header" -> inputs.add(new OfHeader(symbols.header(input.at("value"))));
        case "hexstr" -> {
          int bits = input.at("bitwidth").integer(1, Limits.VALUE_BITS);
          long[] words = new long[Words.forBits(bits)];
          BigInteger value = input.at("value").hex();
          Words.put(words, 0, words.length, value);
          inputs.add(new OfConstant(words, bits));
        }
        case "payload" -> withPayload = true;
        default -> throw input.at("type").problem("inputs of type \"" + type + "\" not supported");
      }
    }
    return new Calculation(name, algorithm, inputs.toArray(Input[]::new), withPayload);
  }

  long output(PacketState s) {
    byte[][] holder = BUFFER.get();
    int bits = 0;
    long[] w = s.words;
    for (Input input : inputs) {
      switch (input) {
        case OfField f -> {
          Symbols.FieldAt at = f.field();
          if (at.header().isValid(w) || at.field().hidden()) {
            int width =
                at.field().varying()
                    ? (int) w[at.header().base + at.field().lengthAt()]
                    : at.field().width();
            byte[] buffer = room(holder, bits + width);
            zeroTail(buffer, bits, width);
            Words.writeField(buffer, bits, width, w, at.at());
            bits += width;
          }
        }
        case OfConstant c -> {
          byte[] buffer = room(holder, bits + c.bits());
          zeroTail(buffer, bits, c.bits());
          Words.writeField(buffer, bits, c.bits(), c.words(), 0);
          bits += c.bits();
        }
        case OfHeader h -> {
          if (h.header().isValid(w)) {
            int width = h.header().bytes(w) * 8;
            byte[] buffer = room(holder, bits + width);
            zeroTail(buffer, bits, width);
            h.header().deparse(w, buffer, bits >>> 3);
            bits += width;
          }
        }
      }
    }
    int length = (bits + 7) >>> 3;
    if (withPayload) {
      int payload = s.payloadLength();
      byte[] buffer = room(holder, (length + payload) * 8);
      System.arraycopy(s.data, s.cursor, buffer, length, payload);
      length += payload;
    }
    return algorithm.of(holder[0], length);
  }

  /** A buffer in use holds what it held before; bits that nobody writes must be zero. */
  private static void zeroTail(byte[] buffer, int bits, int width) {
    int from = (bits + 7) >>> 3;
    Arrays.fill(buffer, from, ((bits + width + 7) >>> 3) + 1, (byte) 0);
  }

  private static byte[] room(byte[][] holder, int bits) {
    int bytes = ((bits + 7) >>> 3) + Words.SLACK;
    if (holder[0].length < bytes) {
      holder[0] = Arrays.copyOf(holder[0], Math.max(bytes, holder[0].length * 2));
    }
    return holder[0];
  }
}
