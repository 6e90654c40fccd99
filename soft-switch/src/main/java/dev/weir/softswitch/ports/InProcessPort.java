package dev.weir.softswitch.ports;

import dev.weir.softswitch.engine.PortOutput;
import dev.weir.softswitch.engine.Switch;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A switch port for tests and for embedding: frames go in by a call and come out of a queue, or go
 * to a listener. What one {@link #send} causes has happened when it returns.
 */
public final class InProcessPort implements PortOutput {
  /** Frames kept for {@link #receive}; more are dropped, as a full interface queue would. */
  private static final int CAPACITY = 1 << 16;

  private final Switch of;
  private final int number;
  private final BlockingQueue<byte[]> frames = new LinkedBlockingQueue<>(CAPACITY);
  private volatile @Nullable Consumer<byte[]> listener;

  public InProcessPort(Switch of, int number) {
    this.of = of;
    this.number = number;
  }

  public int number() {
    return number;
  }

  /** A frame arrives at the switch. */
  public void send(byte[] frame) {
    of.receive(number, frame, 0, frame.length);
  }

  /** The next frame that left through this port, or empty after {@code timeout}. */
  public Optional<byte[]> receive(Duration timeout) {
    try {
      return Optional.ofNullable(frames.poll(timeout.toNanos(), TimeUnit.NANOSECONDS));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.empty();
    }
  }

  /** Frames go to {@code to}, in the sender's thread, instead of the queue; null: to the queue. */
  public void listen(@Nullable Consumer<byte[]> to) {
    listener = to;
  }

  @Override
  public void send(byte[] frame, int length) {
    byte[] copy = Arrays.copyOf(frame, length);
    Consumer<byte[]> to = listener;
    if (to != null) {
      to.accept(copy);
    } else {
      boolean _ = frames.offer(copy);
    }
  }
}
