package dev.weir.softswitch.engine;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A parser value set: members that the control plane changes while packets are parsed. */
public final class ValueSet {
  private final String name;
  private final int index;
  private final int bitwidth;
  private volatile List<Member> members;

  /**
   * One member: the select key, all fields one after the other without padding, under a mask.
   *
   * @param matches what the control plane gave, to be read back
   */
  public record Member(BigInteger value, BigInteger mask, List<@Nullable FieldMatch> matches) {}

  ValueSet(String name, int index, int bitwidth) {
    this(name, index, bitwidth, List.of());
  }

  private ValueSet(String name, int index, int bitwidth, List<Member> members) {
    this.name = name;
    this.index = index;
    this.bitwidth = bitwidth;
    this.members = members;
  }

  /** Another with the same members, to be changed before it is put in force. */
  ValueSet copy() {
    return new ValueSet(name, index, bitwidth, members);
  }

  public String name() {
    return name;
  }

  /** Its place among the program's value sets. */
  public int index() {
    return index;
  }

  /** Bits of the select key, without padding. */
  public int bitwidth() {
    return bitwidth;
  }

  public List<Member> members() {
    return members;
  }

  /** Replaces the members. */
  public void set(List<Member> to) {
    members = List.copyOf(to);
  }

  /** Whether the key (unpadded, under a static mask) is a member. */
  boolean contains(BigInteger key, @Nullable BigInteger staticMask) {
    for (Member member : members) {
      BigInteger mask = staticMask == null ? member.mask() : member.mask().and(staticMask);
      if (key.and(mask).equals(member.value().and(mask))) {
        return true;
      }
    }
    return false;
  }

  /** Packs a value for each field into one key. */
  static BigInteger pack(List<BigInteger> values, List<Integer> widths) {
    BigInteger packed = BigInteger.ZERO;
    for (int i = 0; i < values.size(); i++) {
      packed = packed.shiftLeft(widths.get(i)).or(values.get(i));
    }
    return packed;
  }

  /** For tests and traces. */
  List<BigInteger> values() {
    List<BigInteger> values = new ArrayList<>();
    members.forEach(m -> values.add(m.value()));
    return values;
  }
}
