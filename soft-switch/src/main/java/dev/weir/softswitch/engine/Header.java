package dev.weir.softswitch.engine;

import dev.weir.softswitch.engine.HeaderType.FieldSpec;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** One header or metadata instance: a type at a base in a packet's words. */
final class Header {
  final String name;
  final HeaderType type;
  final boolean metadata;
  final int base;
  private final int[] widths;
  private final int[] ats;
  private final boolean plain;

  /** This header as an array of one. */
  final Header[] alone = {this};

  /** The union this header is a member of: making it valid makes the others invalid. */
  @Nullable Union union;

  Header(String name, HeaderType type, boolean metadata, int base) {
    this.name = name;
    this.type = type;
    this.metadata = metadata;
    this.base = base;
    this.widths = type.fields().stream().mapToInt(FieldSpec::width).toArray();
    this.ats = type.fields().stream().mapToInt(f -> base + f.at()).toArray();
    this.plain = type.varbit() < 0;
  }

  boolean isValid(long[] w) {
    return w[base] != 0;
  }

  void setValid(long[] w) {
    Union of = union;
    if (of != null) {
      for (Header member : of.members) {
        w[member.base] = 0;
      }
    }
    w[base] = 1;
  }

  void setInvalid(long[] w) {
    w[base] = 0;
  }

  void clear(long[] w) {
    Arrays.fill(w, base, base + type.words(), 0);
  }

  /** Everything of {@code from}, validity included. */
  void copy(long[] w, Header from) {
    if (from.isValid(w)) {
      System.arraycopy(w, from.base + 1, w, base + 1, type.words() - 1);
      setValid(w);
    } else {
      setInvalid(w);
    }
  }

  static void swap(long[] w, Header a, Header b) {
    for (int i = 0; i < a.type.words(); i++) {
      long x = w[a.base + i];
      w[a.base + i] = w[b.base + i];
      w[b.base + i] = x;
    }
  }

  /** Both valid and every field equal (simple_switch finds two invalid headers unequal). */
  static boolean equal(long[] w, Header a, Header b) {
    return a.type == b.type
        && a.isValid(w)
        && b.isValid(w)
        && Arrays.equals(
            w, a.base + 1, a.base + a.type.words(), w, b.base + 1, b.base + b.type.words());
  }

  /** Packet bytes as it stands, whether valid or not. */
  int bytes(long[] w) {
    return plain
        ? type.fixedBits() >>> 3
        : (type.fixedBits() + (int) w[base + type.fields().get(type.varbit()).lengthAt()]) >>> 3;
  }

  /** Reads all fields; {@code varyingBits} is the width of the variable one, if there is one. */
  void extract(byte[] data, int byteAt, long[] w, int varyingBits) {
    int bit = byteAt << 3;
    for (int i = 0; i < widths.length; i++) {
      int width = widths[i];
      int at = ats[i];
      if (width <= 64 && plain) {
        w[at] = Words.readBits(data, bit, width);
      } else {
        FieldSpec field = type.fields().get(i);
        if (field.varying()) {
          width = varyingBits;
          w[base + field.lengthAt()] = varyingBits;
        }
        Words.readField(data, bit, width, w, at, field.words());
      }
      bit += width;
    }
    setValid(w);
  }

  /** Writes all fields at a byte position and returns the position after them. */
  int deparse(long[] w, byte[] data, int byteAt) {
    int bit = byteAt << 3;
    for (int i = 0; i < widths.length; i++) {
      int width = widths[i];
      int at = ats[i];
      if (width <= 64 && plain) {
        Words.writeBits(data, bit, width, w[at]);
      } else {
        FieldSpec field = type.fields().get(i);
        if (field.varying()) {
          width = (int) w[base + field.lengthAt()];
        }
        Words.writeField(data, bit, width, w, at);
      }
      bit += width;
    }
    return bit >>> 3;
  }

  @Override
  public String toString() {
    return name;
  }

  /** A header union: at most one member is valid. */
  static final class Union {
    final String name;
    final Header[] members;

    Union(String name, Header[] members) {
      this.name = name;
      this.members = members;
      for (Header member : members) {
        member.union = this;
      }
    }

    boolean isValid(long[] w) {
      for (Header member : members) {
        if (member.isValid(w)) {
          return true;
        }
      }
      return false;
    }

    void setInvalid(long[] w) {
      for (Header member : members) {
        member.setInvalid(w);
      }
    }
  }

  /**
   * A header stack, or a stack of unions (then each element has several headers). The count of
   * elements in use is a word of its own. Reading or writing past the end meets {@code beyond}, an
   * element of no consequence, as P4 leaves such a value undefined.
   */
  static final class Stack {
    final String name;
    final Header[][] elements;
    final Header[] beyond;
    final int countAt;
    final Union @Nullable [] unions;

    Stack(
        String name, Header[][] elements, Header[] beyond, int countAt, Union @Nullable [] unions) {
      this.name = name;
      this.elements = elements;
      this.beyond = beyond;
      this.countAt = countAt;
      this.unions = unions;
    }

    Header[] element(long index) {
      return index >= 0 && index < elements.length ? elements[(int) index] : beyond;
    }

    Header[] last(long[] w) {
      return element(w[countAt] - 1);
    }

    /** Shifts elements towards higher indices; the first {@code count} become invalid. */
    void pushFront(long[] w, long count) {
      if (count <= 0) {
        return;
      }
      int size = elements.length;
      int shift = (int) Math.min(count, size);
      w[countAt] = Math.min(size, w[countAt] + shift);
      for (int i = size - 1; i >= shift; i--) {
        swapElements(w, i, i - shift);
      }
      for (int i = 0; i < shift; i++) {
        invalidate(w, i);
      }
    }

    /** Shifts elements towards lower indices; the last {@code count} become invalid. */
    void popFront(long[] w, long count) {
      if (count <= 0) {
        return;
      }
      int size = elements.length;
      int shift = (int) Math.min(count, size);
      w[countAt] = Math.max(0, w[countAt] - shift);
      for (int i = 0; i < size - shift; i++) {
        swapElements(w, i, i + shift);
      }
      for (int i = size - shift; i < size; i++) {
        invalidate(w, i);
      }
    }

    private void swapElements(long[] w, int a, int b) {
      for (int m = 0; m < elements[a].length; m++) {
        swap(w, elements[a][m], elements[b][m]);
      }
    }

    private void invalidate(long[] w, int index) {
      for (Header member : elements[index]) {
        member.setInvalid(w);
      }
    }

    void copy(long[] w, Stack from) {
      w[countAt] = w[from.countAt];
      for (int i = 0; i < elements.length; i++) {
        copyMembers(w, elements[i], from.elements[i]);
      }
    }
  }

  /** Copies all members of one union element to another. */
  static void copyMembers(long[] w, Header[] to, Header[] from) {
    for (Header member : to) {
      member.setInvalid(w);
    }
    for (int m = 0; m < to.length; m++) {
      if (from[m].isValid(w)) {
        to[m].copy(w, from[m]);
      }
    }
  }
}
