package dev.weir.decisions;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import dev.weir.compiler.Compiler;
import dev.weir.compiler.Counters;
import dev.weir.compiler.allocation.Allocation;
import dev.weir.compiler.fabric.Fabric;
import dev.weir.compiler.intent.Intent;
import dev.weir.compiler.intent.Rule;
import dev.weir.compiler.intent.Selector;
import dev.weir.compiler.placement.Placement;
import dev.weir.compiler.request.RequestExpr;
import dev.weir.compiler.resolve.Resolver;
import dev.weir.compiler.resource.Manifest;
import dev.weir.compiler.resource.Resource;
import dev.weir.compiler.validate.Certificate;
import dev.weir.compiler.validate.Certificate.Fault;
import dev.weir.compiler.validate.Comparison;
import dev.weir.compiler.validate.Validator;
import dev.weir.controller.sample.StandardsSample;
import dev.weir.p4runtime.info.P4InfoReader;
import dev.weir.p4runtime.info.Pipeline;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.lifecycle.AfterContainer;

/**
 * The sample that every compile takes finds nothing where the compiler reads resources rightly, and
 * a witness where it does not, though the placement then does all that the intent says.
 */
class StandardsSampleTest {
  private static final List<Pipeline> PIPELINES =
      List.of("weir", "weir_basic", "weir_compact").stream()
          .map(name -> P4InfoReader.readText(Path.of("../p4src/build/" + name + ".p4info.txtpb")))
          .toList();

  /** Misread fields: missed, found. */
  private static final int[] COUNTS = new int[2];

  @Property(tries = 20, seed = "71", shrinking = ShrinkingMode.OFF)
  void whatIsReadRightlyIsSampledWithoutAFault(@ForAll long seed) {
    List<Resource> resources = resources(new RandomMesh(seed, 4, 5));
    Intent intent = Resolver.resolve(resources).intent();
    for (Pipeline pipeline : PIPELINES) {
      Certificate certificate = sampled(resources, intent, pipeline);
      assertThat(certificate.faults()).isEmpty();
      assertThat(certificate.sampled().get("probes")).isPositive();
    }
  }

  /** A sample promises nothing of any one rule; of the faults that show at all it finds most. */
  @Property(tries = 8, seed = "72", shrinking = ShrinkingMode.OFF)
  void mostMisreadFieldsAreFound(@ForAll long seed) {
    List<Resource> resources = resources(new RandomMesh(seed, 4, 5));
    Intent intent = Resolver.resolve(resources).intent();
    Pipeline pipeline = PIPELINES.getFirst();
    for (Rule rule : intent.rules()) {
      for (Rule misread : misread(rule)) {
        Intent wrong = with(intent, rule, misread);
        if (Comparison.between(intent, wrong, pipeline).isEmpty()) {
          continue;
        }
        List<Fault> faults = sampled(resources, wrong, pipeline).faults();
        COUNTS[faults.isEmpty() ? 0 : 1]++;
      }
    }
  }

  @AfterContainer
  static void mostWereFound() {
    assertThat(COUNTS[1]).isGreaterThan(COUNTS[0]).isGreaterThan(50);
  }

  private static Intent with(Intent intent, Rule rule, Rule other) {
    return new Intent(
        intent.workloads(),
        intent.rules().stream()
            .map(each -> each.equals(rule) ? other : each)
            .collect(ImmutableList.toImmutableList()),
        intent.paths(),
        intent.authorizers());
  }

  /** One condition less, one port more: what a field skipped or taken too wide would give. */
  private static List<Rule> misread(Rule rule) {
    List<Rule> all = new ArrayList<>();
    for (int i = 0; i < rule.source().tests().size(); i++) {
      all.add(
          with(rule, without(rule.source(), i), rule.destination(), rule.port(), rule.request()));
    }
    for (int i = 0; i < rule.destination().tests().size(); i++) {
      all.add(
          with(rule, rule.source(), without(rule.destination(), i), rule.port(), rule.request()));
    }
    if (rule.port() instanceof Rule.PortMatch.Numbers n && n.last() < 65535) {
      all.add(
          with(
              rule,
              rule.source(),
              rule.destination(),
              new Rule.PortMatch.Numbers(n.protocol(), n.first(), n.last() + 1),
              rule.request()));
    }
    if (!rule.request().equals(RequestExpr.TRUE)) {
      all.add(with(rule, rule.source(), rule.destination(), rule.port(), RequestExpr.TRUE));
    }
    return all;
  }

  private static Selector without(Selector selector, int i) {
    List<Selector.Test> tests = new ArrayList<>(selector.tests());
    tests.remove(i);
    return new Selector(ImmutableList.copyOf(tests));
  }

  private static Rule with(
      Rule rule, Selector source, Selector destination, Rule.PortMatch port, RequestExpr request) {
    return new Rule(
        rule.id(),
        rule.layer(),
        rule.effect(),
        source,
        destination,
        port,
        request,
        rule.withoutHttp(),
        rule.order(),
        rule.authorizer());
  }

  private static List<Resource> resources(RandomMesh mesh) {
    List<Resource> read = new ArrayList<>();
    mesh.resources().forEach(json -> read.addAll(Manifest.read(json).resources()));
    return read;
  }

  private static Certificate sampled(List<Resource> resources, Intent intent, Pipeline pipeline) {
    Fabric fabric = RandomMesh.fabric(pipeline, intent);
    Placement placement =
        Compiler.compile(intent, fabric, Allocation.EMPTY, Counters.NONE).placement();
    Certificate proof = Validator.check(intent, fabric, placement);
    return StandardsSample.added(
        proof,
        resources,
        intent,
        fabric,
        placement,
        resources.stream().map(each -> each.key().toString()).collect(Collectors.toSet()));
  }
}
