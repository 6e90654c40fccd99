package dev.weir.softswitch.engine;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The packet replication engine: multicast groups and clone sessions. Reads take no lock. */
public final class Replication {
  /** A copy: where it goes, and the {@code egress_rid} it carries. */
  public record Replica(int port, int instance) {}

  /**
   * A clone session.
   *
   * @param lengthBytes bytes of the packet a clone keeps; 0: all
   * @param classOfService kept for reading back
   */
  public record CloneSession(List<Replica> replicas, int classOfService, int lengthBytes) {
    public CloneSession {
      replicas = List.copyOf(replicas);
    }
  }

  private volatile Map<Integer, List<Replica>> groups = Map.of();
  private volatile Map<Integer, CloneSession> sessions = Map.of();

  /** All groups by id, in order. */
  public Map<Integer, List<Replica>> groups() {
    return new TreeMap<>(groups);
  }

  public @Nullable List<Replica> group(int id) {
    return groups.get(id);
  }

  /** Sets or, with null, removes a group. */
  public synchronized void setGroup(int id, @Nullable List<Replica> replicas) {
    Map<Integer, List<Replica>> changed = new TreeMap<>(groups);
    if (replicas == null) {
      changed.remove(id);
    } else {
      changed.put(id, List.copyOf(replicas));
    }
    groups = Map.copyOf(changed);
  }

  /** All sessions by id, in order. */
  public Map<Integer, CloneSession> sessions() {
    return new TreeMap<>(sessions);
  }

  public @Nullable CloneSession session(int id) {
    return sessions.get(id);
  }

  /** Sets or, with null, removes a session. */
  public synchronized void setSession(int id, @Nullable CloneSession session) {
    Map<Integer, CloneSession> changed = new TreeMap<>(sessions);
    if (session == null) {
      changed.remove(id);
    } else {
      changed.put(id, session);
    }
    sessions = Map.copyOf(changed);
  }

  /** Forgets everything. */
  public synchronized void reset() {
    groups = Map.of();
    sessions = Map.of();
  }
}
