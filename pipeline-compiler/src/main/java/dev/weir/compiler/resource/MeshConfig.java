package dev.weir.compiler.resource;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.ImmutableSortedSet;
import dev.weir.compiler.intent.Authorizer;
import dev.weir.compiler.intent.PathNormalization;
import io.fabric8.kubernetes.api.model.ConfigMap;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What Istio's MeshConfig says that bears on authorization: the YAML under {@code data.mesh} of the
 * ConfigMap istio-system/istio. No other ConfigMap means anything.
 *
 * @param rootNamespace whose policies select workloads of every namespace
 * @param trustDomains the mesh's own, then its aliases
 * @param paths what becomes of paths before they are matched
 * @param providers external authorizers, by name
 */
public record MeshConfig(
    String rootNamespace,
    ImmutableList<String> trustDomains,
    PathNormalization paths,
    ImmutableMap<String, Provider> providers) {

  /**
   * An external authorizer as written.
   *
   * @param settings without the places where it answers
   * @param service as written: a name, with its namespace before a slash or behind a dot
   * @param port of the service
   */
  public record Provider(Authorizer settings, String service, int port) {}

  /** Without a ConfigMap. */
  public static final MeshConfig DEFAULT =
      new MeshConfig(
          "istio-system",
          ImmutableList.of("cluster.local"),
          PathNormalization.BASE,
          ImmutableMap.of());

  private static final ResourceKey KEY = new ResourceKey("ConfigMap", "istio-system", "istio");

  private static final ImmutableSet<String> FIELDS =
      words(
          "proxyListenPort proxyInboundListenPort proxyHttpPort connectTimeout hboneIdleTimeout"
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
              + " defaultProviders discoverySelectors pathNormalization defaultHttpRetryPolicy"
              + " meshMTLS tlsDefaults defaultTrafficPolicy serviceEntryVisibility");
  private static final ImmutableSet<String> PROVIDERS =
      words(
          "name envoyExtAuthzHttp envoyExtAuthzGrpc zipkin lightstep datadog stackdriver"
              + " opencensus skywalking opentelemetry prometheus envoyFileAccessLog envoyHttpAls"
              + " envoyTcpAls envoyOtelAls sds");
  private static final ImmutableSet<String> AUTHORIZER =
      words(
          "service port timeout pathPrefix failOpen clearRouteCache statusOnError"
              + " includeHeadersInCheck includeRequestHeadersInCheck"
              + " includeAdditionalHeadersInCheck includeRequestBodyInCheck"
              + " headersToUpstreamOnAllow headersToDownstreamOnDeny headersToDownstreamOnAllow");
  private static final ImmutableMap<String, PathNormalization> NORMALIZATIONS =
      ImmutableMap.of(
          "DEFAULT", PathNormalization.BASE,
          "NONE", PathNormalization.NONE,
          "BASE", PathNormalization.BASE,
          "MERGE_SLASHES", PathNormalization.MERGE_SLASHES,
          "DECODE_AND_MERGE_SLASHES", PathNormalization.DECODE_AND_MERGE_SLASHES);

  /** Istio's placeholder, which is to outlast any real answer. */
  private static final long DEFAULT_TIMEOUT_MILLIS = 600_000;

  private static ImmutableSet<String> words(String words) {
    return ImmutableSet.copyOf(Splitter.on(' ').split(words));
  }

  static void check(ConfigMap map, FieldPath path, Findings findings) {
    if (KEY.equals(
        new ResourceKey(
            "ConfigMap", map.getMetadata().getNamespace(), map.getMetadata().getName()))) {
      MeshConfig _ = new Reader(findings).mesh(map.getData(), path.field("data").field("mesh"));
    }
  }

  /** The settings, from a resource that was checked; empty where it is another ConfigMap. */
  public static Optional<MeshConfig> of(Resource resource) {
    return resource.key().equals(KEY)
        ? Optional.of(
            new Reader(new Findings(-1, KEY.toString()))
                .mesh(
                    Validation.model(resource, ConfigMap.class).getData(),
                    FieldPath.ROOT.field("data").field("mesh")))
        : Optional.empty();
  }

  private record Reader(Findings findings) {

    MeshConfig mesh(@Nullable Map<String, String> data, FieldPath path) {
      String text = data == null ? "" : data.getOrDefault("mesh", "");
      ImmutableList<YamlDocuments.Document> documents = YamlDocuments.read(text);
      JsonNode mesh = MissingNode.getInstance();
      for (YamlDocuments.Document document : documents) {
        Problem problem = document.problem();
        if (problem != null || documents.size() > 1) {
          findings.add(
              Code.BROKEN_YAML,
              path,
              problem == null ? "it is several documents" : problem.message(),
              problem == null ? "keep one" : problem.advice());
          return DEFAULT;
        }
        JsonNode tree = document.tree();
        mesh = tree == null ? mesh : tree;
      }
      if (mesh.isMissingNode() || !only(mesh, FIELDS, path)) {
        return DEFAULT;
      }
      ImmutableList.Builder<String> domains = ImmutableList.builder();
      domains.add(text(mesh, "trustDomain", "cluster.local", path));
      domains.addAll(texts(mesh, "trustDomainAliases", path));
      return new MeshConfig(
          text(mesh, "rootNamespace", DEFAULT.rootNamespace(), path),
          domains.build(),
          paths(mesh.path("pathNormalization"), path.field("pathNormalization")),
          providers(mesh.path("extensionProviders"), path.field("extensionProviders")));
    }

    private PathNormalization paths(JsonNode node, FieldPath path) {
      if (node.isMissingNode() || !only(node, ImmutableSet.of("normalization"), path)) {
        return PathNormalization.BASE;
      }
      String name = text(node, "normalization", "DEFAULT", path);
      PathNormalization paths = NORMALIZATIONS.get(name);
      if (paths == null) {
        findings.add(
            Code.BAD_VALUE,
            path.field("normalization"),
            "'" + name + "' is no normalization",
            "write one of " + String.join(", ", NORMALIZATIONS.keySet()));
        return PathNormalization.BASE;
      }
      return paths;
    }

    private ImmutableMap<String, Provider> providers(JsonNode list, FieldPath path) {
      Map<String, Provider> providers = new HashMap<>();
      for (int i = 0; i < list.size(); i++) {
        FieldPath at = path.item(i);
        JsonNode node = list.get(i);
        if (!only(node, PROVIDERS, at)) {
          continue;
        }
        String name = text(node, "name", "", at);
        for (Authorizer.Protocol protocol : Authorizer.Protocol.values()) {
          String field =
              protocol == Authorizer.Protocol.HTTP ? "envoyExtAuthzHttp" : "envoyExtAuthzGrpc";
          JsonNode settings = node.path(field);
          if (settings.isMissingNode() || !only(settings, AUTHORIZER, at.field(field))) {
            continue;
          }
          Provider provider = provider(name, protocol, settings, at.field(field));
          if (name.isEmpty() || providers.put(name, provider) != null) {
            findings.add(
                name.isEmpty() ? Code.MISSING_FIELD : Code.DUPLICATE_NAME,
                at.field("name"),
                name.isEmpty() ? "a provider needs a name" : "two providers are called " + name,
                "give each a name of its own");
          }
        }
      }
      return ImmutableMap.copyOf(providers);
    }

    private Provider provider(
        String name, Authorizer.Protocol protocol, JsonNode node, FieldPath path) {
      String service = text(node, "service", "", path);
      JsonNode port = node.path("port");
      if (service.isEmpty()) {
        findings.add(
            Code.MISSING_FIELD, path.field("service"), "nobody is named to ask", "write it");
      }
      if (!port.isInt() || port.intValue() < 1 || port.intValue() > 65535) {
        findings.add(
            Code.BAD_PORT, path.field("port"), port + " is no port number", "write 1 to 65535");
      }
      JsonNode body = node.path("includeRequestBodyInCheck");
      ImmutableList.Builder<String> told = ImmutableList.builder();
      told.addAll(texts(node, "includeHeadersInCheck", path));
      told.addAll(texts(node, "includeRequestHeadersInCheck", path));
      ImmutableSortedMap.Builder<String, String> added = ImmutableSortedMap.naturalOrder();
      node.path("includeAdditionalHeadersInCheck")
          .properties()
          .forEach(each -> added.put(each.getKey(), each.getValue().asText()));
      return new Provider(
          new Authorizer(
              name,
              protocol,
              service.substring(service.indexOf('/') + 1),
              ImmutableSortedSet.of(),
              millis(text(node, "timeout", "", path), path.field("timeout")),
              text(node, "pathPrefix", "", path),
              node.path("failOpen").asBoolean(false),
              status(text(node, "statusOnError", "403", path), path.field("statusOnError")),
              told.build(),
              added.buildOrThrow(),
              body.path("maxRequestBytes").asInt(body.isMissingNode() ? 0 : 8192),
              body.path("allowPartialMessage").asBoolean(false),
              texts(node, "headersToUpstreamOnAllow", path),
              texts(node, "headersToDownstreamOnDeny", path),
              texts(node, "headersToDownstreamOnAllow", path)),
          service,
          port.asInt(0));
    }

    private int status(String text, FieldPath path) {
      if (!text.matches("[2345][0-9]{2}")) {
        findings.add(
            Code.BAD_VALUE, path, "'" + text + "' is no status", "write one as in \"503\"");
        return 403;
      }
      return Integer.parseInt(text);
    }

    /** A duration as in {@code 10s}, {@code 1.5s} or {@code 200ms}. */
    private long millis(String text, FieldPath path) {
      if (text.isEmpty()) {
        return DEFAULT_TIMEOUT_MILLIS;
      }
      if (!text.matches("[0-9]{1,6}(\\.[0-9]{1,3})?(ms|s|m)")) {
        findings.add(Code.BAD_VALUE, path, "'" + text + "' is no duration", "write one as in 10s");
        return DEFAULT_TIMEOUT_MILLIS;
      }
      double number = Double.parseDouble(text.replaceAll("[a-z]+$", ""));
      return Math.round(number * (text.endsWith("ms") ? 1 : text.endsWith("s") ? 1000 : 60_000));
    }

    private boolean only(JsonNode node, ImmutableSet<String> fields, FieldPath path) {
      if (!node.isObject()) {
        findings.add(
            Code.WRONG_TYPE, path, "wanted an object, not " + Schema.describe(node), "write one");
        return false;
      }
      boolean known = true;
      for (Map.Entry<String, JsonNode> each : node.properties()) {
        if (!fields.contains(each.getKey())) {
          known = false;
          findings.add(
              Code.UNKNOWN_FIELD,
              path.field(each.getKey()),
              "there is no field " + each.getKey() + " here",
              Suggestion.nearest(each.getKey(), fields)
                  .map(name -> "did you mean " + name + "?")
                  .orElse("remove it"));
        }
      }
      return known;
    }

    private String text(JsonNode node, String field, String otherwise, FieldPath path) {
      JsonNode value = node.path(field);
      if (value.isMissingNode() || value.isNull()) {
        return otherwise;
      }
      if (!value.isTextual()) {
        findings.add(
            Code.WRONG_TYPE,
            path.field(field),
            "wanted text, not " + Schema.describe(value),
            "quote it");
        return otherwise;
      }
      return value.textValue().isEmpty() ? otherwise : value.textValue();
    }

    private ImmutableList<String> texts(JsonNode node, String field, FieldPath path) {
      JsonNode list = node.path(field);
      ImmutableList.Builder<String> texts = ImmutableList.builder();
      if (!list.isMissingNode() && !list.isNull() && !list.isArray()) {
        findings.add(
            Code.WRONG_TYPE,
            path.field(field),
            "wanted a list, not " + Schema.describe(list),
            "write a list");
      }
      for (int i = 0; i < list.size(); i++) {
        if (list.get(i).isTextual()) {
          texts.add(list.get(i).textValue());
        } else {
          findings.add(
              Code.WRONG_TYPE,
              path.field(field).item(i),
              "wanted text, not " + Schema.describe(list.get(i)),
              "quote it");
        }
      }
      return texts.build();
    }
  }
}
