package dev.weir.compiler.validate;

import com.google.common.collect.ImmutableList;

/** Something that a request, or a connection without HTTP, may show a sidecar. */
sealed interface Attribute {
  record Method() implements Attribute {}

  /** As sent; matchers see what the connection manager makes of it. */
  record Path() implements Attribute {}

  /**
   * @param name in lower case; the host is {@code :authority}
   */
  record Header(String name) implements Attribute {}

  /** A claim of a good token, by its names from the outside in. */
  record Claim(ImmutableList<String> names) implements Attribute {
    /** Whether the one is inside the other: then only one of them is a text or a list. */
    boolean overlaps(Claim other) {
      int common = Math.min(names.size(), other.names.size());
      return names.size() != other.names.size()
          && names.subList(0, common).equals(other.names.subList(0, common));
    }

    /** RFC 7519: the issuer and the subject are texts. */
    boolean isText() {
      return names.equals(ImmutableList.of("iss")) || names.equals(ImmutableList.of("sub"));
    }
  }

  /** The server name that TLS asks for. */
  record ServerName() implements Attribute {}

  /** The client's address as forwarded; the connection's where it is not. */
  record Remote() implements Attribute {}

  Attribute METHOD = new Method();
  Attribute PATH = new Path();
  Attribute HOST = new Header(":authority");
  Attribute SERVER_NAME = new ServerName();
  Attribute REMOTE = new Remote();
}
