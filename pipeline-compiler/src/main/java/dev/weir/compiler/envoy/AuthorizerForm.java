package dev.weir.compiler.envoy;

import com.google.common.collect.ImmutableList;
import com.google.protobuf.Any;
import com.google.protobuf.Duration;
import dev.weir.compiler.intent.Authorizer;
import dev.weir.compiler.net.IpAddress;
import dev.weir.compiler.placement.Placement.Delegation;
import dev.weir.compiler.request.RequestExpr;
import io.envoyproxy.envoy.config.core.v3.ApiVersion;
import io.envoyproxy.envoy.config.core.v3.GrpcService;
import io.envoyproxy.envoy.config.core.v3.HeaderValue;
import io.envoyproxy.envoy.config.core.v3.HttpUri;
import io.envoyproxy.envoy.config.listener.v3.Filter;
import io.envoyproxy.envoy.extensions.filters.http.ext_authz.v3.AuthorizationRequest;
import io.envoyproxy.envoy.extensions.filters.http.ext_authz.v3.AuthorizationResponse;
import io.envoyproxy.envoy.extensions.filters.http.ext_authz.v3.BufferSettings;
import io.envoyproxy.envoy.extensions.filters.http.ext_authz.v3.ExtAuthz;
import io.envoyproxy.envoy.extensions.filters.http.ext_authz.v3.HttpService;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter;
import io.envoyproxy.envoy.extensions.filters.network.rbac.v3.RBAC;
import io.envoyproxy.envoy.type.matcher.v3.ListStringMatcher;
import io.envoyproxy.envoy.type.matcher.v3.MetadataMatcher;
import io.envoyproxy.envoy.type.matcher.v3.StringMatcher;
import io.envoyproxy.envoy.type.matcher.v3.ValueMatcher;
import io.envoyproxy.envoy.type.v3.HttpStatus;
import io.envoyproxy.envoy.type.v3.StatusCode;

/**
 * The filters that ask an external authorizer (envoy.extensions.filters.http.ext_authz.v3): about
 * what the shadow rules before them take, and nothing else.
 */
final class AuthorizerForm {
  /** What shadow rules leave in the metadata begins with it. */
  static final String SHADOW_PREFIX = "authorizer_";

  private static final String SHADOW_POLICY = SHADOW_PREFIX + "shadow_effective_policy_id";

  private AuthorizerForm() {}

  static HttpFilter http(Authorizer authorizer, IpAddress.Family family) {
    ExtAuthz.Builder filter =
        ExtAuthz.newBuilder()
            .setTransportApiVersion(ApiVersion.V3)
            // Nobody that could be asked is no failure of who is asked.
            .setFailureModeAllow(authorizer.failOpen() && answers(authorizer, family))
            .setStatusOnError(
                HttpStatus.newBuilder().setCode(StatusCode.forNumber(authorizer.statusOnError())))
            .setFilterEnabledMetadata(delegated("envoy.filters.http.rbac"));
    if (authorizer.bodyBytes() > 0) {
      filter.setWithRequestBody(
          BufferSettings.newBuilder()
              .setMaxRequestBytes(authorizer.bodyBytes())
              .setAllowPartialMessage(authorizer.partialBody()));
    }
    switch (authorizer.protocol()) {
      case GRPC -> filter.setGrpcService(grpc(authorizer, family));
      case HTTP -> {
        filter.setHttpService(service(authorizer, family));
        if (!authorizer.headersInCheck().isEmpty()) {
          filter.setAllowedHeaders(patterns(authorizer.headersInCheck()));
        }
      }
    }
    return HttpFilter.newBuilder()
        .setName("envoy.filters.http.ext_authz")
        .setTypedConfig(Any.pack(filter.build()))
        .build();
  }

  private static boolean answers(Authorizer authorizer, IpAddress.Family family) {
    return authorizer.places().stream().anyMatch(p -> p.address().family() == family);
  }

  private static HttpService service(Authorizer authorizer, IpAddress.Family family) {
    AuthorizationRequest.Builder request = AuthorizationRequest.newBuilder();
    authorizer
        .headersAdded()
        .forEach(
            (name, value) ->
                request.addHeadersToAdd(HeaderValue.newBuilder().setKey(name).setValue(value)));
    AuthorizationResponse.Builder response = AuthorizationResponse.newBuilder();
    if (!authorizer.headersUpstream().isEmpty()) {
      response.setAllowedUpstreamHeaders(patterns(authorizer.headersUpstream()));
    }
    if (!authorizer.headersOnDeny().isEmpty()) {
      response.setAllowedClientHeaders(patterns(authorizer.headersOnDeny()));
    }
    if (!authorizer.headersOnAllow().isEmpty()) {
      response.setAllowedClientHeadersOnSuccess(patterns(authorizer.headersOnAllow()));
    }
    return HttpService.newBuilder()
        .setServerUri(
            HttpUri.newBuilder()
                .setUri("http://" + authorizer.host())
                .setCluster(ClusterForm.name(authorizer, family))
                .setTimeout(millis(authorizer.timeoutMillis())))
        .setPathPrefix(authorizer.pathPrefix())
        .setAuthorizationRequest(request)
        .setAuthorizationResponse(response)
        .build();
  }

  private static GrpcService grpc(Authorizer authorizer, IpAddress.Family family) {
    return GrpcService.newBuilder()
        .setEnvoyGrpc(
            GrpcService.EnvoyGrpc.newBuilder()
                .setClusterName(ClusterForm.name(authorizer, family))
                .setAuthority(authorizer.host()))
        .setTimeout(millis(authorizer.timeoutMillis()))
        .build();
  }

  /** The filters of a connection without HTTP; only gRPC can be asked about one. */
  static ImmutableList<Filter> connection(
      Delegation delegation, IpAddress.Family family, String name) {
    Authorizer authorizer = delegation.authorizer();
    RBAC shadow =
        RBAC.newBuilder()
            .setStatPrefix(name)
            .setShadowRules(RequestRbac.shadow(delegation.whenWithoutHttp()))
            .setShadowRulesStatPrefix(SHADOW_PREFIX)
            .build();
    var ask =
        io.envoyproxy.envoy.extensions.filters.network.ext_authz.v3.ExtAuthz.newBuilder()
            .setStatPrefix(name)
            .setTransportApiVersion(ApiVersion.V3)
            .setFailureModeAllow(authorizer.failOpen() && answers(authorizer, family))
            .setGrpcService(grpc(authorizer, family))
            .setFilterEnabledMetadata(delegated("envoy.filters.network.rbac"))
            .build();
    return ImmutableList.of(
        Filter.newBuilder()
            .setName("envoy.filters.network.rbac")
            .setTypedConfig(Any.pack(shadow))
            .build(),
        Filter.newBuilder()
            .setName("envoy.filters.network.ext_authz")
            .setTypedConfig(Any.pack(ask))
            .build());
  }

  /** What of connections without HTTP it is asked about, and what can only be denied for it. */
  static RequestExpr unaskable(Delegation delegation) {
    return switch (delegation.authorizer().protocol()) {
      case GRPC -> RequestExpr.FALSE;
      case HTTP -> delegation.whenWithoutHttp();
    };
  }

  private static MetadataMatcher delegated(String filter) {
    return MetadataMatcher.newBuilder()
        .setFilter(filter)
        .addPath(MetadataMatcher.PathSegment.newBuilder().setKey(SHADOW_POLICY))
        .setValue(
            ValueMatcher.newBuilder()
                .setStringMatch(StringMatcher.newBuilder().setPrefix(RequestRbac.DELEGATED)))
        .build();
  }

  private static Duration millis(long millis) {
    return Duration.newBuilder()
        .setSeconds(millis / 1000)
        .setNanos((int) (millis % 1000) * 1_000_000)
        .build();
  }

  /** Header names as Istio writes them: exact, {@code x-*}, {@code *-id} or {@code *}. */
  private static ListStringMatcher patterns(ImmutableList<String> names) {
    ListStringMatcher.Builder all = ListStringMatcher.newBuilder();
    names.forEach(
        name ->
            all.addPatterns(
                RequestRbac.string(
                    new RequestExpr.StringMatch.AnyCase(RequestExpr.StringMatch.parse(name)))));
    return all.build();
  }
}
