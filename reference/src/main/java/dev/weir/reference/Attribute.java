package dev.weir.reference;

import java.util.List;

/** Something that a policy may ask of what a client sends. */
sealed interface Attribute {
  /** Whether the connection carries HTTP, on a port where nobody says. */
  record CarriesHttp() implements Attribute {}

  record Method() implements Attribute {}

  /** The host with its port, as sent. */
  record Host() implements Attribute {}

  /** The path, normalised and without its query. */
  record Path() implements Attribute {}

  /** A header by its name in lower case. */
  record Header(String name) implements Attribute {}

  /** A claim of the token, by its names from the outside in. */
  record Claim(List<String> names) implements Attribute {
    /** Whether the one is inside the other, so that only one of them can be a text or a list. */
    boolean overlaps(Claim other) {
      int common = Math.min(names.size(), other.names.size());
      return names.size() != other.names.size()
          && names.subList(0, common).equals(other.names.subList(0, common));
    }
  }

  /** The server name that TLS asks for. */
  record ServerName() implements Attribute {}

  /** The client's address as trusted proxies forward it. */
  record RemoteAddress() implements Attribute {}
}
