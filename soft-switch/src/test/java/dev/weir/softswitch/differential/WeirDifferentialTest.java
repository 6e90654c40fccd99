package dev.weir.softswitch.differential;

import dev.weir.softswitch.P4Client;
import dev.weir.softswitch.SoftSwitch;
import dev.weir.softswitch.differential.SideBySide.Input;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import p4.config.v1.P4InfoOuterClass;
import p4.config.v1.P4InfoOuterClass.P4Info;
import p4.v1.P4RuntimeOuterClass.Action;
import p4.v1.P4RuntimeOuterClass.FieldMatch;
import p4.v1.P4RuntimeOuterClass.ForwardingPipelineConfig;
import p4.v1.P4RuntimeOuterClass.TableEntry;
import p4.v1.P4RuntimeOuterClass.Update;

/**
 * The project's own pipelines with random entries in every table and random packets between a few
 * addresses: the same on simple_switch_grpc and on the soft switch.
 */
class WeirDifferentialTest {
  private static final Path BUILT = Path.of("..", "p4src", "build");
  private static final int HOSTS = 8;

  @TempDir Path temp;

  private static ForwardingPipelineConfig config(String name) throws IOException {
    if (!Files.isDirectory(BUILT)) {
      System.err.println("NOT RUN: p4src/build is not there");
    }
    Assumptions.assumeTrue(Files.isDirectory(BUILT));
    return SoftSwitch.config(BUILT.resolve(name + ".json"), BUILT.resolve(name + ".p4info.txtpb"));
  }

  private static int port(int host) {
    return 1 + host % SideBySide.PORTS;
  }

  private static long address(int host) {
    return 0x0a000001L + host;
  }

  /** An address as the pipeline keeps it: IPv4-mapped where it has 128 bits. */
  private static BigInteger address(Random random, int width) {
    BigInteger v4 = BigInteger.valueOf(address(random.nextInt(HOSTS)));
    return width == 128 ? v4.or(BigInteger.valueOf(0xffff).shiftLeft(32)) : v4;
  }

  private static BigInteger value(Random random, String name, int width) {
    if (name.contains("address") && width >= 32) {
      return address(random, width);
    }
    if (width == 9) {
      return BigInteger.valueOf(1 + random.nextInt(SideBySide.PORTS));
    }
    if (width == 16 && name.contains("port")) {
      return BigInteger.valueOf(80 + random.nextInt(4));
    }
    if (name.contains("protocol")) {
      return BigInteger.valueOf(random.nextBoolean() ? 6 : 17);
    }
    return BigInteger.valueOf(random.nextInt(4))
        .and(BigInteger.ONE.shiftLeft(width).subtract(BigInteger.ONE));
  }

  private static FieldMatch match(Random random, P4InfoOuterClass.MatchField field) {
    int width = field.getBitwidth();
    BigInteger all = BigInteger.ONE.shiftLeft(width).subtract(BigInteger.ONE);
    BigInteger value = value(random, field.getName(), width);
    FieldMatch.Builder to = FieldMatch.newBuilder().setFieldId(field.getId());
    switch (field.getMatchType()) {
      case EXACT -> to.getExactBuilder().setValue(P4Client.bytes(value));
      case LPM -> {
        int length = random.nextInt(3) == 0 ? width - random.nextInt(4) : width;
        to.getLpmBuilder()
            .setValue(P4Client.bytes(value.shiftRight(width - length).shiftLeft(width - length)))
            .setPrefixLen(length);
      }
      case TERNARY -> {
        BigInteger mask =
            random.nextInt(3) == 0 ? all : BigInteger.valueOf(1 + random.nextInt(3)).and(all);
        if (mask.signum() == 0) {
          mask = all;
        }
        to.getTernaryBuilder()
            .setValue(P4Client.bytes(value.and(mask)))
            .setMask(P4Client.bytes(mask));
      }
      case OPTIONAL -> to.getOptionalBuilder().setValue(P4Client.bytes(value));
      case RANGE -> {
        BigInteger high = value.add(BigInteger.valueOf(random.nextInt(3))).min(all);
        if (value.signum() == 0 && high.equals(all)) {
          high = value;
        }
        to.getRangeBuilder().setLow(P4Client.bytes(value)).setHigh(P4Client.bytes(high));
      }
      default -> throw new IllegalStateException(field.getName());
    }
    return to.build();
  }

  private static Action action(Random random, P4InfoOuterClass.Action info) {
    Action.Builder to = Action.newBuilder().setActionId(info.getPreamble().getId());
    for (P4InfoOuterClass.Action.Param param : info.getParamsList()) {
      to.addParamsBuilder()
          .setParamId(param.getId())
          .setValue(P4Client.bytes(value(random, param.getName(), param.getBitwidth())));
    }
    return to.build();
  }

  private static P4InfoOuterClass.Action action(P4Info info, int id) {
    return info.getActionsList().stream()
        .filter(a -> a.getPreamble().getId() == id)
        .findFirst()
        .orElseThrow();
  }

  private static int friendliest(P4Info info, List<Integer> allowed) {
    return allowed.stream()
        .filter(
            id -> {
              String name = action(info, id).getPreamble().getName();
              return name.contains("allow") || name.contains("pass_source");
            })
        .findFirst()
        .orElse(allowed.getFirst());
  }

  private static List<Update> entries(Random random, P4Info info) {
    List<Update> updates = new ArrayList<>();
    Set<Object> keys = new HashSet<>();
    for (P4InfoOuterClass.Table table : info.getTablesList()) {
      List<Integer> allowed =
          table.getActionRefsList().stream()
              .filter(r -> r.getScope() != P4InfoOuterClass.ActionRef.Scope.DEFAULT_ONLY)
              .map(P4InfoOuterClass.ActionRef::getId)
              .toList();
      boolean ranked =
          table.getMatchFieldsList().stream()
              .anyMatch(
                  f ->
                      switch (f.getMatchType()) {
                        case TERNARY, RANGE, OPTIONAL -> true;
                        default -> false;
                      });
      int count = table.getMatchFieldsCount() == 0 ? 0 : 40;
      for (int i = 0; i < count; i++) {
        TableEntry.Builder entry = TableEntry.newBuilder().setTableId(table.getPreamble().getId());
        boolean whole = table.getPreamble().getName().endsWith("source_guard") && i < HOSTS;
        for (P4InfoOuterClass.MatchField field : table.getMatchFieldsList()) {
          boolean may =
              switch (field.getMatchType()) {
                case EXACT -> false;
                case LPM -> random.nextInt(20) == 0;
                default -> random.nextInt(2) == 0;
              };
          if (whole) {
            // Every host may send at its own port.
            FieldMatch.Builder to = FieldMatch.newBuilder().setFieldId(field.getId());
            if (field.getBitwidth() == 9) {
              to.getExactBuilder().setValue(P4Client.bytes(port(i)));
            } else {
              int width = field.getBitwidth();
              BigInteger v4 = BigInteger.valueOf(address(i));
              to.getLpmBuilder()
                  .setPrefixLen(width)
                  .setValue(
                      P4Client.bytes(
                          width == 128 ? v4.or(BigInteger.valueOf(0xffff).shiftLeft(32)) : v4));
            }
            entry.addMatch(to);
          } else if (!may) {
            entry.addMatch(match(random, field));
          }
        }
        if (ranked) {
          // All different: which of two equal ones wins is nobody's promise.
          entry.setPriority(1 + i);
        }
        int id = allowed.get(random.nextInt(allowed.size()));
        // Most entries let pass, so that packets come through the whole pipeline.
        if (whole || random.nextInt(4) != 0) {
          id = friendliest(info, allowed);
        }
        entry.getActionBuilder().setAction(action(random, action(info, id)));
        if (keys.add(List.of(entry.getTableId(), entry.getMatchList(), entry.getPriority()))) {
          updates.add(P4Client.insert(entry));
        }
      }
    }
    return updates;
  }

  private static byte[] packet(Random random, int from) {
    int kind = random.nextInt(12);
    byte[] frame = new byte[60 + random.nextInt(40)];
    put(frame, 0, 6, 0x020000000000L + random.nextInt(HOSTS));
    put(frame, 6, 6, 0x020000000100L + from);
    long source = random.nextInt(20) == 0 ? address(random.nextInt(HOSTS)) : address(from);
    long target = address(random.nextInt(HOSTS));
    if (kind == 0) {
      put(frame, 12, 2, 0x0806);
      put(frame, 14, 6, 0x000108000604L);
      put(frame, 20, 2, 1 + random.nextInt(2));
      put(frame, 22, 6, 0x020000000100L + from);
      put(frame, 28, 4, source);
      put(frame, 38, 4, target);
      return frame;
    }
    put(frame, 12, 2, random.nextInt(40) == 0 ? 0x1234 : 0x0800);
    int length = frame.length - 14 - (random.nextInt(10) == 0 ? 5 : 0);
    put(frame, 14, 1, random.nextInt(30) == 0 ? 0x46 : 0x45);
    put(frame, 16, 2, random.nextInt(30) == 0 ? length + 9 : length);
    put(frame, 20, 2, random.nextInt(30) == 0 ? 0x2000 : 0x4000);
    put(frame, 22, 1, random.nextInt(20) == 0 ? 1 : 64);
    int protocol = kind < 6 ? 6 : kind < 10 ? 17 : kind == 10 ? 1 : random.nextInt(256);
    put(frame, 23, 1, protocol);
    put(frame, 26, 4, source);
    put(frame, 30, 4, target);
    put(frame, 24, 2, random.nextInt(30) == 0 ? 0x1111 : checksum(frame, 14, 20));
    put(frame, 34, 2, 80 + random.nextInt(4));
    put(frame, 36, 2, 80 + random.nextInt(4));
    if (protocol == 6) {
      put(frame, 46, 1, 0x50);
      int[] flags = {0x02, 0x12, 0x10, 0x18, 0x11, 0x04, 0x03, 0x00};
      put(frame, 47, 1, flags[random.nextInt(flags.length)]);
      put(frame, 50, 2, random.nextInt(0x10000));
    } else if (protocol == 17) {
      put(frame, 38, 2, length - 20);
      put(frame, 40, 2, random.nextInt(3) == 0 ? 0 : random.nextInt(0x10000));
    } else if (protocol == 1) {
      put(frame, 34, 2, random.nextBoolean() ? 0x0800 : 0x0000);
    }
    return frame;
  }

  private static void put(byte[] frame, int at, int bytes, long value) {
    for (int i = 0; i < bytes; i++) {
      frame[at + i] = (byte) (value >>> 8 * (bytes - 1 - i));
    }
  }

  private static int checksum(byte[] frame, int at, int length) {
    int sum = 0;
    for (int i = at; i < at + length; i += 2) {
      sum += ((frame[i] & 0xff) << 8) | (frame[i + 1] & 0xff);
    }
    while (sum >>> 16 != 0) {
      sum = (sum & 0xffff) + (sum >>> 16);
    }
    return ~sum & 0xffff;
  }

  private void compare(String name, long seed) throws Exception {
    SideBySide.require();
    ForwardingPipelineConfig config = config(name);
    Random random = new Random(seed);
    List<Update> updates = entries(random, config.getP4Info());
    List<Input> inputs = new ArrayList<>();
    for (int i = 0; i < 1000; i++) {
      // One port at a time: which of two ports simple_switch reads first is not defined.
      int from = HOSTS / 2 * (i % 2) + i / 250 % SideBySide.PORTS;
      inputs.add(new Input(port(from), packet(random, from)));
    }
    new SideBySide(temp).compare(name, config, List.of(updates), inputs, false);
  }

  @Test
  void theFullPipelineIsTheSame() throws Exception {
    compare("weir", 111);
  }

  @Test
  void thePoorerPipelineIsTheSame() throws Exception {
    compare("weir_basic", 22);
  }
}
