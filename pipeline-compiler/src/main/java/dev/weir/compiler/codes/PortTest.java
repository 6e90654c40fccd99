package dev.weir.compiler.codes;

import java.util.Optional;

/**
 * What an entry asks of protocol and server port.
 *
 * @param protocol IANA's number, or {@link #ANY_PROTOCOL}
 * @param first the lowest port, 0 to 65535
 * @param last the highest port, included
 */
public record PortTest(int protocol, int first, int last) {
  public static final int ANY_PROTOCOL = -1;
  public static final int TCP_NUMBER = 6;
  public static final PortTest ANY = new PortTest(ANY_PROTOCOL, 0, 65535);
  public static final PortTest TCP = new PortTest(TCP_NUMBER, 0, 65535);

  public boolean anyPort() {
    return first == 0 && last == 65535;
  }

  public boolean matches(int protocol, int port) {
    return (this.protocol == ANY_PROTOCOL || this.protocol == protocol)
        && first <= port
        && port <= last;
  }

  /** What both take. */
  public Optional<PortTest> and(PortTest other) {
    if (protocol != other.protocol && protocol != ANY_PROTOCOL && other.protocol != ANY_PROTOCOL) {
      return Optional.empty();
    }
    int low = Math.max(first, other.first);
    int high = Math.min(last, other.last);
    return low > high
        ? Optional.empty()
        : Optional.of(new PortTest(Math.max(protocol, other.protocol), low, high));
  }

  /** Whether this takes all that {@code other} takes. */
  public boolean covers(PortTest other) {
    return (protocol == ANY_PROTOCOL || protocol == other.protocol)
        && first <= other.first
        && other.last <= last;
  }
}
