package dev.weir.reference;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * What Istio's MeshConfig says that bears on authorization.
 *
 * @param rootNamespace whose policies select workloads of every namespace
 * @param trustDomains the mesh's own, then its aliases
 * @param normalization of paths
 * @param authorizers names of the extension providers that can decide
 */
record Mesh(
    String rootNamespace,
    List<String> trustDomains,
    Paths.Normalization normalization,
    Set<String> authorizers) {

  static final String NAMESPACE = "istio-system";
  static final String NAME = "istio";

  private static final YAMLMapper YAML = new YAMLMapper();

  /** MeshConfig's fields. Those that this record does not name bear on nothing that is decided. */
  private static final Set<String> FIELDS =
      Set.of(
          ("proxyListenPort proxyInboundListenPort proxyHttpPort connectTimeout hboneIdleTimeout"
                  + " protocolDetectionTimeout tcpKeepalive ingressClass ingressService"
                  + " ingressControllerMode ingressSelector enableTracing accessLogFile"
                  + " accessLogFormat accessLogEncoding enableEnvoyAccessLogService"
                  + " disableEnvoyListenerLog defaultConfig outboundTrafficPolicy"
                  + " inboundTrafficPolicy configSources enableAutoMtls trustDomain"
                  + " trustDomainAliases caCertificates defaultServiceExportTo"
                  + " defaultVirtualServiceExportTo defaultDestinationRuleExportTo rootNamespace"
                  + " localityLbSetting dnsRefreshRate h2UpgradePolicy inboundClusterStatName"
                  + " outboundClusterStatName certificates serviceSettings serviceScopeConfigs"
                  + " enablePrometheusMerge verifyCertificateAtClient ca extensionProviders"
                  + " defaultProviders discoverySelectors pathNormalization"
                  + " defaultHttpRetryPolicy meshMTLS tlsDefaults defaultTrafficPolicy"
                  + " serviceEntryVisibility")
              .split(" "));

  private static final Set<String> PROVIDERS =
      Set.of(
          ("name envoyExtAuthzHttp envoyExtAuthzGrpc zipkin lightstep datadog stackdriver"
                  + " opencensus skywalking opentelemetry prometheus envoyFileAccessLog"
                  + " envoyHttpAls envoyTcpAls envoyOtelAls sds")
              .split(" "));
  private static final Set<String> AUTHORIZER =
      Set.of(
          ("service port timeout pathPrefix failOpen clearRouteCache statusOnError"
                  + " includeHeadersInCheck includeRequestHeadersInCheck"
                  + " includeAdditionalHeadersInCheck includeRequestBodyInCheck"
                  + " headersToUpstreamOnAllow headersToDownstreamOnDeny"
                  + " headersToDownstreamOnAllow")
              .split(" "));

  static Mesh byDefault() {
    return of(Field.of("mesh ", MissingNode.getInstance()));
  }

  /** Reads the YAML under {@code data.mesh} of the ConfigMap istio-system/istio. */
  static Mesh read(Resource configMap) {
    Field text = configMap.root().get("data").get("mesh");
    if (!text.present()) {
      return byDefault();
    }
    try {
      JsonNode tree = YAML.readTree(text.text());
      return of(Field.of(text.path() + " ", tree.isNull() ? MissingNode.getInstance() : tree));
    } catch (JsonProcessingException e) {
      throw text.error("no YAML: " + e.getOriginalMessage());
    }
  }

  private static Mesh of(Field mesh) {
    mesh.only(FIELDS);
    List<String> trustDomains = new ArrayList<>();
    trustDomains.add(mesh.get("trustDomain").textOr("cluster.local"));
    trustDomains.addAll(mesh.get("trustDomainAliases").texts());
    Field normalization = mesh.get("pathNormalization").only(Set.of("normalization"));
    return new Mesh(
        mesh.get("rootNamespace").textOr(NAMESPACE),
        List.copyOf(trustDomains),
        Paths.Normalization.read(normalization.get("normalization")),
        authorizers(mesh.get("extensionProviders")));
  }

  /** Other kinds of provider (of traces, logs, metrics) decide nothing. */
  private static Set<String> authorizers(Field providers) {
    Set<String> names = new TreeSet<>();
    for (Field provider : providers.list()) {
      String name = provider.only(PROVIDERS).get("name").text();
      for (String kind : List.of("envoyExtAuthzHttp", "envoyExtAuthzGrpc")) {
        Field authorizer = provider.get(kind).only(AUTHORIZER);
        if (authorizer.present()) {
          authorizer.get("service").text();
          authorizer.get("port").number(1, 65535);
          if (!names.add(name)) {
            throw provider.get("name").error("another provider is called '" + name + "'");
          }
        }
      }
    }
    return names;
  }
}
