package dev.weir.softswitch.ports;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.softswitch.P4Client;
import dev.weir.softswitch.Programs;
import dev.weir.softswitch.SoftSwitch;
import dev.weir.softswitch.engine.Program;
import dev.weir.softswitch.engine.Switch;
import java.io.IOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/** Real virtual interfaces in a namespace of our own. Needs root. */
class LinuxPortTest {
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  private static void requireRoot() {
    if (!NetworkNamespace.possible()) {
      System.err.println("NOT RUN: LinuxPortTest needs root");
    }
    Assumptions.assumeTrue(NetworkNamespace.possible());
  }

  /** The program "stateful" sends everything to port 2, with the payload as it was. */
  private static Switch forwarding() {
    Switch engine = new Switch(message -> {});
    Program program = Programs.program("stateful");
    engine.load(program);
    return engine;
  }

  private static byte[] frame(int length, long seed) {
    byte[] frame = new byte[length];
    new Random(seed).nextBytes(frame);
    frame[0] = 5;
    frame[1] = 0;
    return frame;
  }

  @Test
  void framesOfEveryLengthPassUnchangedAndNoneComesBack() throws Exception {
    requireRoot();
    try (NetworkNamespace namespace =
        NetworkNamespace.create("ss-port-" + ProcessHandle.current().pid())) {
      namespace.pair("s1", "h1");
      namespace.pair("s2", "h2");
      Switch engine = forwarding();
      try (FrameEnd h1 = FrameEnd.open(namespace, "h1");
          FrameEnd h2 = FrameEnd.open(namespace, "h2");
          LinuxPort p1 = namespace.inside(() -> LinuxPort.open(engine, 1, "s1"));
          LinuxPort p2 = namespace.inside(() -> LinuxPort.open(engine, 2, "s2"))) {
        for (int length = 28; length <= 1514; length += 101) {
          byte[] frame = frame(length, length);
          h1.send(frame);
          assertThat(h2.receive(PATIENCE)).isEqualTo(frame);
        }
        // Many at once: order kept, nothing lost.
        for (int i = 0; i < 500; i++) {
          byte[] frame = frame(60, 7);
          frame[40] = (byte) i;
          frame[41] = (byte) (i >>> 8);
          h1.send(frame);
        }
        for (int i = 0; i < 500; i++) {
          byte[] got = h2.receive(PATIENCE);
          assertThat((got[40] & 0xff) | (got[41] & 0xff) << 8).isEqualTo(i);
        }
        // What the switch sends out of s2 it does not take for a frame that came in there.
        assertThat(h1.receive(Duration.ofMillis(50))).isNull();
        assertThat(engine.traffic().received()).isEqualTo(500 + (1514 - 28) / 101 + 1);
        assertThat(p1.sendErrors() + p2.sendErrors()).isZero();
      }
    }
  }

  @Test
  void vlanTagsThatTheKernelTakesOutArePutBack() throws Exception {
    requireRoot();
    try (NetworkNamespace namespace =
        NetworkNamespace.create("ss-vlan-" + ProcessHandle.current().pid())) {
      namespace.pair("s1", "h1");
      Switch engine = forwarding();
      BlockingQueue<byte[]> out = new LinkedBlockingQueue<>();
      engine.attach(2, (frame, length) -> out.add(Arrays.copyOf(frame, length)));
      try (FrameEnd h1 = FrameEnd.open(namespace, "h1");
          LinuxPort p1 = namespace.inside(() -> LinuxPort.open(engine, 1, "s1"))) {
        byte[] frame = frame(64, 3);
        frame[12] = (byte) 0x81;
        frame[13] = 0;
        frame[14] = 0x20;
        frame[15] = 42;
        h1.send(frame);
        assertThat(out.poll(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isEqualTo(frame);
        assertThat(p1.number()).isEqualTo(1);
      }
    }
  }

  @Test
  void aMissingInterfaceIsNamed() {
    assertThatThrownBy(() -> SoftSwitch.builder().linuxInterface(1, "no-such-if").start().close())
        .isInstanceOf(IOException.class)
        .hasMessageContaining("no-such-if");
  }

  @Test
  void entriesWrittenOverP4RuntimeSteerRealFrames() throws Exception {
    requireRoot();
    try (NetworkNamespace namespace =
        NetworkNamespace.create("ss-full-" + ProcessHandle.current().pid())) {
      namespace.pair("s1", "h1");
      namespace.pair("s2", "h2");
      try (SoftSwitch running =
              namespace.inside(
                  () ->
                      SoftSwitch.builder()
                          .linuxInterface(1, "s1")
                          .linuxInterface(2, "s2")
                          .grpc("127.0.0.1", 0)
                          .program(
                              Programs.file("matching.json"),
                              Programs.file("matching.p4info.txtpb"))
                          .start());
          FrameEnd h1 = FrameEnd.open(namespace, "h1");
          FrameEnd h2 = FrameEnd.open(namespace, "h2")) {
        assertThat(running.program()).isNotNull();
        byte[] frame = new byte[60];
        frame[0] = 0x13;
        frame[1] = 2;
        h1.send(frame);
        // The constant entry (0x0200, _) sends to port 3, which is not there; (_, 15) to port 2.
        frame[1] = 0;
        frame[6] = 15;
        h1.send(frame);
        byte[] got = h2.receive(PATIENCE);
        assertThat(got[24]).isEqualTo((byte) 2);
        assertThat(P4Client.bytes(15).byteAt(0)).isEqualTo(got[6]);
      }
    }
  }
}
