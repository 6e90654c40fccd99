package dev.weir.contract;

import static dev.weir.contract.Frame.ethernet;
import static dev.weir.contract.Frame.tcp;
import static dev.weir.contract.World.host;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.primitives.Bytes;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** What the contract says of IPv6 alone, for pipelines that parse it. */
abstract class Ipv6PipelineContract extends PipelineContract {
  Ipv6PipelineContract(String pipeline) {
    super(pipeline);
  }

  @Test
  void ipv6ExtensionHeadersAndMappedAddressesAreDropped() {
    byte[] syn = Frame.tcpHeader(3500, 80, SYN);
    dropped(1, Frame.behindDestinationOptions(host(1, true), host(2, true), 6, syn), 2, 0);
    byte[] mapped = tcp(host(1, true), 3500, host(2, true), 80, SYN);
    byte[] address =
        Bytes.concat(new byte[10], Frame.shorts(0xffff), Frame.address(host(1, false)));
    System.arraycopy(address, 0, mapped, 8, 16);
    dropped(1, mapped, 2, 0);
  }

  /** So Linux asks whether a neighbour that it knows is still there (RFC 4861 section 7.3). */
  @Test
  void neighbourProbesFromTheOwnLinkLocalAddressAreAnsweredAndNothingElsePasses() {
    byte[] own = World.mac(1);
    String self = World.linkLocal(1);
    target().send(1, ethernet(own, 0x86dd, Frame.solicitation(self, host(2, true), own)));
    byte[] answer = target().receive(1, ARRIVES);
    assertThat(answer).isNotNull();
    assertThat(Arrays.copyOfRange(answer, 14 + 24, 14 + 40)).isEqualTo(Frame.address(self));
    target()
        .send(1, ethernet(own, 0x86dd, Frame.solicitation(World.linkLocal(2), host(2, true), own)));
    nothingArrives(1);
    dropped(1, tcp(self, 3600, host(2, true), 80, SYN), 2, 0);
  }

  @Test
  void neighbourSolicitationIsAnsweredWithoutBreakingDuplicateAddressDetection() {
    byte[] own = World.mac(1);
    String self = host(1, true);
    String other = host(2, true);
    for (byte[] option : new byte[][] {own, new byte[0]}) {
      target().send(1, ethernet(own, 0x86dd, Frame.solicitation(self, other, option)));
      byte[] answer = target().receive(1, ARRIVES);
      assertThat(answer).isNotNull();
      // RFC 4861 section 4.4: solicited and override, the target, its link-layer address.
      byte[] expected =
          Frame.ip(
              other,
              self,
              58,
              Bytes.concat(
                  new byte[] {(byte) 136, 0, 0, 0},
                  Frame.ints(0x60000000),
                  Frame.address(other),
                  new byte[] {2, 1},
                  Frame.FABRIC_MAC),
              2);
      expected[7] = (byte) 255;
      assertThat(Arrays.copyOfRange(answer, 14, answer.length)).isEqualTo(expected);
      assertThat(Arrays.copyOf(answer, 12)).isEqualTo(Bytes.concat(own, Frame.FABRIC_MAC));
    }
    for (String[] ask :
        new String[][] {{"::", other}, {"::", self}, {self, self}, {host(3, true), other}}) {
      target().send(1, ethernet(own, 0x86dd, Frame.solicitation(ask[0], ask[1], new byte[0])));
      nothingArrives(1);
    }
  }
}
