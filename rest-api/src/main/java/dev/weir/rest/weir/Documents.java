package dev.weir.rest.weir;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.common.collect.ImmutableList;
import com.google.common.primitives.Bytes;
import dev.weir.compiler.resource.Manifest;
import dev.weir.compiler.resource.Parsed;
import dev.weir.compiler.resource.Resource;
import dev.weir.rest.http.Call;
import dev.weir.rest.http.Refusal;
import dev.weir.rest.kubernetes.Bodies;
import dev.weir.rest.kubernetes.Problems;

/**
 * The resources of a body.
 *
 * @param numbered whether each resource is a document of its own, so that resource <i>i</i> is
 *     document <i>i</i> + 1; not so for a List and after empty documents
 */
record Documents(ImmutableList<Resource> resources, boolean numbered) {

  /**
   * Reads all documents of a body.
   *
   * @throws Refusal where any has a problem
   */
  static Documents of(Call call) {
    boolean json = Bodies.isJson(call);
    Parsed parsed = Manifest.read(call.body(), json);
    if (!parsed.problems().isEmpty()) {
      throw Problems.refusal(parsed.problems(), json ? Problems.NO_DOCUMENTS : i -> i + 1);
    }
    ImmutableList<Resource> resources =
        parsed.resources().stream()
            .map(Bodies::withoutServersMetadata)
            .collect(ImmutableList.toImmutableList());
    if (resources.isEmpty()) {
      throw Refusal.badRequest("no-document", "", "the body holds no resource");
    }
    return new Documents(resources, !json && count(call.body()) == resources.size());
  }

  /** A resource's document, counted from 1; 0 where that is not known. */
  int number(int index) {
    return numbered ? index + 1 : 0;
  }

  /** How many documents YAML has: the number that a broken one put behind them gets. */
  private static int count(byte[] yaml) {
    byte[] withBroken = Bytes.concat(yaml, "\n...\n---\n}\n".getBytes(UTF_8));
    return Manifest.read(withBroken, false).problems().getLast().document();
  }
}
