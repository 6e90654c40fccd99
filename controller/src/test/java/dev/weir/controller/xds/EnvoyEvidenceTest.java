package dev.weir.controller.xds;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.ImmutableSortedSet;
import com.google.protobuf.Any;
import com.google.protobuf.ListValue;
import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import com.sun.net.httpserver.HttpServer;
import dev.weir.compiler.envoy.EnvoyResources;
import dev.weir.compiler.intent.Authorizer;
import dev.weir.compiler.intent.Workload.Application;
import dev.weir.compiler.net.IpAddress;
import dev.weir.compiler.placement.Placement;
import dev.weir.compiler.placement.Placement.Listener;
import dev.weir.compiler.placement.Placement.SidecarConfig;
import dev.weir.compiler.placement.Placement.Target;
import dev.weir.compiler.request.RequestExpr;
import dev.weir.compiler.request.RequestExpr.StringMatch;
import io.envoyproxy.envoy.extensions.filters.http.header_to_metadata.v3.Config;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter;
import io.envoyproxy.envoy.service.auth.v3.AuthorizationGrpc;
import io.envoyproxy.envoy.service.auth.v3.CheckRequest;
import io.envoyproxy.envoy.service.auth.v3.CheckResponse;
import io.envoyproxy.envoy.service.auth.v3.DeniedHttpResponse;
import io.envoyproxy.envoy.type.v3.HttpStatus;
import io.envoyproxy.envoy.type.v3.StatusCode;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a real Envoy makes of claims, of server names and of authorizers that speak gRPC. */
final class EnvoyEvidenceTest {
  private static final String SIDECAR = "sidecar-1";
  private static final Duration DEADLINE = Duration.ofSeconds(20);
  private static final String HERE = "127.0.0.1";
  private static final String ANNA = "127.0.0.2";
  private static final String BORIS = "127.0.0.3";
  private static final String PAYLOAD_HEADER = "x-payload";

  @TempDir private static Path directory;
  private static XdsServer xds;
  private static EnvoyProcess envoy;
  private static HttpServer workload;
  private static ServerSocket greeter;

  @BeforeAll
  static void start() throws Exception {
    xds = XdsServer.start(directory.resolve("xds.sock"), () -> {});
    envoy = EnvoyProcess.start(SIDECAR, xds.socket(), directory);
    workload = HttpServer.create(new InetSocketAddress(HERE, 0), 0);
    workload.createContext(
        "/",
        exchange -> {
          exchange.sendResponseHeaders(200, -1);
          exchange.close();
        });
    workload.start();
    greeter = new ServerSocket(0, 50, InetAddress.getByName(HERE));
    Thread.ofVirtual().start(EnvoyEvidenceTest::greet);
  }

  /**
   * A server that answers once it hears something. (What one says unasked is not held back: Envoy
   * judges a connection by its first byte, docs/authorization.md.)
   */
  private static void greet() {
    try {
      while (true) {
        Socket socket = greeter.accept();
        Thread.ofVirtual().start(() -> answer(socket));
      }
    } catch (IOException _) {
      // Closed at the end.
    }
  }

  private static void answer(Socket socket) {
    try (socket) {
      if (socket.getInputStream().read() >= 0) {
        socket.getOutputStream().write("hello\n".getBytes(StandardCharsets.US_ASCII));
      }
    } catch (IOException _) {
      // The client has gone.
    }
  }

  @AfterAll
  static void stop() throws Exception {
    if (envoy != null) {
      envoy.close();
    }
    xds.close();
    workload.stop(0);
    greeter.close();
  }

  /** Istio's own filter for tokens puts their claims into the metadata under the same names. */
  @Test
  void claimsCountAsTextsAndListsOfTexts() throws Exception {
    int port = freePort();
    RequestExpr groups = claim(true, StringMatch.parse("dev*"), "groups");
    RequestExpr inner = claim(true, StringMatch.parse("x"), "a", "b");
    RequestExpr issuer = claim(false, StringMatch.parse("me"), "iss");
    Map<String, Value> claims = new TreeMap<>();
    enforce(withClaims(http(port, groups)));
    assertThat(status(port, claims)).isEqualTo(403);
    claims.put("groups", text("devops"));
    assertThat(status(port, claims)).isEqualTo(200);
    claims.put("groups", list("ops", "dev"));
    assertThat(status(port, claims)).isEqualTo(200);
    claims.put("groups", list("ops"));
    assertThat(status(port, claims)).isEqualTo(403);
    claims.put("groups", Value.newBuilder().setNumberValue(7).build());
    assertThat(status(port, claims)).isEqualTo(403);
    enforce(withClaims(http(port, RequestExpr.not(groups))));
    assertThat(status(port, claims)).isEqualTo(200);
    assertThat(status(port, Map.of())).isEqualTo(200);
    enforce(withClaims(http(port, RequestExpr.and(inner, issuer))));
    claims.put("iss", text("me"));
    assertThat(status(port, claims)).isEqualTo(403);
    claims.put("a", Value.newBuilder().setStructValue(struct(Map.of("b", text("x")))).build());
    assertThat(status(port, claims)).isEqualTo(200);
    claims.put("iss", list("me"));
    assertThat(status(port, claims)).isEqualTo(403);
  }

  /** A live sidecar has no such filter: whatever the client writes, its claims are absent. */
  @Test
  void withoutAFilterForTokensClaimsAreAbsent() throws Exception {
    int port = freePort();
    RequestExpr any = claim(true, new StringMatch.Present(), "groups");
    Map<String, Value> claims = Map.of("groups", text("dev"));
    enforce(EnvoyResources.of(config(http(port, any))));
    assertThat(status(port, claims)).isEqualTo(403);
    enforce(EnvoyResources.of(config(http(port, RequestExpr.not(any)))));
    assertThat(status(port, claims)).isEqualTo(200);
  }

  @Test
  void serverNamesAreReadFromTlsThatPasses() throws Exception {
    int port = freePort();
    RequestExpr name =
        new RequestExpr.Sent(new RequestExpr.Attribute.ServerName(), StringMatch.parse("*.a.test"));
    enforce(EnvoyResources.of(config(plain(port, name))));
    assertThat(greeted(port, ANNA, hello("www.a.test"))).isTrue();
    assertThat(greeted(port, ANNA, hello("www.b.test"))).isFalse();
    assertThat(greeted(port, ANNA, "no TLS\n".getBytes(StandardCharsets.US_ASCII))).isFalse();
    enforce(EnvoyResources.of(config(plain(port, RequestExpr.not(name)))));
    assertThat(greeted(port, ANNA, hello("www.a.test"))).isFalse();
    assertThat(greeted(port, ANNA, hello("www.b.test"))).isTrue();
    assertThat(greeted(port, ANNA, "no TLS\n".getBytes(StandardCharsets.US_ASCII))).isTrue();
  }

  @Test
  void anAuthorizerThatSpeaksGrpcIsAskedAboutRequestsAndConnections() throws Exception {
    int requests = freePort();
    int connections = freePort();
    Server server =
        NettyServerBuilder.forAddress(new InetSocketAddress(HERE, 0))
            .addService(new Checks())
            .build()
            .start();
    try {
      Authorizer authorizer = authorizer(server.getPort());
      enforce(
          EnvoyResources.of(
              config(
                  http(requests, RequestExpr.TRUE)
                      .with(
                          new Placement.Delegation(
                              authorizer,
                              new RequestExpr.Path(new StringMatch.StartsWith("/ask")),
                              RequestExpr.FALSE)),
                  plain(connections, RequestExpr.TRUE)
                      .with(
                          new Placement.Delegation(
                              authorizer, RequestExpr.FALSE, RequestExpr.TRUE)))));
      byte[] words = "words\n".getBytes(StandardCharsets.US_ASCII);
      try (HttpConnection client = new HttpConnection(ANNA, HERE, requests)) {
        assertThat(client.send("GET", "/").status()).isEqualTo(200);
        assertThat(client.send("GET", "/ask/yes").status()).isEqualTo(200);
        assertThat(client.send("GET", "/ask/no").status()).isEqualTo(401);
        assertThat(greeted(connections, ANNA, words)).isTrue();
        assertThat(greeted(connections, BORIS, words)).isFalse();
        server.shutdownNow().awaitTermination();
        assertThat(client.send("GET", "/").status()).isEqualTo(200);
        assertThat(client.send("GET", "/ask/yes").status()).isEqualTo(403);
        assertThat(greeted(connections, ANNA, words)).isFalse();
      }
    } finally {
      server.shutdownNow();
    }
  }

  /** Says yes to paths that end so, and to connections of one client. */
  private static final class Checks extends AuthorizationGrpc.AuthorizationImplBase {
    @Override
    public void check(CheckRequest request, StreamObserver<CheckResponse> answer) {
      String path = request.getAttributes().getRequest().getHttp().getPath();
      String client =
          request.getAttributes().getSource().getAddress().getSocketAddress().getAddress();
      boolean yes = path.isEmpty() ? client.equals(ANNA) : path.endsWith("/yes");
      CheckResponse.Builder response =
          CheckResponse.newBuilder()
              .setStatus(
                  com.google.rpc.Status.newBuilder()
                      .setCode((yes ? Status.Code.OK : Status.Code.PERMISSION_DENIED).value()));
      if (!yes) {
        response.setDeniedResponse(
            DeniedHttpResponse.newBuilder()
                .setStatus(HttpStatus.newBuilder().setCode(StatusCode.Unauthorized)));
      }
      answer.onNext(response.build());
      answer.onCompleted();
    }
  }

  private static Authorizer authorizer(int port) {
    return new Authorizer(
        "ext",
        Authorizer.Protocol.GRPC,
        "ext.test",
        ImmutableSortedSet.of(new Authorizer.Place(IpAddress.parse(HERE), port)),
        5_000,
        "",
        false,
        403,
        ImmutableList.of(),
        ImmutableSortedMap.of(),
        0,
        false,
        ImmutableList.of(),
        ImmutableList.of(),
        ImmutableList.of());
  }

  private static RequestExpr claim(boolean inLists, StringMatch match, String... names) {
    return new RequestExpr.Sent(
        new RequestExpr.Attribute.Claim(ImmutableList.copyOf(names), inLists), match);
  }

  private static Value text(String text) {
    return Value.newBuilder().setStringValue(text).build();
  }

  private static Value list(String... texts) {
    ListValue.Builder list = ListValue.newBuilder();
    List.of(texts).forEach(each -> list.addValues(text(each)));
    return Value.newBuilder().setListValue(list).build();
  }

  private static Struct struct(Map<String, Value> fields) {
    return Struct.newBuilder().putAllFields(fields).build();
  }

  /** The answer to a client whose token has these claims. */
  private static int status(int port, Map<String, Value> claims) throws IOException {
    byte[] payload = Value.newBuilder().setStructValue(struct(claims)).build().toByteArray();
    try (HttpConnection client = new HttpConnection(ANNA, HERE, port)) {
      return client
          .send("GET", "/", PAYLOAD_HEADER + ": " + Base64.getEncoder().encodeToString(payload))
          .status();
    }
  }

  /** The listener with a filter before its others that leaves a header's claims as a token's. */
  private static EnvoyResources withClaims(Listener listener) throws IOException {
    EnvoyResources resources = EnvoyResources.of(config(listener));
    Config.Rule rule =
        Config.Rule.newBuilder()
            .setHeader(PAYLOAD_HEADER)
            .setOnHeaderPresent(
                Config.KeyValuePair.newBuilder()
                    .setMetadataNamespace("envoy.filters.http.jwt_authn")
                    .setKey("payload")
                    .setType(Config.ValueType.PROTOBUF_VALUE)
                    .setEncode(Config.ValueEncode.BASE64))
            .build();
    HttpFilter filter =
        HttpFilter.newBuilder()
            .setName("envoy.filters.http.header_to_metadata")
            .setTypedConfig(Any.pack(Config.newBuilder().addRequestRules(rule).build()))
            .build();
    var changed = new TreeMap<>(resources.listeners());
    for (var entry : changed.entrySet()) {
      var chain = entry.getValue().getFilterChains(0);
      HttpConnectionManager manager =
          chain.getFilters(0).getTypedConfig().unpack(HttpConnectionManager.class);
      entry.setValue(
          entry.getValue().toBuilder()
              .setFilterChains(
                  0,
                  chain.toBuilder()
                      .setFilters(
                          0,
                          chain.getFilters(0).toBuilder()
                              .setTypedConfig(
                                  Any.pack(manager.toBuilder().addHttpFilters(0, filter).build()))))
              .build());
    }
    return new EnvoyResources(
        resources.clusters(), ImmutableSortedMap.copyOf(changed), resources.routes());
  }

  /** The first bytes that a TLS client sends. */
  private static byte[] hello(String serverName) throws Exception {
    SSLEngine engine = SSLContext.getDefault().createSSLEngine(serverName, 443);
    engine.setUseClientMode(true);
    ByteBuffer bytes = ByteBuffer.allocate(engine.getSession().getPacketBufferSize());
    engine.wrap(ByteBuffer.allocate(0), bytes);
    byte[] sent = new byte[bytes.flip().remaining()];
    bytes.get(sent);
    return sent;
  }

  /** Whether a client that sends these bytes reaches the server and hears it. */
  private static boolean greeted(int port, String from, byte[] sent) throws IOException {
    try (Socket socket = new Socket(HERE, port, InetAddress.getByName(from), 0)) {
      socket.setSoTimeout((int) DEADLINE.toMillis());
      socket.getOutputStream().write(sent);
      return socket.getInputStream().read() == 'h';
    } catch (java.net.SocketException e) {
      // Reset: it was cut before it had read everything.
      return false;
    }
  }

  private static void enforce(EnvoyResources resources) throws Exception {
    xds.publish(SIDECAR, resources);
    assertThat(xds.awaitEnforced(List.of(SIDECAR), DEADLINE).get(SIDECAR))
        .isEqualTo(new SidecarState.InForce());
  }

  private static SidecarConfig config(Listener... listeners) {
    ImmutableSortedSet.Builder<Target> upstreams = ImmutableSortedSet.naturalOrder();
    for (Listener listener : listeners) {
      upstreams.add(listener.target());
      listener
          .delegation()
          .ifPresent(d -> upstreams.addAll(d.targets(listener.address().family())));
    }
    return new SidecarConfig(SIDECAR, ImmutableList.copyOf(listeners), upstreams.build());
  }

  private static Listener http(int port, RequestExpr allow) {
    return listener(
        port, workload.getAddress().getPort(), Application.HTTP, allow, RequestExpr.FALSE);
  }

  private static Listener plain(int port, RequestExpr allow) {
    return listener(port, greeter.getLocalPort(), Application.OPAQUE, RequestExpr.FALSE, allow);
  }

  private static Listener listener(
      int port, int target, Application application, RequestExpr allow, RequestExpr withoutHttp) {
    return new Listener(
        IpAddress.parse(HERE),
        port,
        "shop/cart",
        new Target(IpAddress.parse(HERE), target),
        application,
        true,
        allow,
        withoutHttp,
        ImmutableList.of());
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getByName(HERE))) {
      return socket.getLocalPort();
    }
  }
}
