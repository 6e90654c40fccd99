package dev.weir.app;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.weir.app.client.MeshClient;
import java.net.URI;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/**
 * Loads what a client command loads, so that the launcher's ahead-of-time cache of classes has it.
 */
@Command(name = "warm-up", hidden = true)
final class WarmUpCommand implements Callable<Integer> {
  @Override
  public Integer call() throws Exception {
    new ObjectMapper().readTree("{\"warm\":[true]}");
    try {
      // The discard port: the attempt loads the HTTP client and reaches nothing.
      new MeshClient(URI.create("http://127.0.0.1:9")).get("/healthz");
    } catch (Failure nobodyThere) {
      return 0;
    }
    return 0;
  }
}
