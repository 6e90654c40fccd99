package dev.weir.compiler.validate;

import dev.weir.compiler.intent.Rule;
import dev.weir.compiler.intent.Selector;

/** The two ends of a connection. */
enum End {
  CLIENT,
  SERVER;

  /** What a rule asks of this end. */
  Selector of(Rule rule) {
    return this == CLIENT ? rule.source() : rule.destination();
  }
}
