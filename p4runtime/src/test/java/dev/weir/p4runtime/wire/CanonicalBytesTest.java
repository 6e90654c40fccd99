package dev.weir.p4runtime.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.google.protobuf.ByteString;
import dev.weir.p4runtime.RefusalCode;
import dev.weir.p4runtime.RefusedException;
import dev.weir.p4runtime.entry.Bits;
import java.math.BigInteger;
import java.util.HexFormat;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The tables of P4Runtime 1.5 §8.4, and what they stand for. */
class CanonicalBytesTest {

  @ParameterizedTest
  @CsvSource({
    "8, 99, 63, true",
    "16, 99, 0063, false",
    "16, 99, 63, true",
    "16, 12388, 3064, true",
    "16, 12388, 003064, false",
    "12, 99, 0063, false",
    "12, 99, 63, true",
    "12, 99, 000063, false",
    "16, 0, 00, true",
    "16, 0, 0000, false",
    "8, 255, ff, true"
  })
  void unsignedExamples(int width, long value, String hex, boolean canonical) {
    ByteString bytes = bytes(hex);
    assertThat(CanonicalBytes.read(bytes, width, "value")).isEqualTo(Bits.of(value));
    assertThat(CanonicalBytes.isCanonical(bytes)).isEqualTo(canonical);
    assertThat(CanonicalBytes.of(Bits.of(value)).equals(bytes)).isEqualTo(canonical);
  }

  @ParameterizedTest
  @CsvSource({
    "8, 99, 63, true",
    "8, -99, 9d, true",
    "8, -99, ff9d, false",
    "12, -739, fd1d, true",
    "16, 0, 0000, false",
    "16, 0, 00, true"
  })
  void signedExamples(int width, long value, String hex, boolean canonical) {
    BigInteger number = BigInteger.valueOf(value);
    assertThat(CanonicalBytes.readSigned(bytes(hex), width, "value")).isEqualTo(number);
    assertThat(CanonicalBytes.ofSigned(number).equals(bytes(hex))).isEqualTo(canonical);
  }

  @ParameterizedTest
  @CsvSource({"8, 0163", "8, ''", "16, 010063", "12, 1063", "12, 010063", "12, 004063"})
  void unsignedExamplesOutOfRange(int width, String hex) {
    assertThatExceptionOfType(RefusedException.class)
        .isThrownBy(() -> CanonicalBytes.read(bytes(hex), width, "match[0].exact.value"))
        .satisfies(
            e -> {
              assertThat(e.code()).isEqualTo(RefusalCode.OUT_OF_RANGE);
              assertThat(e.path()).isEqualTo("match[0].exact.value");
            });
  }

  @ParameterizedTest
  @CsvSource({"8, 009d", "12, 8d1d", "16, ''"})
  void signedExamplesOutOfRange(int width, String hex) {
    assertThatExceptionOfType(RefusedException.class)
        .isThrownBy(() -> CanonicalBytes.readSigned(bytes(hex), width, "value"))
        .satisfies(e -> assertThat(e.code()).isEqualTo(RefusalCode.OUT_OF_RANGE));
  }

  private static ByteString bytes(String hex) {
    return ByteString.copyFrom(HexFormat.of().parseHex(hex));
  }
}
