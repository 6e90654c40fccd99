package dev.weir.reference;

import java.util.Set;

/**
 * The fields of resources that say who there is. What is under a field that has no bearing on
 * policy is not looked at.
 */
final class Known {
  private static final Set<String> OBJECT =
      Set.of("apiVersion", "kind", "metadata", "spec", "status");
  private static final Set<String> CONFIG_MAP =
      Set.of("apiVersion", "kind", "metadata", "data", "binaryData", "immutable");
  private static final Set<String> SERVICE_ACCOUNT =
      Set.of(
          "apiVersion",
          "kind",
          "metadata",
          "secrets",
          "imagePullSecrets",
          "automountServiceAccountToken");

  private static final Set<String> POD_SPEC =
      Set.of(
          ("volumes initContainers containers ephemeralContainers restartPolicy"
                  + " terminationGracePeriodSeconds activeDeadlineSeconds dnsPolicy nodeSelector"
                  + " serviceAccountName serviceAccount automountServiceAccountToken nodeName"
                  + " hostNetwork hostPID hostIPC shareProcessNamespace securityContext"
                  + " imagePullSecrets hostname subdomain affinity schedulerName tolerations"
                  + " hostAliases priorityClassName priority dnsConfig readinessGates"
                  + " runtimeClassName enableServiceLinks preemptionPolicy overhead"
                  + " topologySpreadConstraints setHostnameAsFQDN os hostUsers schedulingGates"
                  + " resourceClaims resources hostnameOverride workloadRef")
              .split(" "));
  private static final Set<String> CONTAINER =
      Set.of(
          ("name image command args workingDir ports envFrom env resources resizePolicy"
                  + " restartPolicy restartPolicyRules volumeMounts volumeDevices livenessProbe"
                  + " readinessProbe startupProbe lifecycle terminationMessagePath"
                  + " terminationMessagePolicy imagePullPolicy securityContext stdin stdinOnce tty")
              .split(" "));
  private static final Set<String> POD_STATUS =
      Set.of(
          ("observedGeneration phase conditions message reason nominatedNodeName hostIP hostIPs"
                  + " podIP podIPs startTime initContainerStatuses containerStatuses qosClass"
                  + " ephemeralContainerStatuses resize resourceClaimStatuses"
                  + " extendedResourceClaimStatus allocatedResources resources")
              .split(" "));
  private static final Set<String> SERVICE_SPEC =
      Set.of(
          ("ports selector clusterIP clusterIPs type externalIPs sessionAffinity loadBalancerIP"
                  + " loadBalancerSourceRanges externalName externalTrafficPolicy"
                  + " healthCheckNodePort publishNotReadyAddresses sessionAffinityConfig ipFamilies"
                  + " ipFamilyPolicy allocateLoadBalancerNodePorts loadBalancerClass"
                  + " internalTrafficPolicy trafficDistribution")
              .split(" "));
  private static final Set<String> SERVICE_PORT =
      Set.of("name", "protocol", "appProtocol", "port", "targetPort", "nodePort");

  private Known() {}

  static void checkNamespace(Resource namespace) {
    namespace.root().only(OBJECT);
    namespace.spec().only(Set.of("finalizers"));
    namespace.root().get("status").only(Set.of("phase", "conditions"));
  }

  static void checkNode(Resource node) {
    node.root().only(OBJECT);
    for (Field item : node.root().get("status").get("addresses").list()) {
      item.only(Set.of("type", "address"));
    }
  }

  static void checkServiceAccount(Resource account) {
    account.root().only(SERVICE_ACCOUNT);
  }

  static void checkConfigMap(Resource map) {
    map.root().only(CONFIG_MAP);
    map.root().get("data").textMap();
  }

  static void checkPod(Resource pod) {
    pod.root().only(OBJECT);
    pod.spec().only(POD_SPEC);
    pod.root().get("status").only(POD_STATUS);
    pod.spec().get("containers").list().forEach(container -> container.only(CONTAINER));
    pod.spec().get("initContainers").list().forEach(container -> container.only(CONTAINER));
    Pod.of(pod);
  }

  static void checkService(Resource service) {
    service.root().only(OBJECT);
    service.spec().only(SERVICE_SPEC);
    service.spec().get("selector").textMap();
    for (Field port : service.spec().get("ports").list()) {
      port.only(SERVICE_PORT);
      port.get("protocol").oneOf(Set.of("TCP", "UDP", "SCTP"));
      port.get("name").textOr("");
      port.get("appProtocol").textOr("");
      port.get("port").number(1, 65535);
      Field target = port.get("targetPort");
      if (target.present() && !target.json().isTextual()) {
        target.number(1, 65535);
      }
    }
  }
}
