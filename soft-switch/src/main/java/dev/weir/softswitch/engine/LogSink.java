package dev.weir.softswitch.engine;

import java.math.BigInteger;
import java.util.Iterator;
import java.util.List;

/** Where {@code log_msg} goes. */
@FunctionalInterface
public interface LogSink {
  void message(String message);

  /** A value to show. */
  @FunctionalInterface
  interface Value {
    BigInteger of(PacketState s);
  }

  /** Puts the values, in decimal, where the format has {@code {}}. */
  static String format(String format, List<Value> values, PacketState s) {
    StringBuilder text = new StringBuilder();
    Iterator<Value> next = values.iterator();
    for (int i = 0; i < format.length(); i++) {
      char c = format.charAt(i);
      if (c == '\\' && i + 1 < format.length() && "{}".indexOf(format.charAt(i + 1)) >= 0) {
        text.append(format.charAt(++i));
      } else if (c == '{' && format.indexOf('}', i) > 0 && next.hasNext()) {
        text.append(next.next().of(s));
        i = format.indexOf('}', i);
      } else {
        text.append(c);
      }
    }
    return text.toString();
  }
}
