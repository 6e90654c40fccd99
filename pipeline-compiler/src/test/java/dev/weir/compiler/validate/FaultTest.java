package dev.weir.compiler.validate;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import dev.weir.compiler.Compiler;
import dev.weir.compiler.Counters;
import dev.weir.compiler.allocation.Allocation;
import dev.weir.compiler.fabric.Fabric;
import dev.weir.compiler.intent.Intent;
import dev.weir.compiler.net.IpAddress;
import dev.weir.compiler.placement.Placement;
import dev.weir.compiler.placement.Placement.PlacedEntry;
import dev.weir.compiler.simulation.Mesh;
import dev.weir.compiler.simulation.Policy;
import dev.weir.compiler.simulation.Request;
import dev.weir.compiler.validate.Certificate.Fault;
import dev.weir.compiler.validate.Certificate.Witness;
import dev.weir.p4runtime.entry.Action;
import dev.weir.p4runtime.entry.Entry;
import dev.weir.p4runtime.info.Pipeline;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/**
 * Damaged placements: what changes a decision is found, with a witness; what does not is let be.
 */
final class FaultTest {
  private static final int FAULTS = 320;

  private static final List<Request> REQUESTS =
      ImmutableList.<Request>builder()
          .addAll(Request.SAMPLES)
          .add(new Request("DELETE", "/"))
          .build();

  /** A mesh with its placement, and everything that can be asked of it. */
  private static final class Subject {
    final Intent intent;
    final Fabric fabric;
    final Placement placement;
    final List<IpAddress> addresses = new ArrayList<>();
    final Map<String, String> answers;

    Subject(Pipeline pipeline, long seed) {
      intent = seed % 3 == 0 ? Mesh.withTiers(seed).intent(4, 6) : new Mesh(seed).intent(4, 5);
      fabric = Mesh.fabric(pipeline, intent.workloads().values(), true);
      placement = Compiler.compile(intent, fabric, Allocation.EMPTY, Counters.NONE).placement();
      boolean v6 = pipeline.table("source_workload").field("address").width() == 128;
      List<IpAddress> all = new ArrayList<>(Mesh.WORLD);
      intent.workloads().values().forEach(w -> all.addAll(w.addresses()));
      fabric
          .attachments()
          .forEach(
              a -> {
                if (a instanceof Fabric.Attachment.SidecarPort s) {
                  all.addAll(s.addresses());
                }
              });
      all.addAll(fabric.gateways());
      all.stream().filter(a -> v6 || a.family() == IpAddress.Family.IPV4).forEach(addresses::add);
      answers = answers(placement);
    }

    BruteForce bruteForce(Placement of, int epoch) {
      return new BruteForce(
          fabric,
          of.entries().stream().map(PlacedEntry::entry).toList(),
          of.sidecars().values(),
          placement.sidecars().values(),
          epoch);
    }

    private Map<String, String> everything(Placement of, int epoch) {
      return bruteForce(of, epoch).everything(addresses, intent.workloads().values(), REQUESTS);
    }

    Map<String, String> answers(Placement of) {
      Map<String, String> all = new HashMap<>();
      boolean epochs =
          of.entries().stream()
              .map(PlacedEntry::entry)
              .anyMatch(
                  e ->
                      e.key().matches().containsKey("epoch")
                          || !Objects.equals(
                              e.action().params().get("code0"), e.action().params().get("code1")));
      Map<String, String> first = everything(of, 0);
      first.forEach((k, v) -> all.put("0 " + k, v));
      (epochs ? everything(of, 1) : first).forEach((k, v) -> all.put("1 " + k, v));
      return all;
    }
  }

  @Test
  void everyFaultIsFoundWithAWitnessAndNothingElseIs() {
    Random random = new Random(4242);
    List<Subject> subjects = new ArrayList<>();
    for (String name : List.of("weir", "weir_basic", "weir_compact")) {
      Pipeline pipeline = Mesh.pipeline(name);
      for (long seed = 1;
          subjects.size() < (name.equals("weir") ? 8 : name.equals("weir_basic") ? 11 : 13);
          seed++) {
        Subject subject = new Subject(pipeline, seed);
        if (subject.placement.exceptions().stream()
            .allMatch(e -> List.of("no-ipv6", "not-steerable").contains(e.reason()))) {
          subjects.add(subject);
        }
      }
    }
    int faults = 0;
    int equal = 0;
    Map<String, Integer> codes = new HashMap<>();
    while (faults < FAULTS) {
      Subject subject = subjects.get(random.nextInt(subjects.size()));
      Damage damage = new Damage(random, subject.fabric.pipeline());
      Optional<Placement> damaged = damage.damage(subject.placement);
      if (damaged.isEmpty()) {
        continue;
      }
      Certificate certificate = Validator.check(subject.intent, subject.fabric, damaged.get());
      if (certificate.holds()) {
        // What the certificate lets be changes nothing.
        assertThat(subject.answers(damaged.get())).as(damage.what()).isEqualTo(subject.answers);
        equal++;
        continue;
      }
      faults++;
      for (Fault fault : certificate.faults()) {
        codes.merge(fault.code(), 1, Integer::sum);
        assertThat(shows(subject, damaged.get(), fault))
            .as("%s%n%s", damage.what(), fault)
            .isTrue();
      }
    }
    assertThat(equal).isPositive();
    assertThat(codes)
        .containsKeys(
            "bypass-of-denied",
            "bypass-of-request",
            "drop-of-allowed",
            "guard-too-wide",
            "guard-too-tight",
            "route",
            "sent-elsewhere",
            "sidecar-identity",
            "sidecar-reachable",
            "sidecar-too-loose",
            "sidecar-too-tight",
            "steered-astray",
            "unsteer-not-inverse");
  }

  @Test
  void whatMeansTheSameIsLetBe() {
    Subject subject = new Subject(Mesh.pipeline("weir"), 3);
    List<PlacedEntry> entries = new ArrayList<>();
    for (PlacedEntry placed : subject.placement.entries()) {
      Entry entry = placed.entry();
      boolean policy = SwitchEntries.POLICY_TABLES.contains(entry.table());
      // Priorities move and keep their order.
      Entry moved =
          policy
              ? Entry.of(
                  entry.table(),
                  entry.key().matches(),
                  2 * entry.key().priority() + 7,
                  entry.action())
              : entry;
      entries.add(new PlacedEntry(moved, placed.rules(), placed.reason()));
      if (policy) {
        // Nothing meets an entry below one that matches the same.
        entries.add(
            new PlacedEntry(
                Entry.of(
                    entry.table(),
                    entry.key().matches(),
                    2 * entry.key().priority() + 6,
                    Action.of("deny")),
                placed.rules(),
                placed.reason()));
      }
    }
    Placement same =
        new Placement(
            ImmutableList.copyOf(entries),
            subject.placement.sidecars(),
            subject.placement.rules(),
            subject.placement.exceptions());
    assertThat(same).isNotEqualTo(subject.placement);
    assertThat(Validator.check(subject.intent, subject.fabric, same).faults()).isEmpty();
  }

  @Test
  void whatASwitchWouldRefuseIsAFault() {
    Subject subject = new Subject(Mesh.pipeline("weir"), 3);
    List<PlacedEntry> entries = new ArrayList<>(subject.placement.entries());
    entries.add(entries.getFirst());
    Placement twice =
        new Placement(
            ImmutableList.copyOf(entries),
            subject.placement.sidecars(),
            subject.placement.rules(),
            subject.placement.exceptions());
    assertThat(Validator.check(subject.intent, subject.fabric, twice).faults())
        .extracting(Fault::obligation)
        .containsExactly(Certificate.Obligation.UNDERSTOOD);
  }

  /** Whether the witness, sent through the damaged placement, meets what it says. */
  private static boolean shows(Subject subject, Placement damaged, Fault fault) {
    if (fault.witness().isEmpty()) {
      return fault.obligation() == Certificate.Obligation.UNDERSTOOD;
    }
    Witness w = fault.witness().get();
    boolean shown = false;
    for (int epoch = 0; epoch < 2; epoch++) {
      shown |=
          shows(
              subject,
              subject.bruteForce(subject.placement, epoch),
              subject.bruteForce(damaged, epoch),
              fault,
              w);
    }
    return shown;
  }

  private static boolean shows(
      Subject subject, BruteForce whole, BruteForce damaged, Fault fault, Witness w) {
    return switch (fault.obligation()) {
      case EDGE_IS_ATTACHMENTS -> {
        if (w.enters().isPresent()) {
          IpAddress from = IpAddress.parse(w.from());
          int port = w.enters().getAsInt();
          yield !damaged.guard(port, from).equals(whole.guard(port, from));
        }
        IpAddress to = IpAddress.parse(w.to());
        yield fault.code().equals("route")
            ? !damaged.route(to).equals(whole.route(to))
            : !damaged.neighbour(to).equals(whole.neighbour(to));
      }
      case SIDECARS_KEEP_THEIR_WAYS ->
          switch (fault.code()) {
            case "upstream-too-wide" -> {
              IpAddress from = IpAddress.parse(w.from());
              IpAddress to = IpAddress.parse(w.to());
              yield damaged
                      .outcomes(from, to, w.protocol(), w.port(), Optional.empty())
                      .contains("pass")
                  && !(w.protocol() == 6 && damaged.configured(from, to, w.port()));
            }
            case "sidecar-identity" ->
                damaged.sidecarNumber(IpAddress.parse(w.from()))
                    != whole.sidecarNumber(IpAddress.parse(w.from()));
            case "sidecar-reachable" ->
                !damaged
                    .outcomes(
                        IpAddress.parse(w.from()),
                        IpAddress.parse(w.to()),
                        w.protocol(),
                        w.port(),
                        Optional.empty())
                    .equals(new TreeSet<>(List.of("drop")));
            default -> damaged.takenForAnother(IpAddress.parse(w.from()), w.port());
          };
      case DROP_IS_DENIED, BYPASS_IS_ALLOWED, SIDECAR_DECIDES_ALIKE -> {
        IpAddress from = IpAddress.parse(w.from());
        IpAddress to = IpAddress.parse(w.to());
        Optional<Request> request = w.request().map(r -> new Request(r.method(), r.path()));
        boolean allowed =
            new Policy(subject.intent).allows(from, to, w.protocol(), w.port(), request);
        yield !damaged.entersAt(from).isEmpty()
            && !damaged
                .outcomes(from, to, w.protocol(), w.port(), request)
                .equals(new TreeSet<>(List.of(allowed ? "pass" : "drop")));
      }
      case UNDERSTOOD, STEPS_ARE_SAFE, STANDARDS_SAY_SO -> true;
    };
  }
}
