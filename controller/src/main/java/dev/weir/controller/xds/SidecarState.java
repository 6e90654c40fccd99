package dev.weir.controller.xds;

/** How far a sidecar has come with what was last published for it. */
public sealed interface SidecarState {
  /**
   * A sentence for a status.
   *
   * @return empty where nothing is lacking
   */
  String sentence();

  /** Nothing was ever published for it. */
  record Unknown() implements SidecarState {
    @Override
    public String sentence() {
      return "no configuration was computed for it yet";
    }
  }

  /** It has no stream: what it enforces, if it runs at all, is not known. */
  record Disconnected(String sentence) implements SidecarState {}

  /** It has a stream and has not taken everything yet, or is still draining. */
  record Pending(String sentence) implements SidecarState {}

  /** It refused what was published, perhaps in part, with Envoy's own message. */
  record Refused(String sentence) implements SidecarState {}

  /** It has taken everything, and no connection under the former configuration is left. */
  record InForce() implements SidecarState {
    @Override
    public String sentence() {
      return "";
    }
  }
}
