package dev.weir.lab;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.google.common.collect.ImmutableSet;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What nobody can do from inside a workload or a sidecar, with frames of their own making. */
interface EdgeContract extends LabContract {
  Duration ARRIVAL = Duration.ofSeconds(10);

  /** RFC 826: hardware 1, protocol 0800, lengths 6 and 4, operation 2, behind its EtherType. */
  String ARP_REPLY = "08060001080006040002";

  @Test
  default void aSpoofedSourceIsDroppedAtItsPort() throws IOException {
    try (Frames frames = new Frames();
        var atServer = Frames.sniff(lab(), "ops/resolver")) {
      long spoofed = drops("spoofed");
      List<String> sent = new ArrayList<>();
      for (int version : versions()) {
        String resolver = lab().address("ops/resolver", version);
        String datagram = "/UDP(sport=4000,dport=5353)/b'%s'";
        sent.add(
            frames.build(
                from("guest/visitor")
                    + ip(version, lab().address("shop/frontend", version), resolver)
                    + datagram.formatted("weir-spoofed")));
        sent.add(
            frames.build(
                from("guest/visitor")
                    + ip(version, lab().address("guest/visitor", version), resolver)
                    + datagram.formatted("weir-own" + version)));
      }
      Frames.send(lab(), "guest/visitor", sent);
      for (int version : versions()) {
        lab().await("its own arrives", ARRIVAL, () -> atServer.saw("weir-own" + version));
      }
      assertThat(atServer.saw("weir-spoofed")).isFalse();
      lab()
          .await(
              "the drops are counted",
              ARRIVAL,
              () -> drops("spoofed") >= spoofed + versions().size());
    }
  }

  @Test
  default void theWorldHasAnySourceButWhatIsOursOrNobodys() throws IOException {
    try (Frames frames = new Frames();
        var atServer = Frames.sniff(lab(), "guest/visitor")) {
      List<String> sent = new ArrayList<>();
      for (int version : versions()) {
        String to = lab().address("guest/visitor", version);
        List<String> bad = new ArrayList<>();
        bad.add(lab().address("shop/frontend", version));
        for (JsonNode address : lab().sidecar("sidecar-1").path("addresses")) {
          if (address.asText().contains(":") == (version == 6)) {
            bad.add(address.asText());
          }
        }
        bad.addAll(version == 6 ? List.of("::1", "ff02::7") : List.of("127.0.0.1", "224.0.0.7"));
        for (String source : bad) {
          sent.add(frames.build(worldDatagram(version, source, to, "weir-bad")));
        }
        String far = version == 6 ? "2001:db8:9::9" : "203.0.113.9";
        sent.add(frames.build(worldDatagram(version, far, to, "weir-far" + version)));
      }
      long dropped = allDrops();
      Frames.send(lab(), "world", sent);
      for (int version : versions()) {
        lab().await("from afar arrives", ARRIVAL, () -> atServer.saw("weir-far" + version));
      }
      int bad = sent.size() - versions().size();
      lab().await("the rest is dropped", ARRIVAL, () -> allDrops() >= dropped + bad);
      assertThat(atServer.saw("weir-bad")).isFalse();
    }
  }

  private String worldDatagram(int version, String from, String to, String marker) {
    return from("world")
        + ip(version, from, to)
        + "/UDP(sport=4000,dport=9999)/b'%s'".formatted(marker);
  }

  @Test
  default void aSpoofedArpSenderIsNotAnswered() throws IOException {
    String request =
        from("guest/visitor", "ff:ff:ff:ff:ff:ff")
            + "ARP(op=1,hwsrc='%s',psrc='%%s',pdst='10.77.0.1')".formatted(mac("guest/visitor"));
    try (Frames frames = new Frames();
        var own = Frames.sniff(lab(), "guest/visitor")) {
      long spoofed = drops("spoofed");
      String victim = lab().address("shop/frontend", 4);
      Frames.send(
          lab(),
          "guest/visitor",
          List.of(
              frames.build(request.formatted(victim)),
              frames.build(request.formatted(lab().address("guest/visitor", 4)))));
      lab().await("its own is answered", ARRIVAL, () -> own.sawHex(ARP_REPLY));
      assertThat(own.frames().stream().filter(frame -> frame.contains(ARP_REPLY))).hasSize(1);
      lab().await("the drop is counted", ARRIVAL, () -> drops("spoofed") > spoofed);
    }
  }

  @Test
  default void aSpoofedSolicitationIsNotAnswered() throws IOException {
    String solicitation =
        from("guest/visitor", "33:33:ff:00:00:01")
            + "IPv6(src='%s',dst='ff02::1:ff00:1',hlim=255)/ICMPv6ND_NS(tgt='fd77::1')"
            + "/ICMPv6NDOptSrcLLAddr(lladdr='"
            + mac("guest/visitor")
            + "')";
    boolean carriesIpv6 = versions().contains(6);
    try (Frames frames = new Frames();
        var own = Frames.sniff(lab(), "guest/visitor")) {
      long dropped = drops(carriesIpv6 ? "spoofed" : "unparsed");
      String victim = lab().address("shop/frontend", 6);
      String self = lab().address("guest/visitor", 6);
      Frames.send(
          lab(),
          "guest/visitor",
          List.of(
              frames.build(solicitation.formatted(victim)),
              frames.build(solicitation.formatted(self))));
      String target = frames.build("IPv6(dst='fd77::1')").substring(48, 80);
      int answers = carriesIpv6 ? 1 : 0;
      lab().await("its own is answered", ARRIVAL, () -> advertisements(own, target) >= answers);
      lab()
          .await(
              "the rest is dropped",
              ARRIVAL,
              () -> drops(carriesIpv6 ? "spoofed" : "unparsed") >= dropped + 2 - answers);
      assertThat(advertisements(own, target)).isEqualTo(answers);
    }
  }

  @Test
  default void duplicateAddressDetectionHearsNobodyAnswer() throws IOException {
    String self4 = lab().address("guest/visitor", 4);
    String self6 = lab().address("guest/visitor", 6);
    List<String> probes =
        List.of(
            // RFC 5227: an ARP probe; RFC 4862: a solicitation from the unspecified address.
            from("guest/visitor", "ff:ff:ff:ff:ff:ff")
                + "ARP(op=1,hwsrc='%s',psrc='0.0.0.0',pdst='%s')"
                    .formatted(mac("guest/visitor"), self4),
            from("guest/visitor", "ff:ff:ff:ff:ff:ff")
                + "ARP(op=1,hwsrc='%s',psrc='%s',pdst='%s')"
                    .formatted(mac("guest/visitor"), self4, self4),
            from("guest/visitor", "33:33:ff:00:00:01")
                + "IPv6(src='::',dst='ff02::1:ff00:1',hlim=255)/ICMPv6ND_NS(tgt='%s')"
                    .formatted(self6));
    try (Frames frames = new Frames();
        var own = Frames.sniff(lab(), "guest/visitor")) {
      long dropped = allDrops();
      Frames.send(lab(), "guest/visitor", probes.stream().map(frames::build).toList());
      lab().await("all are dropped", ARRIVAL, () -> allDrops() >= dropped + probes.size());
      String target = frames.build("IPv6(dst='%s')".formatted(self6)).substring(48, 80);
      assertThat(advertisements(own, target)).isZero();
      assertThat(own.sawHex(ARP_REPLY)).isFalse();
    }
  }

  /** Neighbour advertisements (RFC 4861: ICMPv6 type 136) for a target that have come. */
  private static long advertisements(Frames.Sniffer sniffer, String target) {
    return sniffer.frames().stream()
        .filter(frame -> frame.startsWith("86dd", 24) && nextHeader(frame).equals("3a"))
        .filter(frame -> frame.startsWith("88", 108) && frame.startsWith(target, 124))
        .count();
  }

  @Test
  default void whoAddressesASidecarsListenerReachesNothing() throws IOException {
    ArrayNode probes = MeshApi.JSON.createArrayNode();
    List<String> expressions = new ArrayList<>();
    for (JsonNode sidecar : lab().api().placement().path("sidecars")) {
      for (JsonNode listener : sidecar.path("listeners")) {
        String address = listener.path("address").asText();
        int version = address.contains(":") ? 6 : 4;
        if (!versions().contains(version)) {
          continue;
        }
        int port = listener.path("port").asInt();
        probes
            .addObject()
            .put("address", address)
            .put("port", port)
            .put("protocol", "http")
            .put("method", "GET")
            .put("path", "/orders/1")
            .put("seconds", 1.5);
        for (String flags : List.of("S", "A", "PA", "R")) {
          expressions.add(
              from("shop/frontend")
                  + ip(version, lab().address("shop/frontend", version), address)
                  + "/TCP(sport=8080,dport=%d,flags='%s',seq=1,ack=1)".formatted(port, flags)
                  + "/b'weir-listener'");
        }
      }
    }
    assertThat(probes).isNotEmpty();
    try (Frames frames = new Frames();
        var first = Frames.sniff(lab(), "sidecar-1");
        var second = Frames.sniff(lab(), "sidecar-2")) {
      Frames.send(lab(), "shop/frontend", expressions.stream().map(frames::build).toList());
      for (JsonNode result : lab().probe("shop/frontend", probes)) {
        assertThat(result.path("seen").asText()).isEqualTo("no-connection");
      }
      assertThat(first.saw("weir-listener")).isFalse();
      assertThat(second.saw("weir-listener")).isFalse();
    }
  }

  @Test
  default void aSidecarReachesOnlyWhatItsConfigurationNames() {
    for (JsonNode sidecar : lab().api().placement().path("sidecars")) {
      ImmutableSet.Builder<String> configured = ImmutableSet.builder();
      sidecar.path("upstreams").forEach(upstream -> configured.add(upstream.asText()));
      ImmutableSet<String> upstreams = configured.build();
      ArrayNode probes = MeshApi.JSON.createArrayNode();
      List<String> targets = new ArrayList<>();
      lab()
          .description()
          .path("workloads")
          .forEach(
              workload -> {
                for (JsonNode port : workload.path("ports")) {
                  for (JsonNode address : workload.path("addresses")) {
                    String text = address.asText();
                    if (!versions().contains(text.contains(":") ? 6 : 4)) {
                      continue;
                    }
                    int number = port.path("port").asInt();
                    boolean tcp = port.path("protocol").asText().equals("TCP");
                    String target =
                        text.contains(":") ? "[" + text + "]:" + number : text + ":" + number;
                    targets.add(tcp ? target : "udp " + target);
                    probes
                        .addObject()
                        .put("address", text)
                        .put("port", number)
                        .put("protocol", port.path("application").asText())
                        .put("method", "GET")
                        .put("path", "/")
                        .put("seconds", 1.5);
                  }
                }
              });
      JsonNode results = lab().probe(sidecar.path("name").asText(), probes);
      for (int i = 0; i < targets.size(); i++) {
        assertThat(results.get(i).path("seen").asText())
            .as("%s to %s", sidecar.path("name").asText(), targets.get(i))
            .isEqualTo(upstreams.contains(targets.get(i)) ? "reaches" : "no-connection");
      }
    }
  }

  @Test
  default void aSynThatHidesItsHeaderNeverReachesAServer() throws IOException {
    String tcp = "/TCP(sport=4321,dport=8080,flags='S',seq=7)/b'weir-hidden'";
    String from4 = lab().address("shop/frontend", 4);
    String to4 = lab().address("shop/cart", 4);
    String whole4 = "IP(src='%s',dst='%s',id=9)".formatted(from4, to4) + tcp;
    List<String> hidden = new ArrayList<>();
    for (int fragment = 0; fragment < 2; fragment++) {
      hidden.add("fragment(%s,fragsize=16)[%d]".formatted(whole4, fragment));
    }
    if (versions().contains(6)) {
      String ip6 =
          "IPv6(src='%s',dst='%s')"
              .formatted(lab().address("shop/frontend", 6), lab().address("shop/cart", 6));
      hidden.add(ip6 + "/IPv6ExtHdrDestOpt(options=[PadN(optdata=b'1234')])" + tcp);
      hidden.add(ip6 + "/IPv6ExtHdrHopByHop(options=[PadN(optdata=b'1234')])" + tcp);
      String raw = "bytes(" + ip6 + tcp + ")[40:]";
      hidden.add(ip6 + "/IPv6ExtHdrFragment(offset=0,m=1,id=3,nh=6)/" + raw + "[:16]");
      hidden.add(ip6 + "/IPv6ExtHdrFragment(offset=2,m=0,id=3,nh=6)/" + raw + "[16:]");
    }
    try (Frames frames = new Frames();
        var atServer = Frames.sniff(lab(), "shop/cart")) {
      long unparsed = drops("unparsed");
      String plain =
          whole4.replace("weir-hidden", "weir-plain").replace("sport=4321", "sport=4322");
      List<String> built = new ArrayList<>();
      hidden.forEach(packet -> built.add(frames.build(from("shop/frontend") + packet)));
      built.add(frames.build(from("shop/frontend") + plain));
      Frames.send(lab(), "shop/frontend", built);
      lab().await("the plain one arrives", ARRIVAL, () -> atServer.saw("weir-plain"));
      assertThat(atServer.saw("weir-hidden")).isFalse();
      assertThat(atServer.frames()).noneMatch(EdgeContract::isFragmentOrExtended);
      lab()
          .await(
              "the drops are counted",
              ARRIVAL,
              () -> drops("unparsed") >= unparsed + hidden.size());
    }
  }

  @Test
  default void aDeniedSynBehindIpv4OptionsNeverReachesAServer() throws IOException {
    String options = "options=[IPOption(b'\\x07\\x07\\x04\\x00\\x00\\x00\\x00\\x00')]";
    String denied =
        from("guest/visitor")
            + "IP(src='%s',dst='%s',%s)"
                .formatted(
                    lab().address("guest/visitor", 4), lab().address("shop/cart", 4), options)
            + "/TCP(sport=4321,dport=8080,flags='S',seq=7)/b'weir-options'";
    assertDoesNotArrive("guest/visitor", "shop/cart", "weir-options", List.of(denied));
  }

  @Test
  default void theDeniedDirectionOpensNothing() throws IOException {
    List<String> denied = new ArrayList<>();
    for (int version : versions()) {
      String metrics = lab().address("ops/metrics", version);
      String frontend = lab().address("shop/frontend", version);
      String header = from("ops/metrics") + ip(version, metrics, frontend);
      // From the very port that frontend may talk to, without frontend having done so.
      denied.add(header + "/UDP(sport=8125,dport=40123)/b'weir-denied'");
      denied.add(header + "/UDP(sport=40123,dport=8080)/b'weir-denied'");
    }
    assertDoesNotArrive("ops/metrics", "shop/frontend", "weir-denied", denied);

    List<String> segments = new ArrayList<>();
    for (int version : versions()) {
      String cart = lab().address("shop/cart", version);
      String frontend = lab().address("shop/frontend", version);
      for (String flags : List.of("S", "SA", "A", "PA", "FA", "R", "RA")) {
        segments.add(
            from("shop/cart")
                + ip(version, cart, frontend)
                + "/TCP(sport=5555,dport=8080,flags='%s',seq=1,ack=1)".formatted(flags)
                + "/b'weir-segment'");
      }
    }
    assertDoesNotArrive("shop/cart", "shop/frontend", "weir-segment", segments);
  }

  /** Sends the frames, and sees the switch drop as many and none of them arrive. */
  private void assertDoesNotArrive(
      String client, String server, String marker, List<String> expressions) throws IOException {
    try (Frames frames = new Frames();
        var atServer = Frames.sniff(lab(), server)) {
      long dropped = allDrops();
      Frames.send(lab(), client, expressions.stream().map(frames::build).toList());
      lab()
          .await(
              "every frame is dropped", ARRIVAL, () -> allDrops() >= dropped + expressions.size());
      assertThat(atServer.saw(marker)).isFalse();
    }
  }

  /** IPv4 with an offset or more to come; IPv6 whose next header is neither TCP, UDP nor ICMP. */
  private static boolean isFragmentOrExtended(String frame) {
    if (frame.startsWith("0800", 24)) {
      return (Integer.parseInt(frame.substring(40, 44), 16) & 0x3fff) != 0;
    }
    return frame.startsWith("86dd", 24) && !List.of("06", "11", "3a").contains(nextHeader(frame));
  }

  private static String nextHeader(String ipv6Frame) {
    return ipv6Frame.substring(40, 42);
  }

  private long allDrops() {
    return lab().api().counted("drops");
  }

  private long drops(String reason) {
    return lab().api().counted("drops", reason);
  }

  private String mac(String workload) {
    return lab().workload(workload).path("mac").asText();
  }

  private String from(String workload) {
    return from(workload, "02:77:65:69:72:01");
  }

  private String from(String workload, String to) {
    return "Ether(src='%s',dst='%s')/".formatted(mac(workload), to);
  }

  private static String ip(int version, String from, String to) {
    return (version == 6 ? "IPv6" : "IP") + "(src='%s',dst='%s')".formatted(from, to);
  }
}
