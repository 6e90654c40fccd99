package dev.weir.compiler.codes;

import dev.weir.compiler.intent.Key;
import dev.weir.compiler.intent.Selector;
import dev.weir.compiler.intent.Workload;
import dev.weir.compiler.net.IpAddress;
import java.util.Optional;

/** What selectors say of addresses, asked of the workloads themselves and not of their codes. */
public final class Answers {
  private Answers() {}

  /**
   * Whether {@code selector} takes {@code address}.
   *
   * @param owner the workload that has the address; empty for world
   */
  public static boolean takes(Selector selector, Optional<Workload> owner, IpAddress address) {
    return selector.tests().stream().allMatch(t -> holds(t, owner, address));
  }

  private static boolean holds(Selector.Test test, Optional<Workload> owner, IpAddress address) {
    return switch (test) {
      case Selector.Test.InBlocks in -> in.blocks().stream().anyMatch(b -> b.contains(address));
      case Selector.Test.NotInBlocks not ->
          not.blocks().stream().noneMatch(b -> b.contains(address));
      case Selector.Test.In(Key key, var values) ->
          value(key, owner).map(values::contains).orElse(false);
      case Selector.Test.NotIn(Key key, var values) ->
          value(key, owner).map(v -> !values.contains(v)).orElse(true);
      case Selector.Test.Exists(Key key) -> value(key, owner).isPresent();
      case Selector.Test.DoesNotExist(Key key) -> value(key, owner).isEmpty();
    };
  }

  private static Optional<String> value(Key key, Optional<Workload> owner) {
    return owner.flatMap(w -> Keys.value(key, w));
  }
}
