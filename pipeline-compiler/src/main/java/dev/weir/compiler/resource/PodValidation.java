package dev.weir.compiler.resource;

import dev.weir.compiler.net.IpAddress;
import dev.weir.compiler.net.Prefix;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.ContainerPort;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.PodStatus;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** What an API server checks of a Pod, as far as identity, addresses and ports go. */
final class PodValidation {
  /** Blocks in which no pod can be reached: unspecified, loopback, multicast and broadcast. */
  private static final List<Prefix> RESERVED =
      List.of(
          Prefix.parse("0.0.0.0/8"),
          Prefix.parse("127.0.0.0/8"),
          Prefix.parse("224.0.0.0/3"),
          Prefix.parse("::/127"),
          Prefix.parse("fe80::/10"),
          Prefix.parse("ff00::/8"));

  private final Findings findings;

  PodValidation(Findings findings) {
    this.findings = findings;
  }

  void check(Pod pod, FieldPath path) {
    PodSpec spec = pod.getSpec();
    FieldPath at = path.field("spec");
    if (spec == null || spec.getContainers().isEmpty()) {
      findings.add(
          Code.MISSING_FIELD,
          at.field("containers"),
          "a pod has at least one container",
          "write spec.containers with a name");
    }
    if (spec != null) {
      Set<String> names = new HashSet<>();
      containers(spec.getContainers(), at.field("containers"), names);
      containers(spec.getInitContainers(), at.field("initContainers"), names);
      account(spec.getServiceAccountName(), at.field("serviceAccountName"));
      account(spec.getServiceAccount(), at.field("serviceAccount"));
      String name = spec.getServiceAccountName();
      String old = spec.getServiceAccount();
      if (name != null && old != null && !old.isEmpty() && !name.equals(old)) {
        findings.add(
            Code.BAD_VALUE,
            at.field("serviceAccount"),
            "'" + old + "' is not serviceAccountName's '" + name + "'",
            "remove the deprecated serviceAccount");
      }
    }
    if (pod.getStatus() != null) {
      addresses(pod.getStatus(), path.field("status"));
    }
  }

  private void account(@Nullable String name, FieldPath path) {
    if (name != null && !name.isEmpty() && !Names.isSubdomain(name)) {
      findings.add(
          Code.BAD_NAME,
          path,
          "'" + name + "' is no name of a service account",
          Names.SUBDOMAIN_ADVICE);
    }
  }

  private void containers(List<Container> containers, FieldPath path, Set<String> names) {
    for (int i = 0; i < containers.size(); i++) {
      Container container = containers.get(i);
      FieldPath at = path.item(i);
      String name = container.getName();
      if (name == null) {
        findings.add(Code.MISSING_FIELD, at.field("name"), "a container needs a name", "write it");
      } else if (!Names.isLabel(name)) {
        findings.add(
            Code.BAD_NAME,
            at.field("name"),
            "'" + name + "' is no name of a container",
            Names.LABEL_ADVICE);
      } else if (!names.add(name)) {
        findings.add(
            Code.DUPLICATE_NAME,
            at.field("name"),
            "another container is called '" + name + "'",
            "rename one of them");
      }
      ports(container.getPorts(), at.field("ports"));
    }
  }

  private void ports(List<ContainerPort> ports, FieldPath path) {
    Set<String> names = new HashSet<>();
    for (int i = 0; i < ports.size(); i++) {
      ContainerPort port = ports.get(i);
      FieldPath at = path.item(i);
      if (port.getContainerPort() == null) {
        findings.add(
            Code.MISSING_FIELD, at.field("containerPort"), "a port needs a number", "write it");
      } else {
        Ports.check(port.getContainerPort(), at.field("containerPort"), findings);
      }
      Ports.checkProtocol(port.getProtocol(), at.field("protocol"), findings);
      String name = port.getName();
      if (name == null || name.isEmpty()) {
        continue;
      }
      if (!Names.isPortName(name)) {
        findings.add(
            Code.BAD_PORT, at.field("name"), "'" + name + "' is no port name", Names.PORT_ADVICE);
      } else if (!names.add(name)) {
        findings.add(
            Code.DUPLICATE_NAME,
            at.field("name"),
            "another port of the container is called '" + name + "'",
            "rename one of them");
      }
    }
  }

  private void addresses(PodStatus status, FieldPath path) {
    Optional<IpAddress> single = address(status.getPodIP(), path.field("podIP"));
    EnumSet<IpAddress.Family> families = EnumSet.noneOf(IpAddress.Family.class);
    for (int i = 0; i < status.getPodIPs().size(); i++) {
      FieldPath at = path.field("podIPs").item(i);
      String text = status.getPodIPs().get(i).getIp();
      if (text == null || text.isEmpty()) {
        findings.add(
            Code.MISSING_FIELD,
            at.field("ip"),
            "an element of podIPs has an address",
            "write it, or leave the element out while the pod has none");
      }
      Optional<IpAddress> address = address(text, at.field("ip"));
      if (address.isPresent() && !families.add(address.get().family())) {
        findings.add(
            Code.BAD_ADDRESS,
            at.field("ip"),
            address.get() + " is a second address of its family",
            "keep at most one IPv4 and one IPv6 address");
      }
      if (i == 0 && single.isPresent() && address.isPresent() && !single.equals(address)) {
        findings.add(
            Code.BAD_ADDRESS,
            path.field("podIP"),
            single.get() + " is not the first of podIPs, " + address.get(),
            "write the first of podIPs, or remove the field");
      }
    }
  }

  private Optional<IpAddress> address(@Nullable String text, FieldPath path) {
    if (text == null || text.isEmpty()) {
      return Optional.empty();
    }
    try {
      IpAddress address = IpAddress.parse(text);
      for (Prefix block : RESERVED) {
        if (block.contains(address)) {
          findings.add(
              Code.BAD_ADDRESS,
              path,
              address + " lies in " + block + ", where no pod can be",
              "give the pod a unicast address");
          return Optional.empty();
        }
      }
      return Optional.of(address);
    } catch (IllegalArgumentException e) {
      findings.add(
          Code.BAD_ADDRESS,
          path,
          String.valueOf(e.getMessage()),
          "write an address, as in 10.1.2.3 or fd00::1");
      return Optional.empty();
    }
  }
}
