package dev.weir.controller.xds;

import static dev.weir.compiler.request.RequestExpr.and;
import static dev.weir.compiler.request.RequestExpr.not;
import static dev.weir.compiler.request.RequestExpr.or;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.ImmutableSortedSet;
import com.sun.net.httpserver.HttpServer;
import dev.weir.compiler.envoy.EnvoyResources;
import dev.weir.compiler.intent.Authorizer;
import dev.weir.compiler.intent.Workload.Application;
import dev.weir.compiler.net.IpAddress;
import dev.weir.compiler.net.Prefix;
import dev.weir.compiler.placement.Placement;
import dev.weir.compiler.placement.Placement.Listener;
import dev.weir.compiler.placement.Placement.SidecarConfig;
import dev.weir.compiler.placement.Placement.Target;
import dev.weir.compiler.request.RequestExpr;
import dev.weir.compiler.request.RequestExpr.StringMatch;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a real Envoy does with what it is told. */
@Tag("envoy")
final class SidecarEnforcementTest {
  private static final String SIDECAR = "sidecar-1";
  private static final Duration DEADLINE = Duration.ofSeconds(20);
  private static final String HERE = "127.0.0.1";
  private static final String CLIENT_A = "127.0.0.2";
  private static final String CLIENT_B = "127.0.0.3";
  private static final RequestExpr GET = method("GET");

  @TempDir private static Path directory;
  private static XdsServer xds;
  private static EnvoyProcess envoy;
  private static HttpServer workload;
  private static ServerSocket greeter;
  private static ExecutorService greetings;
  private int port;

  @BeforeAll
  static void start() throws Exception {
    xds = XdsServer.start(directory.resolve("xds.sock"), () -> {});
    envoy = EnvoyProcess.start(SIDECAR, xds.socket(), directory);
    workload = HttpServer.create(new InetSocketAddress(HERE, 0), 0);
    workload.createContext(
        "/",
        exchange -> {
          String said =
              exchange.getRequestMethod()
                  + " "
                  + exchange.getRequestURI()
                  + " for "
                  + exchange.getRequestHeaders().getFirst("X-Forwarded-For");
          byte[] body = said.getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(200, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    workload.start();
    greeter = new ServerSocket(0, 50, InetAddress.getByName(HERE));
    greetings = Executors.newVirtualThreadPerTaskExecutor();
    greetings.submit(SidecarEnforcementTest::greet);
  }

  @BeforeEach
  void choosePort() throws IOException {
    port = freePort();
  }

  /** A server that speaks first, then echoes lines. */
  private static Void greet() throws IOException {
    while (true) {
      Socket socket = greeter.accept();
      greetings.submit(
          () -> {
            socket.getOutputStream().write("hello\n".getBytes(StandardCharsets.US_ASCII));
            return socket.getInputStream().transferTo(socket.getOutputStream());
          });
    }
  }

  @AfterAll
  static void stop() throws Exception {
    if (envoy != null) {
      envoy.close();
    }
    xds.close();
    if (workload != null) {
      workload.stop(0);
      greeter.close();
      greetings.shutdownNow();
    }
  }

  @Test
  void allowedMethodReachesTheWorkloadAndAnotherIsRefused() throws Exception {
    enforce(http(port, GET));
    try (HttpConnection client = connect(CLIENT_A)) {
      assertThat(client.send("GET", "/cart").status()).isEqualTo(200);
      assertThat(client.send("POST", "/cart").status()).isEqualTo(403);
      assertThat(client.send("GET", "/cart").status()).isEqualTo(200);
    }
  }

  @Test
  void keptAliveConnectionMeetsTheNewPolicyWithItsNextRequest() throws Exception {
    enforce(http(port, GET));
    try (HttpConnection client = connect(CLIENT_A)) {
      assertThat(client.send("GET", "/").status()).isEqualTo(200);
      enforce(http(port, method("PUT")));
      assertThat(client.send("GET", "/").status()).isEqualTo(403);
      enforce(http(port, RequestExpr.FALSE));
      assertThat(client.send("GET", "/").status()).isEqualTo(403);
      enforce(http(port, RequestExpr.TRUE));
      assertThat(client.send("POST", "/").status()).isEqualTo(200);
    }
  }

  @Test
  void deniedPathIsDeniedHoweverItIsWritten() throws Exception {
    enforce(
        http(
            port,
            not(
                or(
                    path(new StringMatch.StartsWith("/admin")),
                    path(new StringMatch.EndsWith(".key"))))));
    try (HttpConnection client = connect(CLIENT_A)) {
      for (String denied :
          List.of(
              "/admin",
              "/admin/users?x=1",
              "/shop/../admin",
              "/./admin",
              "/shop\\..\\admin",
              "/%61dmin",
              "/shop/a.key",
              "/shop/a.key?b")) {
        assertThat(client.send("GET", denied).status()).describedAs(denied).isEqualTo(403);
      }
      for (String allowed : List.of("/", "/shop", "/shop/admin", "/?q=/admin")) {
        assertThat(client.send("GET", allowed).status()).describedAs(allowed).isEqualTo(200);
      }
      // Istio's default keeps repeated slashes; the 404 is the workload's own.
      assertThat(client.send("GET", "//admin").status()).isEqualTo(404);
    }
  }

  @Test
  void anyExpressionDecidesAsItIsDefined() throws Exception {
    RandomExpressions expressions = new RandomExpressions(20);
    enforce(http(port, RequestExpr.FALSE));
    try (HttpConnection a = connect(CLIENT_A);
        HttpConnection b = connect(CLIENT_B)) {
      for (int i = 0; i < 20; i++) {
        RequestExpr expr = expressions.next(3);
        enforce(http(port, expr));
        for (String method : List.of("GET", "POST", "PUT")) {
          for (String path : List.of("/a", "/a/b", "/c", "/d/b")) {
            boolean fromA = RandomExpressions.holds(expr, method, path, CLIENT_A);
            boolean fromB = RandomExpressions.holds(expr, method, path, CLIENT_B);
            assertThat(a.send(method, path).status())
                .describedAs("%s %s from a: %s", method, path, expr)
                .isEqualTo(fromA ? 200 : 403);
            assertThat(b.send(method, path).status())
                .describedAs("%s %s from b: %s", method, path, expr)
                .isEqualTo(fromB ? 200 : 403);
          }
        }
      }
    }
  }

  @Test
  void hostsHeadersAndTemplatesAreToldApart() throws Exception {
    RequestExpr tier =
        new RequestExpr.Sent(
            new RequestExpr.Attribute.Header("x-tier"), StringMatch.parse("gold*"));
    RequestExpr host =
        new RequestExpr.Sent(
            RequestExpr.Attribute.Header.HOST, new StringMatch.AnyCase(StringMatch.parse("TEST*")));
    RequestExpr claim =
        new RequestExpr.Sent(
            new RequestExpr.Attribute.Claim(ImmutableList.of("groups"), true),
            StringMatch.parse("a"));
    RequestExpr named =
        new RequestExpr.Sent(new RequestExpr.Attribute.ServerName(), StringMatch.parse("a.test"));
    RequestExpr forwarded =
        new RequestExpr.Forwarded(ImmutableSet.of(Prefix.parse("203.0.113.0/24")));
    enforce(
        http(
            port,
            and(
                tier,
                host,
                not(claim),
                not(named),
                or(path(new StringMatch.Template("/a/{*}/b/{**}")), forwarded))));
    try (HttpConnection client = connect(CLIENT_A)) {
      assertThat(client.send("GET", "/a/x/b/c/d", "x-tier: golden").status()).isEqualTo(200);
      assertThat(client.send("GET", "/a/x/y/b/c", "x-tier: golden").status()).isEqualTo(403);
      assertThat(client.send("GET", "/a/x/b/c", "x-tier: Gold").status()).isEqualTo(403);
      assertThat(client.send("GET", "/a/x/b/c").status()).isEqualTo(403);
      assertThat(
              client
                  .send("GET", "/", "x-tier: gold", "X-Forwarded-For: 9.9.9.9, 203.0.113.7")
                  .status())
          .isEqualTo(200);
      assertThat(
              client
                  .send("GET", "/", "x-tier: gold", "X-Forwarded-For: 203.0.113.7, 9.9.9.9")
                  .status())
          .isEqualTo(403);
    }
  }

  @Test
  void anAuthorizerIsAskedAboutWhatIsDelegatedAndNothingElse() throws Exception {
    HttpServer authorizer = HttpServer.create(new InetSocketAddress(HERE, 0), 0);
    authorizer.createContext(
        "/",
        exchange -> {
          boolean yes = exchange.getRequestURI().getPath().endsWith("/yes");
          exchange.sendResponseHeaders(yes ? 200 : 401, -1);
          exchange.close();
        });
    authorizer.start();
    try {
      for (boolean answers : new boolean[] {true, false}) {
        enforce(delegating(authorizer.getAddress().getPort(), answers));
        try (HttpConnection client = connect(CLIENT_A)) {
          assertThat(client.send("GET", "/").status()).isEqualTo(200);
          assertThat(client.send("GET", "/ask/yes").status()).isEqualTo(answers ? 200 : 403);
          assertThat(client.send("GET", "/ask/no").status()).isEqualTo(answers ? 401 : 403);
          assertThat(client.send("POST", "/ask/yes").status()).isEqualTo(403);
        }
      }
    } finally {
      authorizer.stop(0);
    }
  }

  private Listener delegating(int authorizerPort, boolean answers) {
    Authorizer authorizer =
        new Authorizer(
            "ext",
            Authorizer.Protocol.HTTP,
            "ext.test",
            answers
                ? ImmutableSortedSet.of(new Authorizer.Place(address(HERE), authorizerPort))
                : ImmutableSortedSet.of(),
            5_000,
            "/check",
            true,
            403,
            ImmutableList.of("x-*"),
            ImmutableSortedMap.of("x-from", "weir"),
            0,
            false,
            ImmutableList.of(),
            ImmutableList.of(),
            ImmutableList.of());
    return http(port, GET)
        .with(
            new Placement.Delegation(
                authorizer, path(new StringMatch.StartsWith("/ask")), RequestExpr.FALSE));
  }

  @Test
  void conditionsOnSourcesCountPerClient() throws Exception {
    enforce(
        http(
            port,
            or(and(source(CLIENT_A + "/32"), GET), and(source(CLIENT_B + "/32"), method("POST")))));
    try (HttpConnection a = connect(CLIENT_A);
        HttpConnection b = connect(CLIENT_B);
        HttpConnection other = connect("127.0.0.4")) {
      assertThat(a.send("GET", "/").status()).isEqualTo(200);
      assertThat(a.send("POST", "/").status()).isEqualTo(403);
      assertThat(b.send("POST", "/").status()).isEqualTo(200);
      assertThat(b.send("GET", "/").status()).isEqualTo(403);
      assertThat(other.send("GET", "/").status()).isEqualTo(403);
    }
  }

  @Test
  void clientIsNamedToTheWorkloadAndCannotNameItself() throws Exception {
    enforce(http(port, and(source(CLIENT_A + "/32"), GET)));
    try (HttpConnection a = connect(CLIENT_A);
        HttpConnection b = connect(CLIENT_B)) {
      assertThat(a.send("GET", "/").body()).endsWith("for " + CLIENT_A);
      assertThat(b.send("GET", "/", "X-Forwarded-For: " + CLIENT_A).status()).isEqualTo(403);
      assertThat(a.send("GET", "/", "X-Forwarded-For: 9.9.9.9").body()).endsWith("," + CLIENT_A);
      assertThat(a.send("GET", "/", "X-Envoy-Original-Path: /x").status()).isEqualTo(200);
    }
  }

  @Test
  void presentMatchesAnyMethodAndPath() throws Exception {
    enforce(
        http(
            port,
            and(
                new RequestExpr.Method(new StringMatch.Present()),
                path(new StringMatch.Present()))));
    try (HttpConnection client = connect(CLIENT_A)) {
      assertThat(client.send("BREW", "/pot").status()).isEqualTo(200);
      assertThat(client.send("OPTIONS", "/").status()).isEqualTo(200);
    }
  }

  @Test
  void denyingOneSourceOfAPlainConnectionCutsNoOther() throws Exception {
    enforce(plain(Application.OPAQUE, sources(CLIENT_A, CLIENT_B)));
    try (HttpConnection a = connect(CLIENT_A);
        HttpConnection b = connect(CLIENT_B)) {
      assertThat(a.line()).isEqualTo("hello");
      assertThat(b.line()).isEqualTo("hello");
      enforce(plain(Application.OPAQUE, sources(CLIENT_B)));
      assertThat(a.closedWithin(100)).isTrue();
      b.write("still here\n");
      assertThat(b.line()).isEqualTo("still here");
      try (HttpConnection again = connect(CLIENT_A)) {
        assertThat(again.closedWithin(3_000)).isTrue();
      }
      enforce(plain(Application.OPAQUE, sources(CLIENT_A, CLIENT_B)));
      b.write("and now\n");
      assertThat(b.line()).isEqualTo("and now");
      try (HttpConnection again = connect(CLIENT_A)) {
        assertThat(again.line()).isEqualTo("hello");
      }
    }
  }

  @Test
  void nothingPassesWhereNoSourceMay() throws Exception {
    enforce(plain(Application.OPAQUE, RequestExpr.FALSE));
    try (HttpConnection a = connect(CLIENT_A)) {
      assertThat(a.closedWithin(3_000)).isTrue();
    }
  }

  @Test
  void detectedPortTellsHttpFromPlain() throws Exception {
    RequestExpr fromB = source(CLIENT_B + "/32");
    enforce(
        new Listener(
            address(HERE),
            port,
            "shop/cart",
            target(greeter.getLocalPort()),
            Application.DETECTED,
            true,
            RequestExpr.FALSE,
            fromB,
            ImmutableList.of()));
    try (HttpConnection http = connect(CLIENT_B);
        HttpConnection silent = connect(CLIENT_B);
        HttpConnection plain = connect(CLIENT_B);
        HttpConnection denied = connect(CLIENT_A)) {
      assertThat(http.send("GET", "/").status()).isEqualTo(403);
      plain.write("not http\n");
      assertThat(plain.line()).isEqualTo("hello");
      assertThat(plain.line()).isEqualTo("not http");
      assertThat(silent.line()).isEqualTo("hello");
      denied.write("not http\n");
      assertThat(denied.closedWithin(3_000)).isTrue();
    }
    assertThat(statusOnDetectedPort(RequestExpr.TRUE)).isEqualTo(200);
  }

  private int statusOnDetectedPort(RequestExpr allow) throws Exception {
    enforce(
        new Listener(
            address(HERE),
            port,
            "shop/cart",
            target(workload.getAddress().getPort()),
            Application.DETECTED,
            false,
            allow,
            RequestExpr.FALSE,
            ImmutableList.of()));
    try (HttpConnection http = connect(CLIENT_A)) {
      return http.send("GET", "/").status();
    }
  }

  @Test
  void whatALaterServerDoesNotServeGoesAway() throws Exception {
    int stale = freePort();
    enforce(http(port, GET), http(stale, GET));
    Path socket = xds.socket();
    try (HttpConnection kept = connect(CLIENT_A)) {
      assertThat(kept.send("GET", "/").status()).isEqualTo(200);
      assertThat(statusAt(stale)).isEqualTo(200);
      xds.close();
      assertThat(kept.send("GET", "/").status()).isEqualTo(200);
      xds = XdsServer.start(socket, () -> {});
      enforce(http(port, GET));
      assertThatThrownBy(() -> statusAt(stale)).isInstanceOf(IOException.class);
      assertThat(kept.send("GET", "/").status()).isEqualTo(200);
      enforce();
      assertThatThrownBy(() -> connect(CLIENT_A)).isInstanceOf(IOException.class);
    }
    assertThat(envoy.stat("cluster_manager.active_clusters")).isEqualTo(1);
  }

  private int statusAt(int listener) throws IOException {
    try (HttpConnection client = new HttpConnection(CLIENT_A, HERE, listener)) {
      return client.send("GET", "/").status();
    }
  }

  @Test
  void refusalIsReportedAndTheNextConfigurationStillTaken() throws Exception {
    // An address of documentation (RFC 5737), which no interface here has.
    Listener unbindable =
        new Listener(
            address("192.0.2.1"),
            port,
            "shop/cart",
            target(workload.getAddress().getPort()),
            Application.HTTP,
            false,
            RequestExpr.TRUE,
            RequestExpr.FALSE,
            ImmutableList.of());
    xds.publish(SIDECAR, EnvoyResources.of(config(unbindable)));
    SidecarState state = xds.awaitEnforced(List.of(SIDECAR), DEADLINE).get(SIDECAR);
    assertThat(state).isInstanceOf(SidecarState.Refused.class);
    assertThat(state.sentence()).contains("192.0.2.1");
    enforce(http(port, GET));
    assertThat(statusAt(port)).isEqualTo(200);
  }

  @Test
  void sidecarThatIsGoneIsReportedSo() throws Exception {
    xds.publish("sidecar-2", EnvoyResources.NOTHING);
    try (EnvoyProcess _ =
        EnvoyProcess.start("sidecar-2", xds.socket(), directory.resolve("second"))) {
      assertThat(xds.awaitEnforced(List.of("sidecar-2"), DEADLINE))
          .containsEntry("sidecar-2", new SidecarState.InForce());
    }
    Map<String, SidecarState> states =
        xds.awaitEnforced(List.of("sidecar-2", "sidecar-3"), Duration.ofMillis(500));
    assertThat(states.get("sidecar-2")).isInstanceOf(SidecarState.Disconnected.class);
    assertThat(states.get("sidecar-3")).isInstanceOf(SidecarState.Unknown.class);
  }

  private void enforce(Listener... listeners) throws Exception {
    xds.publish(SIDECAR, EnvoyResources.of(config(listeners)));
    Map<String, SidecarState> states = xds.awaitEnforced(List.of(SIDECAR), DEADLINE);
    assertThat(states.get(SIDECAR))
        .describedAs(() -> String.join("\n", complaints()))
        .isEqualTo(new SidecarState.InForce());
  }

  private List<String> complaints() {
    try {
      return envoy.complaints();
    } catch (IOException e) {
      return List.of(e.toString());
    }
  }

  private static SidecarConfig config(Listener... listeners) {
    return new SidecarConfig(
        SIDECAR,
        ImmutableList.copyOf(listeners),
        ImmutableList.copyOf(listeners).stream()
            .map(Listener::target)
            .collect(ImmutableSortedSet.toImmutableSortedSet(java.util.Comparator.naturalOrder())));
  }

  private static Listener http(int listenerPort, RequestExpr allow) {
    return new Listener(
        address(HERE),
        listenerPort,
        "shop/cart",
        target(workload.getAddress().getPort()),
        Application.HTTP,
        false,
        allow,
        RequestExpr.FALSE,
        ImmutableList.of());
  }

  private Listener plain(Application application, RequestExpr allow) {
    return new Listener(
        address(HERE),
        port,
        "shop/cart",
        target(greeter.getLocalPort()),
        application,
        true,
        RequestExpr.FALSE,
        allow,
        ImmutableList.of());
  }

  private HttpConnection connect(String from) throws IOException {
    return new HttpConnection(from, HERE, port);
  }

  private static RequestExpr method(String method) {
    return new RequestExpr.Method(new StringMatch.Exact(method));
  }

  private static RequestExpr path(StringMatch match) {
    return new RequestExpr.Path(match);
  }

  private static RequestExpr sources(String... addresses) {
    return or(ImmutableList.copyOf(addresses).stream().map(a -> source(a + "/32")).toList());
  }

  private static RequestExpr source(String block) {
    return new RequestExpr.Source(ImmutableSet.of(Prefix.parse(block)));
  }

  private static Target target(int port) {
    return new Target(address(HERE), port);
  }

  private static IpAddress address(String text) {
    return IpAddress.parse(text);
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getByName(HERE))) {
      return socket.getLocalPort();
    }
  }
}
