package dev.weir.conformance;

/** A P4Runtime server under test whose controller port is 510 and device id 1. */
interface Device extends AutoCloseable {
  long ID = 1;
  int CONTROLLER_PORT = 510;

  /** Where P4Runtime is served on the loopback address. */
  int grpcPort();

  /** Takes the link of port 1 or 2 away, or gives it back. */
  void setLink(int port, boolean up) throws Exception;

  /** Whether {@link #setLink} works here. */
  boolean hasLinks();

  @Override
  void close();
}
