package dev.weir.softswitch.robustness;

import static org.assertj.core.api.Assertions.assertThat;

import dev.weir.softswitch.P4Client;
import dev.weir.softswitch.SoftSwitch;
import dev.weir.softswitch.ports.FrameEnd;
import dev.weir.softswitch.ports.NetworkNamespace;
import java.time.Duration;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import p4.v1.P4RuntimeOuterClass.Update;

/** An interface that disappears under the running switch. Needs root. */
class PortRemovalSoftSwitchTest {
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  @Test
  void aRemovedInterfaceTakesNothingElseWithIt() throws Exception {
    if (!NetworkNamespace.possible()) {
      System.err.println("NOT RUN: PortRemovalSoftSwitchTest needs root");
    }
    Assumptions.assumeTrue(NetworkNamespace.possible());
    try (NetworkNamespace namespace =
        NetworkNamespace.create("ss-gone-" + ProcessHandle.current().pid())) {
      namespace.pair("s1", "h1");
      namespace.pair("s2", "h2");
      namespace.pair("s3", "h3");
      try (SoftSwitch running =
              namespace.inside(
                  () ->
                      SoftSwitch.builder()
                          .deviceId(1)
                          .linuxInterface(1, "s1")
                          .linuxInterface(2, "s2")
                          .linuxInterface(3, "s3")
                          .start());
          P4Client client = P4Client.tcp(running.grpcPort(), 1).primary(1);
          FrameEnd h1 = FrameEnd.open(namespace, "h1");
          FrameEnd h2 = FrameEnd.open(namespace, "h2");
          FrameEnd h3 = FrameEnd.open(namespace, "h3")) {
        client.commit(Routes.config());
        client.write(Routes.neighbour(1), Routes.neighbour(2));
        client.write(Routes.route(Update.Type.INSERT, 1, 1));
        client.write(Routes.route(Update.Type.INSERT, 2, 2));
        h3.send(Routes.frame(2));
        assertThat(h2.receive(PATIENCE)).isNotNull();
        namespace.exec("ip", "link", "del", "s2");
        for (int i = 0; i < 100; i++) {
          h3.send(Routes.frame(2));
          h3.send(Routes.frame(1));
        }
        for (int i = 0; i < 100; i++) {
          assertThat(h1.receive(PATIENCE)).isNotNull();
        }
        client.write(Routes.route(Update.Type.MODIFY, 2, 1));
        h3.send(Routes.frame(2));
        assertThat(h1.receive(PATIENCE)).isNotNull();
      }
    }
  }
}
