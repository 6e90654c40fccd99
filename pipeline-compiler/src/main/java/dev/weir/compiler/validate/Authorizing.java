package dev.weir.compiler.validate;

import dev.weir.compiler.intent.Authorizer;
import dev.weir.compiler.intent.Intent;
import dev.weir.compiler.net.IpAddress;
import java.util.Optional;

/** The settings of an intent that bear on what its rules mean. */
record Authorizing(Intent intent) {
  static final String UNASKABLE =
      "An authorizer that speaks HTTP is not asked about connections without HTTP: what it would"
          + " have to allow of them is denied.";

  /** How policies see paths. */
  PathView view() {
    return PathView.of(intent.paths());
  }

  Asker asker(String name, IpAddress.Family family) {
    return Asker.of(authorizer(name), family);
  }

  /** Whether it cannot be asked about a connection without HTTP. */
  boolean unaskable(String name) {
    return authorizer(name).protocol() == Authorizer.Protocol.HTTP;
  }

  private Authorizer authorizer(String name) {
    return Optional.ofNullable(intent.authorizers().get(name)).orElseThrow();
  }
}
