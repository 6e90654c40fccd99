package dev.weir.softswitch.robustness;

import dev.weir.softswitch.Programs;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Programs with other constants and operators: well-formed, but no longer what was written. */
public final class DamagedProgram {
  private static final Pattern CONSTANT =
      Pattern.compile("(\"op\" : \"(\\+|-|\\*|&|\\||\\^)\"|\"value\" : \"(0x[0-9a-f]+)\")");

  private DamagedProgram() {}

  /** Changes three operators or constants. */
  public static byte[] subtly(String program, Random random) {
    String text = new String(Programs.bytes(program + ".json"), StandardCharsets.UTF_8);
    List<int[]> places = new ArrayList<>();
    Matcher matcher = CONSTANT.matcher(text);
    // Actions and conditions; with other constants the parser would tell programs apart no more.
    int from = text.indexOf("\"actions\"");
    while (matcher.find()) {
      if (matcher.start() > from) {
        int group = matcher.group(2) != null ? 2 : 3;
        places.add(new int[] {matcher.start(group), matcher.end(group)});
      }
    }
    Collections.shuffle(places, random);
    List<int[]> chosen = new ArrayList<>(places.subList(0, 3));
    chosen.sort((a, b) -> b[0] - a[0]);
    for (int[] place : chosen) {
      String old = text.substring(place[0], place[1]);
      String to =
          old.startsWith("0x")
              ? "0x" + Integer.toHexString(random.nextInt(1 << (4 * Math.min(6, old.length() - 2))))
              : List.of("+", "-", "*", "&", "|", "^").get(random.nextInt(6));
      text = text.substring(0, place[0]) + to + text.substring(place[1]);
    }
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
