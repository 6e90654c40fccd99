package dev.weir.compiler.resource;

import io.fabric8.kubernetes.api.model.IntOrString;
import io.fabric8.kubernetes.api.model.ServicePort;
import io.fabric8.kubernetes.api.model.ServiceSpec;
import org.jspecify.annotations.Nullable;

/** What an API server checks of a Service, as far as it bears on policy. */
final class ServiceValidation {
  private ServiceValidation() {}

  static void check(@Nullable ServiceSpec spec, FieldPath path, Findings findings) {
    if (spec == null) {
      return;
    }
    if (spec.getSelector() != null) {
      spec.getSelector()
          .forEach((k, v) -> Validation.label(k, v, path.field("selector"), findings));
    }
    for (int i = 0; i < spec.getPorts().size(); i++) {
      port(spec.getPorts().get(i), path.field("ports").item(i), findings);
    }
  }

  private static void port(ServicePort port, FieldPath path, Findings findings) {
    if (port.getPort() == null) {
      findings.add(
          Code.MISSING_FIELD, path.field("port"), "a service port needs a number", "write it");
    } else {
      Ports.check(port.getPort(), path.field("port"), findings);
    }
    Ports.checkProtocol(port.getProtocol(), path.field("protocol"), findings);
    IntOrString target = port.getTargetPort();
    if (target != null && target.getIntVal() != null) {
      Ports.check(target.getIntVal(), path.field("targetPort"), findings);
    } else if (target != null && !Names.isPortName(String.valueOf(target.getStrVal()))) {
      findings.add(
          Code.BAD_PORT,
          path.field("targetPort"),
          "'" + target.getStrVal() + "' is no port's name",
          Names.PORT_ADVICE);
    }
  }
}
