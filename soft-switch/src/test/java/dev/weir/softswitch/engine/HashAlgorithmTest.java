package dev.weir.softswitch.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

/** Check values: the CRC catalogue's for "123456789", RFC 1071's example for the checksum. */
class HashAlgorithmTest {
  private static final byte[] NINE = "123456789".getBytes(StandardCharsets.US_ASCII);

  @Test
  void crcsGiveTheirCheckValues() {
    assertThat(HashAlgorithm.CRC16.of(NINE, 9)).isEqualTo(0xbb3d);
    assertThat(HashAlgorithm.CRC32.of(NINE, 9)).isEqualTo(0xcbf43926L);
    assertThat(HashAlgorithm.CRC_CCITT.of(NINE, 9)).isEqualTo(0x29b1);
    assertThat(HashAlgorithm.CRC8_CUSTOM.of(NINE, 9)).isEqualTo(0xf4);
  }

  @Test
  void internetChecksumIsTheComplementOfTheFoldedSum() {
    byte[] data = HexFormat.of().parseHex("0001f203f4f5f6f7");
    assertThat(HashAlgorithm.CSUM16.of(data, 8)).isEqualTo(0x220d);
    assertThat(HashAlgorithm.CSUM16.of(new byte[] {1}, 1)).isEqualTo(0xfeff);
  }

  @Test
  void xorFoldsUnitsPaddedAtTheirEnd() {
    byte[] data = HexFormat.of().parseHex("1234567890");
    assertThat(HashAlgorithm.XOR16.of(data, 5)).isEqualTo(0x1234 ^ 0x5678 ^ 0x9000);
    assertThat(HashAlgorithm.XOR32.of(data, 5)).isEqualTo(0x12345678L ^ 0x90000000L);
  }

  @Test
  void identityTakesTheFirstEightBytes() {
    assertThat(HashAlgorithm.IDENTITY.of(NINE, 9)).isEqualTo(0x3132333435363738L);
    assertThat(HashAlgorithm.IDENTITY.of(NINE, 2)).isEqualTo(0x3132);
  }
}
