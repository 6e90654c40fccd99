package dev.weir.compiler.validate;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSortedMap;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What a check has shown.
 *
 * @param faults what does not hold, the first few; none where everything holds
 * @param counts how much was compared, by name
 * @param exceptions what is denied though the policy allows it, and is said to be
 * @param sampled how many probes were put to the standards' text too, and how many were answered
 *     alike, by name; empty where none was
 */
public record Certificate(
    ImmutableList<Fault> faults,
    ImmutableSortedMap<String, Long> counts,
    ImmutableList<String> exceptions,
    ImmutableSortedMap<String, Long> sampled) {

  /** The same with what a sample has shown beside the proof. */
  public Certificate with(ImmutableSortedMap<String, Long> sample, List<Fault> sampledFaults) {
    return new Certificate(
        ImmutableList.<Fault>builder().addAll(faults).addAll(sampledFaults).build(),
        counts,
        exceptions,
        sample);
  }

  /** The same with one more exception. */
  public Certificate with(String exception) {
    return new Certificate(
        faults,
        counts,
        ImmutableList.<String>builder().addAll(exceptions).add(exception).build(),
        sampled);
  }

  /** Whether the placement, or the plan, is what it must be. */
  public boolean holds() {
    return faults.isEmpty();
  }

  /** What a fault breaks (DESIGN, "Every compile is checked"). */
  public enum Obligation {
    /** The switch drops only what the policy denies, or an exception lists. */
    DROP_IS_DENIED,
    /** What passes the sidecar by is allowed whatever the request says. */
    BYPASS_IS_ALLOWED,
    /** What goes by a sidecar is decided there as the policy does. */
    SIDECAR_DECIDES_ALIKE,
    /** Sidecars are reached by steering alone and reach what they are configured for alone. */
    SIDECARS_KEEP_THEIR_WAYS,
    /** Guards, neighbours and routes are just those of the attachments. */
    EDGE_IS_ATTACHMENTS,
    /** A device takes every entry, an Envoy every resource, and both are understood. */
    UNDERSTOOD,
    /** The resources mean what the standards say: this alone is sampled and not proved. */
    STANDARDS_SAY_SO,
    /** No step lets pass what both versions deny, nor drops what both allow. */
    STEPS_ARE_SAFE
  }

  /**
   * One fault.
   *
   * @param code stable
   */
  public record Fault(
      Obligation obligation, String code, String sentence, Optional<Witness> witness) {}

  /**
   * A connection, or a packet, that shows a fault.
   *
   * @param enters the switch port where the packet comes in, where that is what shows the fault
   * @param from an address; empty where any will do
   * @param to an address; empty where any will do
   * @param protocol IANA's number
   * @param port of the server; 0 where the protocol has none
   * @param request method and path; empty where it has no part or there is none
   * @param policy what must become of it, and why
   * @param placement what becomes of it
   * @param entries that decide
   */
  public record Witness(
      OptionalInt enters,
      String from,
      String to,
      int protocol,
      int port,
      Optional<Request> request,
      String policy,
      String placement,
      ImmutableList<String> entries) {}

  /**
   * A request, or what a connection without HTTP shows; method and path are empty then.
   *
   * @param more headers, claims, the server name and the forwarded client, where they matter
   */
  public record Request(String method, String path, ImmutableMap<String, String> more) {}

  /** The certificate's JSON form. */
  public ObjectNode toJson() {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("holds", holds());
    ObjectNode compared = json.putObject("compared");
    counts.forEach(compared::put);
    if (!sampled.isEmpty()) {
      ObjectNode asked = json.putObject("sampled");
      sampled.forEach(asked::put);
    }
    ArrayNode excepted = json.putArray("exceptions");
    exceptions.forEach(excepted::add);
    ArrayNode all = json.putArray("faults");
    for (Fault fault : faults) {
      ObjectNode each = all.addObject();
      each.put("obligation", fault.obligation.name());
      each.put("code", fault.code);
      each.put("sentence", fault.sentence);
      fault.witness.ifPresent(w -> each.set("witness", json(w)));
    }
    return json;
  }

  private static ObjectNode json(Witness witness) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    witness.enters.ifPresent(port -> json.put("enters", port));
    json.put("from", witness.from);
    json.put("to", witness.to);
    json.put("protocol", witness.protocol);
    json.put("port", witness.port);
    witness.request.ifPresent(
        r -> {
          ObjectNode request =
              json.putObject("request").put("method", r.method).put("path", r.path);
          if (!r.more.isEmpty()) {
            ObjectNode more = request.putObject("more");
            r.more.forEach(more::put);
          }
        });
    json.put("policy", witness.policy);
    json.put("placement", witness.placement);
    ArrayNode entries = json.putArray("entries");
    witness.entries.forEach(entries::add);
    return json;
  }
}
