package dev.weir.p4runtime.wire;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.weir.p4runtime.entry.Bits;
import java.math.BigInteger;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.BigRange;
import net.jqwik.api.constraints.IntRange;

class CanonicalBytesRoundTripTest {

  @Property(seed = "42")
  void writtenBytesAreTheShortestAndReadBack(
      @ForAll @BigRange(min = "0", max = "340282366920938463463374607431768211455")
          BigInteger value,
      @ForAll @IntRange(max = 3) int padding) {
    Bits bits = new Bits(value);
    ByteString bytes = CanonicalBytes.of(bits);
    assertThat(bytes.size()).isEqualTo(Math.max(1, (value.bitLength() + 7) / 8));
    assertThat(CanonicalBytes.isCanonical(bytes)).isTrue();
    assertThat(CanonicalBytes.read(bytes, 128, "value")).isEqualTo(bits);
    ByteString padded = ByteString.copyFrom(new byte[padding]).concat(bytes);
    assertThat(CanonicalBytes.read(padded, 128, "value")).isEqualTo(bits);
  }
}
