package dev.weir.controller.fabric;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.weir.compiler.fabric.Fabric.Attachment;
import dev.weir.compiler.net.IpAddress;
import dev.weir.compiler.resource.Problem;
import java.io.IOException;
import org.junit.jupiter.api.Test;

final class FabricSpecTest {
  private static final String GOOD =
      """
      {"switch": {"name": "s1", "deviceId": 1, "grpc": "127.0.0.1:9559", "pipeline": "weir"},
       "fabricMac": "02:77:65:69:72:01", "gateways": ["10.77.0.1", "fd77::1"],
       "attachments": [
        {"port": 1, "mac": "02:00:00:00:00:01", "workload": "shop/cart",
         "addresses": ["10.77.1.1", "fd77::1:1"], "sidecar": "sidecar-1"},
        {"port": 20, "mac": "02:00:00:00:00:14", "sidecarName": "sidecar-1", "number": 1,
         "addresses": ["10.77.200.1", "fd77::c8:1"]},
        {"port": 30, "mac": "02:00:00:00:00:1e", "world": true}]}
      """;

  @Test
  void fabricIsReadAsItIsWritten() throws IOException {
    FabricSpec.Read read = read(GOOD);
    assertThat(read.problems()).isEmpty();
    FabricSpec spec = read.spec().orElseThrow();
    assertThat(spec.device()).isEqualTo(new FabricSpec.Switch("s1", 1, "127.0.0.1", 9559, "weir"));
    assertThat(spec.fabricMac()).isEqualTo(0x027765697201L);
    assertThat(spec.gateways()).contains(IpAddress.parse("fd77::1"));
    assertThat(spec.attachments())
        .hasSize(3)
        .hasAtLeastOneElementOfType(Attachment.WorkloadPort.class)
        .hasAtLeastOneElementOfType(Attachment.SidecarPort.class)
        .contains(new Attachment.WorldPort(30, 0x02000000001eL));
  }

  @Test
  void everyFaultIsNamedWithItsPath() throws IOException {
    refused("\"deviceId\": 1", "\"deviceId\": -1", "bad-value", "switch.deviceId");
    refused("127.0.0.1:9559", "192.0.2.1:9559", "bad-address", "switch.grpc");
    refused("127.0.0.1:9559", "127.0.0.1", "bad-address", "switch.grpc");
    refused("\"weir\"", "\"other\"", "bad-value", "switch.pipeline");
    refused("\"fabricMac\"", "\"fabricMAC\"", "unknown-field", "fabricMAC");
    refused("02:77:65:69:72:01", "01:77:65:69:72:01", "bad-value", "fabricMac");
    refused("\"port\": 1,", "\"port\": 0,", "bad-value", "attachments[0].port");
    // Nine bits, of which the last two numbers mean other things to switches.
    refused("\"port\": 1,", "\"port\": 511,", "bad-value", "attachments[0].port");
    refused("\"port\": 1,", "\"port\": 70000,", "bad-value", "attachments[0].port");
    refused("\"port\": 1,", "\"port\": 20,", "duplicate-name", "attachments[1].port");
    refused("10.77.200.1", "10.77.1.1", "shared-address", "attachments[1].addresses");
    refused("10.77.200.1", "127.0.0.1", "bad-address", "attachments[1].addresses[0]");
    refused("fd77::c8:1", "10.77.200.2", "bad-address", "attachments[1].addresses");
    refused(
        "\"sidecar\": \"sidecar-1\"", "\"sidecar\": \"x\"", "bad-name", "attachments[0].sidecar");
    refused("\"world\": true", "\"world\": false", "missing-field", "attachments[2]");
    refused("\"shop/cart\"", "\"cart\"", "bad-name", "attachments[0].workload");
  }

  private static void refused(String text, String instead, String code, String path)
      throws IOException {
    FabricSpec.Read read = read(GOOD.replace(text, instead));
    assertThat(read.spec()).describedAs(instead).isEmpty();
    assertThat(read.problems())
        .describedAs(instead)
        .anySatisfy(
            problem -> {
              assertThat(problem.code()).isEqualTo(code);
              assertThat(problem.path()).isEqualTo(path);
            });
    assertThat(read.problems()).extracting(Problem::advice).doesNotContain("");
  }

  private static FabricSpec.Read read(String json) throws IOException {
    return FabricSpec.read(new JsonMapper().readTree(json));
  }
}
