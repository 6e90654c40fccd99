package dev.weir.controller.device;

/** A real switch without ports, as a process or embedded, that a test can restart. */
public interface TestSwitch extends AutoCloseable {
  DeviceAddress address();

  /** Ends it; everything it was told is forgotten. */
  void stop() throws Exception;

  /** Starts it at the same address, without a program. */
  void start() throws Exception;

  @Override
  default void close() throws Exception {
    stop();
  }
}
