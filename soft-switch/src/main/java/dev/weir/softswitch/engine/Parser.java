package dev.weir.softswitch.engine;

import java.math.BigInteger;
import org.jspecify.annotations.Nullable;

/** The parser: states, what each does, and where it goes next. */
final class Parser {
  /** An operation of a state: {@link #FINE}, or the error it raises. */
  @FunctionalInterface
  interface Step {
    int run(PacketState s);
  }

  static final int FINE = -1;

  /** More states than this for one packet can only be a loop without progress. */
  static final int MAX_STATES = 1 << 14;

  /** A case of a select: where to go when the key agrees; next null is the end of parsing. */
  sealed interface Case {}

  /** The key (padded to bytes per field) under a mask; all arrays as long as the key in words. */
  record ValueCase(long[] value, long[] mask, int next) implements Case {}

  record SetCase(int set, @Nullable BigInteger mask, int next) implements Case {}

  /** A part of a select key. */
  sealed interface KeyPart {
    int width();
  }

  record FieldPart(HeaderExpr header, int at, int width) implements KeyPart {}

  record LookaheadPart(int offset, int width) implements KeyPart {}

  static final int END = -1;

  /**
   * A state.
   *
   * @param keyAt scratch for the key
   * @param keyWords its length
   */
  record State(
      String name,
      Step[] steps,
      KeyPart[] key,
      int keyAt,
      int keyWords,
      Case[] cases,
      int otherwise,
      @Nullable SourceInfo source) {}

  private final State[] states;
  private final int first;
  private final Checksum[] verified;
  private final int noError;
  private final int packetTooShort;

  Parser(State[] states, int first, Checksum[] verified, int noError, int packetTooShort) {
    this.states = states;
    this.first = first;
    this.verified = verified;
    this.noError = noError;
    this.packetTooShort = packetTooShort;
  }

  /** Parses; leaves the cursor at the payload, and error and checksum verdict in the packet. */
  void parse(PacketState s) {
    s.parserError = noError;
    s.checksumError = false;
    s.cursor = s.start;
    int at = first;
    int visited = 0;
    while (at != END) {
      State state = states[at];
      if (s.trace != null) {
        s.trace.parserState(state.name());
      }
      if (++visited > MAX_STATES) {
        s.dropCause = "parser loop without end at state " + state.name();
        return;
      }
      int error = FINE;
      for (Step step : state.steps) {
        error = step.run(s);
        if (error != FINE) {
          break;
        }
      }
      if (error == FINE) {
        error = select(s, state);
        at = s.parserNext;
      }
      if (error != FINE) {
        s.parserError = error;
        break;
      }
    }
    for (Checksum checksum : verified) {
      if (!checksum.verify(s)) {
        s.checksumError = true;
      }
    }
  }

  private int select(PacketState s, State state) {
    if (state.cases.length == 0) {
      s.parserNext = state.otherwise;
      return FINE;
    }
    long[] w = s.words;
    int keyAt = state.keyAt;
    if (state.keyWords == 1) {
      long key = 0;
      for (KeyPart part : state.key) {
        int padded = part.width() + 7 & ~7;
        long value;
        switch (part) {
          case FieldPart f -> value = w[f.header.eval(s)[0].base + f.at];
          case LookaheadPart l -> {
            if (s.cursor * 8 + l.offset + l.width > s.end * 8) {
              return packetTooShort;
            }
            value = Words.readBits(s.data, s.cursor * 8 + l.offset, l.width);
          }
        }
        key = padded == 64 ? value : key << padded | value;
      }
      w[keyAt] = key;
    } else {
      int error = wideKey(s, state);
      if (error != FINE) {
        return error;
      }
    }
    for (Case c : state.cases) {
      switch (c) {
        case ValueCase v -> {
          boolean agrees = true;
          for (int i = 0; i < v.value.length; i++) {
            if ((w[keyAt + i] & v.mask[i]) != v.value[i]) {
              agrees = false;
              break;
            }
          }
          if (agrees) {
            s.parserNext = v.next;
            return FINE;
          }
        }
        case SetCase v -> {
          if (s.inForce.valueSets[v.set].contains(unpadded(s, state), v.mask)) {
            s.parserNext = v.next;
            return FINE;
          }
        }
      }
    }
    s.parserNext = state.otherwise;
    return FINE;
  }

  private int wideKey(PacketState s, State state) {
    long[] w = s.words;
    int bits = 0;
    for (KeyPart part : state.key) {
      bits += part.width() + 7 & ~7;
    }
    for (int i = 0; i < state.keyWords; i++) {
      w[state.keyAt + i] = 0;
    }
    for (KeyPart part : state.key) {
      bits -= part.width() + 7 & ~7;
      int left = part.width();
      for (int i = 0; left > 0; i++) {
        int take = Math.min(64, left);
        long value;
        switch (part) {
          case FieldPart f -> value = w[f.header.eval(s)[0].base + f.at + i];
          case LookaheadPart l -> {
            if (s.cursor * 8 + l.offset + l.width > s.end * 8) {
              return packetTooShort;
            }
            value = Words.readBits(s.data, s.cursor * 8 + l.offset + left - take, take);
          }
        }
        int to = bits + 64 * i;
        w[state.keyAt + (to >>> 6)] |= value << (to & 63);
        if ((to & 63) + take > 64) {
          w[state.keyAt + (to >>> 6) + 1] |= value >>> (64 - (to & 63));
        }
        left -= take;
      }
    }
    return FINE;
  }

  private static BigInteger unpadded(PacketState s, State state) {
    BigInteger padded = Words.get(s.words, state.keyAt, state.keyWords, true);
    return compact(padded, state.key);
  }

  /** Takes the padding between the fields of a key away. */
  static BigInteger compact(BigInteger padded, KeyPart[] key) {
    BigInteger packed = BigInteger.ZERO;
    int bits = 0;
    for (KeyPart part : key) {
      bits += part.width() + 7 & ~7;
    }
    for (KeyPart part : key) {
      bits -= part.width() + 7 & ~7;
      BigInteger all = BigInteger.ONE.shiftLeft(part.width()).subtract(BigInteger.ONE);
      packed = packed.shiftLeft(part.width()).or(padded.shiftRight(bits).and(all));
    }
    return packed;
  }
}
