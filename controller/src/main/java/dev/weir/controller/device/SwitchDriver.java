package dev.weir.controller.device;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSortedMap;
import dev.weir.compiler.net.IpAddress;
import dev.weir.compiler.placement.Placement.SidecarConfig;
import dev.weir.compiler.placement.Step.Update;
import dev.weir.compiler.plan.Observed;
import dev.weir.p4runtime.entry.Action;
import dev.weir.p4runtime.entry.Bits;
import dev.weir.p4runtime.entry.Entry;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What a reconciler does to one switch: look, and carry out steps. Entries that Weir did not write
 * are told apart and left alone, unless a step wants an entry of its own in the same place: that
 * one is taken over. For one thread.
 */
public final class SwitchDriver implements AutoCloseable {
  private final SwitchSession session;
  private final WrittenEntries written;
  private volatile ImmutableList<Entry> foreign = ImmutableList.of();

  public SwitchDriver(SwitchSession session, WrittenEntries written) {
    this.session = session;
    this.written = written;
  }

  public SwitchSession session() {
    return session;
  }

  /** Entries of the switch that Weir did not write, as of the last look. Any thread may ask. */
  public ImmutableList<Entry> foreign() {
    return foreign;
  }

  /**
   * Has the switch run the program, and reads what it holds.
   *
   * @param sidecars what each enforces
   */
  public Observed observe(ImmutableSortedMap<String, SidecarConfig> sidecars) throws IOException {
    if (session.ensureProgram()) {
      written.clear();
    }
    DeviceContents contents = session.read();
    Map<Entry.Key, Action> own = new HashMap<>();
    ImmutableList.Builder<Entry> others = ImmutableList.builder();
    contents
        .entries()
        .forEach(
            (key, action) -> {
              if (written.contains(key)) {
                own.put(key, action);
              } else {
                others.add(new Entry(key, action));
              }
            });
    foreign = others.build();
    return new Observed(
        ImmutableMap.copyOf(own),
        epochValue(contents, "epoch"),
        epochValue(contents, "generation"),
        sidecars);
  }

  private static int epochValue(DeviceContents contents, String name) {
    return Optional.ofNullable(contents.defaults().get("epoch"))
        .map(action -> action.params().get(name))
        .map(Bits::intValue)
        .orElse(0);
  }

  /** Carries out one step's updates. */
  public WriteOutcome write(List<Update> updates) throws IOException {
    Set<Entry.Key> others = Set.copyOf(foreign.stream().map(Entry::key).toList());
    ImmutableList<Update> sent =
        updates.stream()
            .map(
                update ->
                    update.kind() == Update.Kind.INSERT && others.contains(update.entry().key())
                        ? new Update(Update.Kind.MODIFY, update.entry())
                        : update)
            .collect(ImmutableList.toImmutableList());
    written.claim(
        updates.stream()
            .filter(update -> update.kind() == Update.Kind.INSERT)
            .map(update -> update.entry().key())
            .toList());
    WriteOutcome outcome = session.write(sent);
    written.forget(
        outcome.done().stream()
            .filter(update -> update.kind() == Update.Kind.DELETE)
            .map(update -> update.entry().key())
            .toList());
    return outcome;
  }

  /** The updates that take away every way to a sidecar: what would be steered there is denied. */
  public static ImmutableList<Update> closing(Observed observed, Set<IpAddress> addresses) {
    return observed.entries().entrySet().stream()
        .filter(entry -> steersTo(entry.getKey(), entry.getValue(), addresses))
        .map(entry -> new Update(Update.Kind.DELETE, new Entry(entry.getKey(), entry.getValue())))
        .collect(ImmutableList.toImmutableList());
  }

  /** Whether an entry is a way to one of these sidecars' addresses. */
  public static boolean steersTo(Entry.Key key, Action action, Set<IpAddress> addresses) {
    Bits to = action.params().get("address");
    return key.table().equals("steer")
        && to != null
        // A pipeline's field is 128 bits wide and holds mapped addresses, or 32 and holds plain
        // ones.
        && addresses.stream()
            .anyMatch(
                address ->
                    to.value().equals(address.mapped()) || to.value().equals(address.value()));
  }

  @Override
  public void close() {
    session.close();
  }
}
