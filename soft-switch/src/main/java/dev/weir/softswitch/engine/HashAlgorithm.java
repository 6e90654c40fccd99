package dev.weir.softswitch.engine;

import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/**
 * The hashes and checksums BMv2 knows by name. All return 64 bits, not negative where narrower.
 *
 * <p>CRC-16 is CRC-16/ARC (polynomial 0x8005 reflected), CRC-32 is that of IEEE 802.3; {@code
 * csum16} is the Internet checksum of RFC 1071.
 */
enum HashAlgorithm {
  CRC16,
  CRC32,
  CRC_CCITT,
  CSUM16,
  IDENTITY,
  XOR16,
  XOR32,
  CRC8_CUSTOM,
  CRC64_CUSTOM;

  private static final ThreadLocal<CRC32> OF_THREAD =
      ThreadLocal.withInitial(java.util.zip.CRC32::new);
  private static final int[] CRC16_TABLE = reflectedTable16(0xa001);
  private static final int[] CCITT_TABLE = ccittTable();

  static @Nullable HashAlgorithm named(String name) {
    return switch (name) {
      // The custom variants start out with the standard polynomials.
      case "crc16", "crc16_custom" -> CRC16;
      case "crc32", "crc32_custom" -> CRC32;
      case "crcCCITT" -> CRC_CCITT;
      case "csum16", "cksum16" -> CSUM16;
      case "identity" -> IDENTITY;
      case "xor16" -> XOR16;
      case "xor32" -> XOR32;
      case "crc8_custom" -> CRC8_CUSTOM;
      case "crc64_custom" -> CRC64_CUSTOM;
      default -> null;
    };
  }

  long of(byte[] data, int length) {
    return switch (this) {
      case CRC16 -> {
        int crc = 0;
        for (int i = 0; i < length; i++) {
          crc = CRC16_TABLE[(crc ^ data[i]) & 0xff] ^ crc >>> 8;
        }
        yield crc;
      }
      case CRC32 -> {
        // One for each packet would be what the engine allocates for it.
        CRC32 crc = OF_THREAD.get();
        crc.reset();
        crc.update(data, 0, length);
        yield crc.getValue();
      }
      case CRC_CCITT -> {
        int crc = 0xffff;
        for (int i = 0; i < length; i++) {
          crc = CCITT_TABLE[(crc >>> 8 ^ data[i]) & 0xff] ^ crc << 8 & 0xffff;
        }
        yield crc;
      }
      case CSUM16 -> internetChecksum(data, length);
      case IDENTITY -> {
        long value = 0;
        for (int i = 0; i < Math.min(8, length); i++) {
          value = value << 8 | data[i] & 0xff;
        }
        yield value;
      }
      case XOR16 -> xor(data, length, 2);
      case XOR32 -> xor(data, length, 4);
      case CRC8_CUSTOM -> {
        int crc = 0;
        for (int i = 0; i < length; i++) {
          crc ^= data[i] & 0xff;
          for (int bit = 0; bit < 8; bit++) {
            crc = (crc & 0x80) != 0 ? crc << 1 ^ 0x07 : crc << 1;
          }
          crc &= 0xff;
        }
        yield crc;
      }
      case CRC64_CUSTOM -> {
        long reflected = Long.reverse(0x1bL);
        long crc = 0;
        for (int i = 0; i < length; i++) {
          crc ^= data[i] & 0xff;
          for (int bit = 0; bit < 8; bit++) {
            crc = (crc & 1) != 0 ? crc >>> 1 ^ reflected : crc >>> 1;
          }
        }
        yield crc;
      }
    };
  }

  private static long internetChecksum(byte[] data, int length) {
    long sum = 0;
    int i = 0;
    for (; i + 1 < length; i += 2) {
      sum += (data[i] & 0xff) << 8 | data[i + 1] & 0xff;
    }
    if (i < length) {
      sum += (data[i] & 0xff) << 8;
    }
    while (sum >>> 16 != 0) {
      sum = (sum & 0xffff) + (sum >>> 16);
    }
    return ~sum & 0xffff;
  }

  private static long xor(byte[] data, int length, int unit) {
    long value = 0;
    for (int i = 0; i < length; i++) {
      value ^= (data[i] & 0xffL) << 8 * (unit - 1 - i % unit);
    }
    return value;
  }

  private static int[] reflectedTable16(int polynomial) {
    int[] table = new int[256];
    for (int i = 0; i < 256; i++) {
      int crc = i;
      for (int bit = 0; bit < 8; bit++) {
        crc = (crc & 1) != 0 ? crc >>> 1 ^ polynomial : crc >>> 1;
      }
      table[i] = crc;
    }
    return table;
  }

  private static int[] ccittTable() {
    int[] table = new int[256];
    for (int i = 0; i < 256; i++) {
      int crc = i << 8;
      for (int bit = 0; bit < 8; bit++) {
        crc = (crc & 0x8000) != 0 ? crc << 1 ^ 0x1021 : crc << 1;
      }
      table[i] = crc & 0xffff;
    }
    return table;
  }
}
