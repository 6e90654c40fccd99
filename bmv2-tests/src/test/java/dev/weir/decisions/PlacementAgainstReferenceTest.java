package dev.weir.decisions;

import dev.weir.p4runtime.info.P4InfoReader;
import dev.weir.p4runtime.info.Pipeline;
import java.nio.file.Path;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;

/**
 * The entries and sidecar configurations decide as the standards do. Resources go into both as
 * their writer wrote them, so that a misread field shows.
 *
 * <p>{@code -Dweir.long=true} tries many more.
 */
class PlacementAgainstReferenceTest {
  private static final int MESHES = Boolean.getBoolean("weir.long") ? 20 : 1;
  private static final int PROBES = 120;

  @Property(tries = 120, seed = "61", shrinking = ShrinkingMode.OFF)
  void weirDecidesAsTheStandardsSay(@ForAll long seed) {
    compare(pipeline("weir"), seed);
  }

  @Property(tries = 120, seed = "62", shrinking = ShrinkingMode.OFF)
  void weirBasicDecidesAsTheStandardsSayOrTighterWhereItSaysSo(@ForAll long seed) {
    compare(pipeline("weir_basic"), seed);
  }

  @Property(tries = 60, seed = "63", shrinking = ShrinkingMode.OFF)
  void weirCompactDecidesAsTheStandardsSayOrTighterWhereItSaysSo(@ForAll long seed) {
    compare(pipeline("weir_compact"), seed);
  }

  private static Pipeline pipeline(String name) {
    return P4InfoReader.readText(Path.of("../p4src/build/" + name + ".p4info.txtpb"));
  }

  private static void compare(Pipeline pipeline, long seed) {
    for (int i = 0; i < MESHES; i++) {
      RandomMesh mesh =
          new RandomMesh(
              seed + i,
              2 + (int) Math.floorMod(seed + i, 5L),
              2 + (int) Math.floorMod(seed + i, 6L));
      Map<String, String> peers = (seed + i) % 2 == 0 ? Map.of() : mesh.giveIdentities();
      Compared compared = Compared.of(pipeline, mesh.resources(), peers);
      for (int j = 0; j < PROBES; j++) {
        compared.check(mesh.probe());
      }
    }
  }
}
