package dev.weir.compiler.validate;

/** The two ends of a connection. */
enum End {
  CLIENT,
  SERVER
}
