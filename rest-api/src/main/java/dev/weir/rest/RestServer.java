package dev.weir.rest;

import dev.weir.controller.MeshController;
import dev.weir.rest.http.LoopbackListener;
import dev.weir.rest.http.Router;
import java.io.IOException;
import java.net.URI;

/** The API of a mesh. It has no authentication and therefore listens on loopback only. */
public final class RestServer implements AutoCloseable {
  private final LoopbackListener listener;

  /**
   * Starts listening.
   *
   * @param port 0 for any free one
   * @throws IllegalArgumentException where {@code host} is not a loopback address
   * @throws IOException where it cannot listen
   */
  public RestServer(MeshController mesh, String host, int port) throws IOException {
    listener = new LoopbackListener(new Router(Routes.of(mesh)), host, port);
  }

  /** Where it listens. */
  public URI uri() {
    return listener.uri();
  }

  @Override
  public void close() {
    listener.close();
  }
}
