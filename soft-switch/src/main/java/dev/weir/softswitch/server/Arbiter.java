package dev.weir.softswitch.server;

import com.google.protobuf.Any;
import com.google.rpc.Code;
import com.google.rpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import p4.v1.P4RuntimeOuterClass.MasterArbitrationUpdate;
import p4.v1.P4RuntimeOuterClass.Role;
import p4.v1.P4RuntimeOuterClass.StreamMessageResponse;
import p4.v1.P4RuntimeOuterClass.Uint128;

/**
 * Who is primary (P4Runtime 1.5 §5): for each role the live controller whose election id is the
 * highest ever seen for that role. Nobody is promoted when the primary leaves. What a role may do
 * its primary says.
 */
final class Arbiter {
  /** Streams beyond this many per role are refused: a leak, not a deployment. */
  private static final int MAX_STREAMS = 256;

  /** What waits for one controller; packets, digests and idle entries beyond it are not sent. */
  private static final int MAX_UNSENT_BYTES = 16 << 20;

  /** A role is known for as long as the switch runs, as its highest election id has to be. */
  private static final int MAX_ROLES = 256;

  private final long deviceId;
  private final Map<String, Group> roles = new HashMap<>();

  /** One controller's stream. */
  static final class Controller {
    private final ServerCallStreamObserver<StreamMessageResponse> out;
    private @Nullable String role;
    private @Nullable Uint128 electionId;

    Controller(ServerCallStreamObserver<StreamMessageResponse> out) {
      this.out = out;
      out.setOnReadyThreshold(MAX_UNSENT_BYTES);
    }

    /** Sends what may be lost: not to a controller that has stopped reading. */
    void offer(StreamMessageResponse message) {
      if (out.isReady()) {
        send(message);
      }
    }

    /** Sends unless the stream is gone. gRPC's observers take one caller at a time. */
    void send(StreamMessageResponse message) {
      synchronized (out) {
        try {
          out.onNext(message);
        } catch (RuntimeException e) {
          // The stream ended meanwhile; its own end removes it from the role.
          return;
        }
      }
    }
  }

  private static final class Group {
    final List<Controller> live = new ArrayList<>();
    @Nullable Uint128 highest;
    @Nullable Controller primary;
    Access access = Access.FULL;
  }

  Arbiter(long deviceId) {
    this.deviceId = deviceId;
  }

  /**
   * Takes an arbitration message.
   *
   * @throws Refused where the stream has to end
   */
  synchronized void arbitrate(Controller controller, MasterArbitrationUpdate update) {
    String role = update.getRole().getName();
    if (controller.role == null) {
      if (update.getDeviceId() != deviceId) {
        throw Refused.notFound(
            "arbitration.device_id", "there is no device " + update.getDeviceId());
      }
    } else {
      if (update.getDeviceId() != deviceId) {
        throw Refused.precondition(
            "arbitration.device_id", "this stream is for device " + deviceId);
      }
      if (!controller.role.equals(role)) {
        throw Refused.precondition(
            "arbitration.role", "this stream is for role \"" + controller.role + "\"");
      }
    }
    Access access = access(update.getRole());
    if (!roles.containsKey(role) && roles.size() >= MAX_ROLES) {
      throw Refused.exhausted("arbitration.role", "there are " + MAX_ROLES + " roles already");
    }
    Group group = roles.computeIfAbsent(role, r -> new Group());
    Uint128 electionId = update.hasElectionId() ? update.getElectionId() : null;
    for (Controller other : group.live) {
      if (other != controller && electionId != null && electionId.equals(other.electionId)) {
        throw Refused.invalid("arbitration.election_id", show(electionId) + " is in use");
      }
    }
    if (controller.role == null && group.live.size() >= MAX_STREAMS) {
      throw Refused.exhausted(
          "arbitration.role", "role \"" + role + "\" has " + MAX_STREAMS + " streams");
    }
    if (controller.role == null) {
      controller.role = role;
      group.live.add(controller);
    }
    controller.electionId = electionId;
    boolean becomesPrimary =
        electionId != null && (group.highest == null || compare(electionId, group.highest) >= 0);
    boolean wasPrimary = group.primary == controller;
    if (becomesPrimary) {
      checkExclusive(role, access);
      group.access = access;
      group.highest = electionId;
      group.primary = controller;
      notifyAll(role, group);
    } else if (wasPrimary) {
      group.primary = null;
      notifyAll(role, group);
    } else {
      controller.send(notification(role, group, controller));
    }
  }

  private static Access access(Role role) {
    if (!role.hasConfig() || role.getConfig().equals(Any.getDefaultInstance())) {
      return Access.FULL;
    }
    if (role.getName().isEmpty()) {
      throw Refused.invalid(
          "arbitration.role.config", "the default role may do everything: leave this unset");
    }
    return Access.read(role.getConfig());
  }

  private void checkExclusive(String role, Access access) {
    roles.forEach(
        (name, group) -> {
          if (!name.equals(role) && !group.live.isEmpty() && group.access.conflictsWith(access)) {
            throw Refused.invalid(
                "arbitration.role.config",
                "claims what role \"" + name + "\" has to itself, or what it shares");
          }
        });
  }

  /** What a role may do now. */
  synchronized Access access(String role) {
    Group group = roles.get(role);
    return group == null ? Access.FULL : group.access;
  }

  /** The stream ended. */
  synchronized void leave(Controller controller) {
    String role = controller.role;
    if (role == null) {
      return;
    }
    Group group = Objects.requireNonNull(roles.get(role));
    group.live.remove(controller);
    controller.role = null;
    if (group.primary == controller) {
      group.primary = null;
      notifyAll(role, group);
    }
  }

  synchronized boolean isPrimary(String role, @Nullable Uint128 electionId) {
    Group group = roles.get(role);
    return electionId != null
        && group != null
        && group.primary != null
        && electionId.equals(group.primary.electionId);
  }

  /** Whether this stream may send packets into the pipeline. */
  synchronized boolean maySendPackets(Controller controller) {
    Group group = controller.role == null ? null : roles.get(controller.role);
    return group != null && group.primary == controller && group.access.toPackets();
  }

  synchronized boolean isPrimary(Controller controller) {
    Group group = controller.role == null ? null : roles.get(controller.role);
    return group != null && group.primary == controller;
  }

  /** The default role and every role some controller has asked for. */
  synchronized boolean knowsRole(String role) {
    return role.isEmpty() || roles.containsKey(role);
  }

  /** Sends to the primary of every role that may see it; null: there is nothing for this role. */
  void toPrimaries(Function<Access, @Nullable StreamMessageResponse> message) {
    Map<Controller, Access> primaries = new LinkedHashMap<>();
    synchronized (this) {
      for (Group group : roles.values()) {
        if (group.primary != null) {
          primaries.put(group.primary, group.access);
        }
      }
    }
    primaries.forEach(
        (controller, access) -> {
          StreamMessageResponse mine = message.apply(access);
          if (mine != null) {
            controller.offer(mine);
          }
        });
  }

  /** The primary is told last: then the others know that they are not. */
  private void notifyAll(String role, Group group) {
    for (Controller controller : List.copyOf(group.live)) {
      if (controller != group.primary) {
        controller.send(notification(role, group, controller));
      }
    }
    if (group.primary != null) {
      group.primary.send(notification(role, group, group.primary));
    }
  }

  private StreamMessageResponse notification(String role, Group group, Controller to) {
    Status status;
    if (group.primary == to) {
      status = Status.newBuilder().setCode(Code.OK_VALUE).setMessage("primary").build();
    } else if (group.primary != null) {
      status =
          Status.newBuilder()
              .setCode(Code.ALREADY_EXISTS_VALUE)
              .setMessage("another controller is primary")
              .build();
    } else {
      status =
          Status.newBuilder()
              .setCode(Code.NOT_FOUND_VALUE)
              .setMessage("there is no primary")
              .build();
    }
    MasterArbitrationUpdate.Builder update =
        MasterArbitrationUpdate.newBuilder().setDeviceId(deviceId).setStatus(status);
    if (!role.isEmpty()) {
      update.getRoleBuilder().setName(role);
      Any config = group.access.config();
      if (config != null) {
        update.getRoleBuilder().setConfig(config);
      }
    }
    if (group.highest != null) {
      update.setElectionId(group.highest);
    }
    return StreamMessageResponse.newBuilder().setArbitration(update).build();
  }

  private static int compare(Uint128 a, Uint128 b) {
    int high = Long.compareUnsigned(a.getHigh(), b.getHigh());
    return high != 0 ? high : Long.compareUnsigned(a.getLow(), b.getLow());
  }

  private static String show(Uint128 id) {
    return Long.toUnsignedString(id.getHigh()) + ":" + Long.toUnsignedString(id.getLow());
  }
}
