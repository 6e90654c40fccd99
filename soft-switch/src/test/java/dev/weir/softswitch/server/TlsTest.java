package dev.weir.softswitch.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.weir.softswitch.SoftSwitch;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.netty.shaded.io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.Base64;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import p4.v1.P4RuntimeGrpc;
import p4.v1.P4RuntimeOuterClass.CapabilitiesRequest;

class TlsTest {
  private static final char[] PASSWORD = "password".toCharArray();

  @TempDir Path temp;

  private static String pem(String type, byte[] der) {
    return "-----BEGIN "
        + type
        + "-----\n"
        + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der)
        + "\n-----END "
        + type
        + "-----\n";
  }

  private void makeCertificate(Path certificate, Path key)
      throws IOException, InterruptedException, GeneralSecurityException {
    Path store = temp.resolve("store.p12");
    Process keytool =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                "-genkeypair",
                "-alias",
                "switch",
                "-keyalg",
                "EC",
                "-dname",
                "CN=localhost",
                "-ext",
                "san=dns:localhost,ip:127.0.0.1",
                "-validity",
                "2",
                "-keystore",
                store.toString(),
                "-storepass",
                new String(PASSWORD))
            .redirectErrorStream(true)
            .start();
    assertThat(keytool.waitFor(30, TimeUnit.SECONDS)).isTrue();
    KeyStore keys = KeyStore.getInstance("PKCS12");
    try (InputStream in = Files.newInputStream(store)) {
      keys.load(in, PASSWORD);
    }
    Files.writeString(certificate, pem("CERTIFICATE", keys.getCertificate("switch").getEncoded()));
    Files.writeString(key, pem("PRIVATE KEY", keys.getKey("switch", PASSWORD).getEncoded()));
  }

  @Test
  void clientsThatTrustTheCertificateAreServedAndOthersAreNot() throws Exception {
    Path certificate = temp.resolve("cert.pem");
    Path key = temp.resolve("key.pem");
    makeCertificate(certificate, key);
    try (SoftSwitch running = SoftSwitch.builder().tls(certificate, key).start()) {
      ManagedChannel trusting =
          NettyChannelBuilder.forAddress("localhost", running.grpcPort())
              .sslContext(GrpcSslContexts.forClient().trustManager(certificate.toFile()).build())
              .build();
      ManagedChannel plain =
          NettyChannelBuilder.forAddress("localhost", running.grpcPort()).usePlaintext().build();
      try {
        assertThat(
                P4RuntimeGrpc.newBlockingStub(trusting)
                    .capabilities(CapabilitiesRequest.getDefaultInstance())
                    .getP4RuntimeApiVersion())
            .isEqualTo("1.5.0");
        assertThatThrownBy(
                () -> {
                  var _ =
                      P4RuntimeGrpc.newBlockingStub(plain)
                          .capabilities(CapabilitiesRequest.getDefaultInstance());
                })
            .satisfies(
                e ->
                    assertThat(Status.fromThrowable(e).getCode())
                        .isEqualTo(Status.Code.UNAVAILABLE));
      } finally {
        trusting.shutdownNow();
        plain.shutdownNow();
      }
    }
  }

  @Test
  void aBrokenKeyIsRefused() throws Exception {
    Path broken = Files.writeString(temp.resolve("x.pem"), "no key", StandardCharsets.US_ASCII);
    assertThatThrownBy(() -> SoftSwitch.builder().tls(broken, broken).start().close())
        .isInstanceOf(IOException.class)
        .hasMessageContaining("TLS");
  }
}
