package dev.weir.controller.fabric;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import com.google.common.net.HostAndPort;
import com.google.common.net.InetAddresses;
import dev.weir.compiler.fabric.Fabric.Attachment;
import dev.weir.compiler.fabric.Fabric.Attachment.SidecarPort;
import dev.weir.compiler.fabric.Fabric.Attachment.WorkloadPort;
import dev.weir.compiler.fabric.Fabric.Attachment.WorldPort;
import dev.weir.compiler.net.IpAddress;
import dev.weir.compiler.resource.Problem;
import dev.weir.controller.device.Programs;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/** Reads one fabric and collects everything that is wrong with it. */
final class FabricReader {
  private static final String NAME = "[a-z0-9]([a-z0-9.-]{0,61}[a-z0-9])?";

  /** Multicast, or the same frame address for nobody in particular, is no attachment's. */
  private static final long GROUP_BIT = 1L << 40;

  private final ImmutableList.Builder<Problem> problems = ImmutableList.builder();
  private boolean faulty;

  FabricSpec.Read read(JsonNode json) {
    if (!(json instanceof ObjectNode object)) {
      problem("wrong-type", "", "a fabric is an object", "write switch, gateways and attachments");
      return refused();
    }
    fields(object, "", Set.of("switch", "fabricMac", "gateways", "attachments"));
    FabricSpec.Switch device = device(object.path("switch"));
    long mac = mac(object.path("fabricMac"), "fabricMac");
    ImmutableSet<IpAddress> gateways = addresses(object.path("gateways"), "gateways");
    ImmutableList.Builder<Attachment> attachments = ImmutableList.builder();
    JsonNode list = object.path("attachments");
    if (!list.isArray()) {
      problem("wrong-type", "attachments", "no list of attachments", "give one, empty or not");
    }
    for (int i = 0; i < list.size(); i++) {
      attachments.add(attachment(list.get(i), "attachments[" + i + "]"));
    }
    ImmutableList<Attachment> all = attachments.build();
    if (!faulty) {
      checkTogether(all, gateways);
    }
    return faulty
        ? refused()
        : new FabricSpec.Read(
            Optional.of(new FabricSpec(device, mac, gateways, all, object.deepCopy())),
            ImmutableList.of());
  }

  private FabricSpec.Read refused() {
    return new FabricSpec.Read(Optional.empty(), problems.build());
  }

  private FabricSpec.Switch device(JsonNode json) {
    if (json instanceof ObjectNode object) {
      fields(object, "switch.", Set.of("name", "deviceId", "grpc", "pipeline"));
    }
    String name = name(json.path("name"), "switch.name");
    long deviceId = number(json.path("deviceId"), "switch.deviceId", 0, Long.MAX_VALUE);
    String pipeline = text(json.path("pipeline"), "switch.pipeline");
    if (!pipeline.isEmpty() && !Programs.NAMES.contains(pipeline)) {
      problem(
          "bad-value",
          "switch.pipeline",
          "there is no pipeline '" + pipeline + "'",
          "use one of " + String.join(", ", Programs.NAMES));
    }
    HostAndPort grpc = HostAndPort.fromParts("127.0.0.1", 0);
    String text = text(json.path("grpc"), "switch.grpc");
    try {
      grpc = HostAndPort.fromString(text.isEmpty() ? "127.0.0.1:0" : text);
      if (!grpc.hasPort()
          || !InetAddresses.isInetAddress(grpc.getHost())
          || !InetAddresses.forString(grpc.getHost()).isLoopbackAddress()) {
        throw new IllegalArgumentException("not a loopback address with a port");
      }
    } catch (IllegalArgumentException e) {
      problem(
          "bad-address",
          "switch.grpc",
          "'" + text + "': " + e.getMessage(),
          "P4Runtime is spoken unencrypted: give a loopback address and a port, as in"
              + " 127.0.0.1:9559");
    }
    return new FabricSpec.Switch(
        name, deviceId, grpc.getHost(), grpc.getPortOrDefault(0), pipeline);
  }

  private Attachment attachment(JsonNode json, String path) {
    if (!(json instanceof ObjectNode object)) {
      problem("wrong-type", path, "an attachment is an object", "write port and mac as fields");
      return new WorldPort(0, 0);
    }
    String at = path + ".";
    int port = (int) number(object.path("port"), at + "port", 1, 510);
    long mac = mac(object.path("mac"), at + "mac");
    if (object.has("workload")) {
      fields(object, at, Set.of("port", "mac", "workload", "addresses", "sidecar"));
      String id = text(object.path("workload"), at + "workload");
      if (!id.isEmpty() && !id.matches("[^/]+/[^/]+")) {
        problem("bad-name", at + "workload", "'" + id + "' is no workload", "write namespace/name");
      }
      return new WorkloadPort(
          port, mac, id, someAddresses(object, at), name(object.path("sidecar"), at + "sidecar"));
    }
    if (object.has("sidecarName")) {
      fields(object, at, Set.of("port", "mac", "sidecarName", "number", "addresses"));
      return new SidecarPort(
          port,
          mac,
          name(object.path("sidecarName"), at + "sidecarName"),
          (int) number(object.path("number"), at + "number", 1, 65535),
          sidecarAddresses(object, at));
    }
    fields(object, at, Set.of("port", "mac", "world"));
    if (!object.path("world").asBoolean(false)) {
      problem(
          "missing-field",
          path,
          "the attachment says neither workload nor sidecarName nor world: true",
          "say what is attached");
    }
    return new WorldPort(port, mac);
  }

  private ImmutableSet<IpAddress> someAddresses(ObjectNode object, String at) {
    ImmutableSet<IpAddress> found = addresses(object.path("addresses"), at + "addresses");
    if (found.isEmpty()) {
      problem("missing-field", at + "addresses", "no address", "give at least one");
    }
    return found;
  }

  private ImmutableSet<IpAddress> sidecarAddresses(ObjectNode object, String at) {
    ImmutableSet<IpAddress> found = someAddresses(object, at);
    if (found.stream().map(IpAddress::family).distinct().count() != found.size()) {
      problem(
          "bad-address",
          at + "addresses",
          "a sidecar has two addresses of one family",
          "give at most one of each family");
    }
    return found;
  }

  /** What must be unique, and what must refer to something. */
  private void checkTogether(List<Attachment> attachments, Set<IpAddress> gateways) {
    Set<Integer> ports = new HashSet<>();
    Set<Object> names = new HashSet<>();
    Map<IpAddress, String> owners = new HashMap<>();
    gateways.forEach(gateway -> owners.put(gateway, "gateways"));
    Set<String> sidecars = new HashSet<>();
    for (Attachment attachment : attachments) {
      if (attachment instanceof SidecarPort sidecar) {
        sidecars.add(sidecar.name());
      }
    }
    for (int i = 0; i < attachments.size(); i++) {
      Attachment attachment = attachments.get(i);
      String path = "attachments[" + i + "]";
      if (!ports.add(attachment.port())) {
        duplicate(path + ".port", "port " + attachment.port());
      }
      switch (attachment) {
        case WorkloadPort w -> {
          own(owners, w.addresses(), path);
          if (!names.add("workload " + w.id())) {
            duplicate(path + ".workload", w.id());
          }
          if (!sidecars.contains(w.sidecar())) {
            problem(
                "bad-name",
                path + ".sidecar",
                "sidecar '" + w.sidecar() + "' is not attached",
                "attach it, or name one of " + sidecars);
          }
        }
        case SidecarPort s -> {
          own(owners, s.addresses(), path);
          if (!names.add("sidecar " + s.name())) {
            duplicate(path + ".sidecarName", s.name());
          }
          if (!names.add(s.number())) {
            duplicate(path + ".number", "number " + s.number());
          }
        }
        case WorldPort _ -> {}
      }
    }
  }

  private void own(Map<IpAddress, String> owners, Set<IpAddress> addresses, String path) {
    for (IpAddress address : addresses) {
      String other = owners.putIfAbsent(address, path);
      if (other != null) {
        problem(
            "shared-address",
            path + ".addresses",
            address + " is also in " + other,
            "give every attachment addresses of its own");
      }
    }
  }

  private void duplicate(String path, String what) {
    problem("duplicate-name", path, what + " is given twice", "give each its own");
  }

  private void fields(ObjectNode object, String at, Set<String> known) {
    object
        .fieldNames()
        .forEachRemaining(
            name -> {
              if (!known.contains(name)) {
                problem(
                    "unknown-field",
                    at + name,
                    "there is no field '" + name + "' here",
                    "use " + known.stream().sorted().toList());
              }
            });
  }

  private String text(JsonNode json, String path) {
    if (json instanceof MissingNode) {
      problem("missing-field", path, "it is not given", "give it");
      return "";
    }
    if (!json.isTextual() || json.textValue().isEmpty()) {
      problem("wrong-type", path, "not a text", "give a text that is not empty");
      return "";
    }
    return json.textValue();
  }

  private String name(JsonNode json, String path) {
    String text = text(json, path);
    if (!text.isEmpty() && !text.matches(NAME)) {
      problem(
          "bad-name",
          path,
          "'" + text + "' is no name",
          "use lower-case letters, digits, dashes and dots, at most 63");
    }
    return text;
  }

  private long number(JsonNode json, String path, long least, long most) {
    if (!json.isIntegralNumber() || !json.canConvertToLong()) {
      problem("wrong-type", path, "not a whole number", "give one");
      return least;
    }
    long value = json.longValue();
    if (value < least || value > most) {
      problem("bad-value", path, value + " is out of range", "give " + least + " to " + most);
    }
    return value;
  }

  private long mac(JsonNode json, String path) {
    String text = text(json, path);
    if (text.isEmpty()) {
      return 0;
    }
    if (!text.matches("[0-9a-fA-F]{2}(:[0-9a-fA-F]{2}){5}")) {
      problem("bad-value", path, "'" + text + "' is no MAC address", "write 02:00:00:00:00:01");
      return 0;
    }
    long mac = Long.parseLong(text.replace(":", ""), 16);
    if (mac == 0 || (mac & GROUP_BIT) != 0) {
      problem("bad-value", path, text + " is no single device's", "use a unicast address");
    }
    return mac;
  }

  private ImmutableSet<IpAddress> addresses(JsonNode json, String path) {
    return list(
        json,
        path,
        text -> {
          IpAddress address = IpAddress.parse(text);
          if (InetAddresses.forString(text).isLoopbackAddress()
              || InetAddresses.forString(text).isMulticastAddress()
              || InetAddresses.forString(text).isAnyLocalAddress()) {
            throw new IllegalArgumentException(text + " is reserved");
          }
          return address;
        });
  }

  private <T> ImmutableSet<T> list(JsonNode json, String path, Function<String, T> read) {
    ImmutableSet.Builder<T> items = ImmutableSet.builder();
    if (json instanceof MissingNode) {
      return items.build();
    }
    if (!json.isArray()) {
      problem("wrong-type", path, "not a list", "give a list of addresses");
    }
    for (int i = 0; i < json.size(); i++) {
      String at = path + "[" + i + "]";
      String text = text(json.get(i), at);
      if (!text.isEmpty()) {
        try {
          items.add(read.apply(text));
        } catch (IllegalArgumentException e) {
          problem("bad-address", at, String.valueOf(e.getMessage()), "give an IP address");
        }
      }
    }
    return items.build();
  }

  private void problem(String code, String path, String message, String advice) {
    faulty = true;
    problems.add(new Problem(code, -1, path, message, advice));
  }
}
