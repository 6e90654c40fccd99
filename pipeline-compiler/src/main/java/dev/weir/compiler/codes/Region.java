package dev.weir.compiler.codes;

import java.math.BigInteger;
import java.util.Optional;

/** A part of the header space that one policy entry can match. */
public record Region(Pattern source, Pattern destination, PortTest port) {
  public static final Region ALL = new Region(Pattern.ANY, Pattern.ANY, PortTest.ANY);

  public static final Region TCP = new Region(Pattern.ANY, Pattern.ANY, PortTest.TCP);

  public boolean matches(BigInteger source, BigInteger destination, int protocol, int port) {
    return this.port.matches(protocol, port)
        && this.destination.matches(destination)
        && this.source.matches(source);
  }

  /** What both take. */
  public Optional<Region> and(Region other) {
    return source
        .and(other.source)
        .flatMap(
            s ->
                destination
                    .and(other.destination)
                    .flatMap(d -> port.and(other.port).map(p -> new Region(s, d, p))));
  }

  /** Whether this takes all that {@code other} takes. */
  public boolean covers(Region other) {
    return port.covers(other.port)
        && source.covers(other.source)
        && destination.covers(other.destination);
  }
}
