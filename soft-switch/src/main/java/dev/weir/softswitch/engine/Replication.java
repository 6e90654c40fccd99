package dev.weir.softswitch.engine;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
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

  private final Map<Integer, List<Replica>> groups;
  private final Map<Integer, CloneSession> sessions;

  Replication() {
    this(Map.of(), Map.of());
  }

  private Replication(Map<Integer, List<Replica>> groups, Map<Integer, CloneSession> sessions) {
    this.groups = new ConcurrentHashMap<>(groups);
    this.sessions = new ConcurrentHashMap<>(sessions);
  }

  /** Another with the same groups and sessions, to be changed before it is put in force. */
  Replication copy() {
    return new Replication(groups, sessions);
  }

  public @Nullable List<Replica> group(int id) {
    return groups.get(id);
  }

  /** Sets or, with null, removes a group. */
  public void setGroup(int id, @Nullable List<Replica> replicas) {
    if (replicas == null) {
      groups.remove(id);
    } else {
      groups.put(id, List.copyOf(replicas));
    }
  }

  public @Nullable CloneSession session(int id) {
    return sessions.get(id);
  }

  /** Sets or, with null, removes a session. */
  public void setSession(int id, @Nullable CloneSession session) {
    if (session == null) {
      sessions.remove(id);
    } else {
      sessions.put(id, session);
    }
  }
}
