package dev.weir.compiler.encode;

/** Why a rule is where it is. The codes are stable; {@code docs/reasons.md} lists them. */
public enum Reason {
  HEADER_DECIDABLE("header-decidable", "The packet's header alone decides."),
  DEFAULT_DENIAL(
      "default-denial", "What the policy selects and no rule allows is denied from the header."),
  NEEDS_REQUEST(
      "needs-request", "The verdict depends on the request, which only a sidecar can read."),
  NO_RANGE(
      "no-range", "The pipeline matches one port or any, and the range has too many to write out."),
  CODE_BITS(
      "code-bits", "The pipeline's code field has no bits left for a key that the rule asks."),
  ENTRY_CAP("entry-cap", "The rule's conditions multiply into too many entries."),
  TABLE_FULL("table-full", "The policy table is full; its policy has the least traffic."),
  CLASS_CAP(
      "class-cap",
      "More residual classes meet at an endpoint than it has parts; one listener holds them all."),
  NOT_STEERABLE(
      "not-steerable",
      "It needs a sidecar where none can stand in: only TCP to declared ports of attached workloads"
          + " with a sidecar of the same address family is steered."),
  NO_IPV6("no-ipv6", "The pipeline carries no IPv6."),
  CONTRADICTORY("contradictory", "No address answers all of its conditions."),
  NO_ENDPOINT("no-endpoint", "No workload declares a port that the rule names.");

  private final String code;
  private final String sentence;

  Reason(String code, String sentence) {
    this.code = code;
    this.sentence = sentence;
  }

  public String code() {
    return code;
  }

  public String sentence() {
    return sentence;
  }
}
