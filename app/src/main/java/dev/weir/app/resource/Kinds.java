package dev.weir.app.resource;

import dev.weir.app.Failure;
import dev.weir.rest.kubernetes.ApiKind;
import java.util.Arrays;
import java.util.stream.Collectors;

/** Kinds as a user names them. */
final class Kinds {
  private Kinds() {}

  /**
   * The kind of that name: kind, plural or short name, in any case.
   *
   * @throws Failure with the names there are
   */
  static ApiKind named(String name) {
    return ApiKind.named(name)
        .orElseThrow(
            () ->
                new Failure(
                    "unknown kind '"
                        + name
                        + "'; there are "
                        + Arrays.stream(ApiKind.values())
                            .map(kind -> kind.plural() + " (" + kind.shortName() + ")")
                            .collect(Collectors.joining(", "))));
  }
}
