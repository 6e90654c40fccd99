package dev.weir.controller.device;

import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import p4.v1.P4RuntimeGrpc;
import p4.v1.P4RuntimeOuterClass.MasterArbitrationUpdate;
import p4.v1.P4RuntimeOuterClass.StreamMessageRequest;
import p4.v1.P4RuntimeOuterClass.StreamMessageResponse;

/**
 * Holds the stream of a session open and stands for election on it (P4Runtime 1.5 §5). A thread of
 * its own opens the stream again whenever it ends. Where the device has a primary with a higher id,
 * this one waits; where it has none, this one outbids the highest id that the device has seen.
 */
final class Mastership implements AutoCloseable {
  private static final Duration FIRST_BACKOFF = Duration.ofMillis(100);
  private static final Duration LONGEST_BACKOFF = Duration.ofSeconds(5);
  private static final int MOST_BIDS = 3;
  private static final Logger log = LoggerFactory.getLogger(Mastership.class);

  private final DeviceAddress address;
  private final ManagedChannel channel;
  private final Runnable onChange;
  private final CountDownLatch closing = new CountDownLatch(1);
  private final ReentrantLock lock = new ReentrantLock();
  private final Thread keeper;

  // Guarded by lock.
  private ElectionId electionId;
  private SessionState state;
  private long changes;

  Mastership(
      DeviceAddress address, ManagedChannel channel, ElectionId electionId, Runnable onChange) {
    this.address = address;
    this.channel = channel;
    this.electionId = electionId;
    this.onChange = onChange;
    this.state = new SessionState.Disconnected("it has not been reached yet");
    this.keeper = Thread.ofVirtual().name("p4runtime " + address.name()).unstarted(this::keep);
  }

  void start() {
    keeper.start();
  }

  SessionState state() {
    lock.lock();
    try {
      return state;
    } finally {
      lock.unlock();
    }
  }

  ElectionId electionId() {
    lock.lock();
    try {
      return electionId;
    } finally {
      lock.unlock();
    }
  }

  private void keep() {
    Duration backoff = FIRST_BACKOFF;
    try {
      while (closing.getCount() > 0) {
        Stream stream = new Stream();
        stream.open();
        stream.ended.await();
        backoff = stream.answered ? FIRST_BACKOFF : backoff.multipliedBy(2);
        if (backoff.compareTo(LONGEST_BACKOFF) > 0) {
          backoff = LONGEST_BACKOFF;
        }
        if (closing.await(backoff.toMillis(), TimeUnit.MILLISECONDS)) {
          return;
        }
        // The stream's own backoff is the only one.
        channel.resetConnectBackoff();
      }
    } catch (InterruptedException _) {
      // Only close() interrupts.
    }
  }

  private void become(SessionState next) {
    lock.lock();
    try {
      if (closing.getCount() == 0 || state.equals(next)) {
        return;
      }
      log.info("switch {}: {}", address.name(), next);
      state = next;
    } finally {
      lock.unlock();
    }
    onChange.run();
  }

  private long nextChange() {
    lock.lock();
    try {
      return ++changes;
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void close() {
    closing.countDown();
    keeper.interrupt();
  }

  /** One stream; its responses come one at a time. */
  private final class Stream implements StreamObserver<StreamMessageResponse> {
    final CountDownLatch ended = new CountDownLatch(1);
    volatile boolean answered;
    private @Nullable StreamObserver<StreamMessageRequest> requests;
    private boolean primary;
    private int bids;

    void open() {
      StreamObserver<StreamMessageRequest> opened =
          P4RuntimeGrpc.newStub(channel).streamChannel(this);
      lock.lock();
      try {
        requests = opened;
      } finally {
        lock.unlock();
      }
      stand(electionId());
    }

    private void stand(ElectionId with) {
      lock.lock();
      try {
        electionId = with;
        if (requests != null) {
          requests.onNext(
              StreamMessageRequest.newBuilder()
                  .setArbitration(
                      MasterArbitrationUpdate.newBuilder()
                          .setDeviceId(address.deviceId())
                          .setElectionId(with.toProto()))
                  .build());
        }
      } finally {
        lock.unlock();
      }
    }

    @Override
    public void onNext(StreamMessageResponse response) {
      if (response.hasError()) {
        log.warn("switch {} reports {}", address.name(), response.getError().getMessage());
      }
      if (!response.hasArbitration()) {
        return;
      }
      answered = true;
      MasterArbitrationUpdate update = response.getArbitration();
      ElectionId highest = ElectionId.of(update.getElectionId());
      Status.Code code = Status.fromCodeValue(update.getStatus().getCode()).getCode();
      if (code == Status.Code.OK) {
        if (!primary) {
          primary = true;
          bids = 0;
          become(new SessionState.Primary(nextChange()));
        }
        return;
      }
      primary = false;
      if (code == Status.Code.NOT_FOUND) {
        become(new SessionState.Backup("the switch has no primary controller yet"));
        ElectionId mine = electionId();
        // A device that still has none after being outbid will not have one by more of it.
        if (bids++ < MOST_BIDS) {
          stand((mine.compareTo(highest) > 0 ? mine : highest).next());
        }
        return;
      }
      become(
          new SessionState.Backup(
              "another controller, with election id "
                  + highest
                  + " above this one's "
                  + electionId()
                  + ", writes to the switch"));
    }

    @Override
    public void onError(Throwable t) {
      Status status = Status.fromThrowable(t);
      StringBuilder why = new StringBuilder(status.getCode().toString());
      if (status.getDescription() != null) {
        why.append(": ").append(status.getDescription());
      }
      if (status.getCause() != null && status.getCause().getMessage() != null) {
        why.append(": ").append(status.getCause().getMessage());
      }
      end(why.toString());
    }

    @Override
    public void onCompleted() {
      end("it ended the stream");
    }

    private void end(String why) {
      become(new SessionState.Disconnected("it cannot be reached: " + why));
      ended.countDown();
    }
  }
}
