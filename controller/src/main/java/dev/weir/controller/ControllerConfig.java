package dev.weir.controller;

import java.nio.file.Path;
import java.time.Duration;

/**
 * How a controller runs.
 *
 * @param stateDirectory where resources, fabric and allocation are kept; made if it is not there
 * @param xdsSocket the Unix socket that sidecars' Envoys connect to, at most 107 bytes long
 * @param sidecarDeadline how long a change waits for a sidecar that does not answer before it goes
 *     on without it (see {@link MeshController})
 * @param counterInterval how often the switch's counters are read
 * @param spillInterval how often, while a table is full, what goes to sidecars instead is chosen
 *     anew, by the traffic since
 * @param lingering how long the mesh is at rest, all targets enforcing one revision, before
 *     sidecars drop the listeners that nothing is steered to any more. What is still connected
 *     there, from the time before its verdict became one of the header alone, is cut then
 */
public record ControllerConfig(
    Path stateDirectory,
    Path xdsSocket,
    Duration sidecarDeadline,
    Duration counterInterval,
    Duration spillInterval,
    Duration lingering) {

  /** With listeners that linger for an hour. */
  public ControllerConfig(
      Path stateDirectory,
      Path xdsSocket,
      Duration sidecarDeadline,
      Duration counterInterval,
      Duration spillInterval) {
    this(
        stateDirectory,
        xdsSocket,
        sidecarDeadline,
        counterInterval,
        spillInterval,
        Duration.ofHours(1));
  }

  /** The usual timing, with the socket {@code xds.sock} in the state directory. */
  public static ControllerConfig in(Path stateDirectory) {
    return new ControllerConfig(
        stateDirectory,
        stateDirectory.resolve("xds.sock"),
        Duration.ofSeconds(10),
        Duration.ofSeconds(1),
        Duration.ofSeconds(30));
  }
}
