package dev.weir.compiler.resource;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import io.fabric8.kubernetes.api.model.Condition;
import io.fabric8.kubernetes.api.model.LabelSelector;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * ClusterNetworkPolicy, policy.networking.k8s.io/v1alpha2. No published Java model has it; these
 * are the fields of its custom resource definition. What is absent is {@code null}, lists are
 * empty.
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record ClusterNetworkPolicy(
    @JsonProperty("apiVersion") String apiVersion,
    @JsonProperty("kind") String kind,
    @JsonProperty("metadata") ObjectMeta metadata,
    @JsonProperty("spec") @Nullable Spec spec,
    @JsonProperty("status") @Nullable Status status) {

  /**
   * @param tier {@code Admin} or {@code Baseline}
   * @param priority 0 to 1000, smaller first
   */
  @JsonInclude(JsonInclude.Include.NON_EMPTY)
  public record Spec(
      @JsonProperty("tier") @Nullable String tier,
      @JsonProperty("priority") @Nullable Integer priority,
      @JsonProperty("subject") @Nullable Subject subject,
      @JsonProperty("ingress") List<IngressRule> ingress,
      @JsonProperty("egress") List<EgressRule> egress) {
    public Spec {
      ingress = given(ingress);
      egress = given(egress);
    }
  }

  /** Exactly one field is set. */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Subject(
      @JsonProperty("namespaces") @Nullable LabelSelector namespaces,
      @JsonProperty("pods") @Nullable NamespacedPod pods) {}

  /** Pods by both selectors; without a namespace selector, of all namespaces. */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record NamespacedPod(
      @JsonProperty("namespaceSelector") @Nullable LabelSelector namespaceSelector,
      @JsonProperty("podSelector") @Nullable LabelSelector podSelector) {}

  /**
   * @param action {@code Accept}, {@code Deny} or {@code Pass}
   */
  @JsonInclude(JsonInclude.Include.NON_EMPTY)
  public record IngressRule(
      @JsonProperty("name") @Nullable String name,
      @JsonProperty("action") @Nullable String action,
      @JsonProperty("from") List<IngressPeer> from,
      @JsonProperty("protocols") List<ProtocolMatch> protocols) {
    public IngressRule {
      from = given(from);
      protocols = given(protocols);
    }
  }

  /**
   * @param action {@code Accept}, {@code Deny} or {@code Pass}
   */
  @JsonInclude(JsonInclude.Include.NON_EMPTY)
  public record EgressRule(
      @JsonProperty("name") @Nullable String name,
      @JsonProperty("action") @Nullable String action,
      @JsonProperty("to") List<EgressPeer> to,
      @JsonProperty("protocols") List<ProtocolMatch> protocols) {
    public EgressRule {
      to = given(to);
      protocols = given(protocols);
    }
  }

  /** One field is set, or none that is known. */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record IngressPeer(
      @JsonProperty("namespaces") @Nullable LabelSelector namespaces,
      @JsonProperty("pods") @Nullable NamespacedPod pods) {}

  /** One field is set, or none that is known. */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record EgressPeer(
      @JsonProperty("namespaces") @Nullable LabelSelector namespaces,
      @JsonProperty("pods") @Nullable NamespacedPod pods,
      @JsonProperty("nodes") @Nullable LabelSelector nodes,
      @JsonProperty("networks") @Nullable List<String> networks,
      @JsonProperty("domainNames") @Nullable List<String> domainNames) {}

  /** Exactly one field is set. */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record ProtocolMatch(
      @JsonProperty("tcp") @Nullable Transport tcp,
      @JsonProperty("udp") @Nullable Transport udp,
      @JsonProperty("sctp") @Nullable Transport sctp,
      @JsonProperty("destinationNamedPort") @Nullable String destinationNamedPort) {}

  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Transport(@JsonProperty("destinationPort") @Nullable Port destinationPort) {}

  /** Exactly one field is set. */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Port(
      @JsonProperty("number") @Nullable Integer number,
      @JsonProperty("range") @Nullable PortRange range) {}

  /** Both ends included, {@code start} below {@code end}. */
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record PortRange(
      @JsonProperty("start") @Nullable Integer start, @JsonProperty("end") @Nullable Integer end) {}

  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record Status(@JsonProperty("conditions") @Nullable List<Condition> conditions) {}

  private static <T> List<T> given(@Nullable List<T> list) {
    return list == null ? List.of() : List.copyOf(list);
  }
}
