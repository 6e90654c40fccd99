package dev.weir.compiler.resource;

import com.google.common.collect.ImmutableList;
import io.fabric8.istio.api.api.security.v1beta1.Source;
import java.util.List;

/** Fields of a source that Istio's API has and the published model keeps aside, unread. */
public final class TrustDomains {
  static final String FIELD = "trustDomains";
  static final String NOT_FIELD = "notTrustDomains";

  private TrustDomains() {}

  /** {@code trustDomains}. */
  public static ImmutableList<String> of(Source source) {
    return texts(source, FIELD);
  }

  /** {@code notTrustDomains}. */
  public static ImmutableList<String> notOf(Source source) {
    return texts(source, NOT_FIELD);
  }

  /** The schema lets nothing but a list of texts through. */
  private static ImmutableList<String> texts(Source source, String field) {
    return source.getAdditionalProperties().get(field) instanceof List<?> list
        ? list.stream().map(String.class::cast).collect(ImmutableList.toImmutableList())
        : ImmutableList.of();
  }
}
