package dev.weir.softswitch.server;

import com.google.protobuf.ByteString;

/** What a controller keeps with an entry: both fields are opaque to the switch. */
record EntryNote(long controllerMetadata, ByteString metadata) {
  static final EntryNote NONE = new EntryNote(0, ByteString.EMPTY);
}
