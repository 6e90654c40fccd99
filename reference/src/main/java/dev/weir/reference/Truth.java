package dev.weir.reference;

import java.util.List;
import java.util.function.Function;

/** Kleene's three values: what is unknown stays so until it no longer matters. */
enum Truth {
  TRUE,
  FALSE,
  UNKNOWN;

  static Truth of(boolean value) {
    return value ? TRUE : FALSE;
  }

  Truth not() {
    return switch (this) {
      case TRUE -> FALSE;
      case FALSE -> TRUE;
      case UNKNOWN -> UNKNOWN;
    };
  }

  /** Whether every item passes. Stops asking only at a certain no. */
  static <T> Truth every(List<T> items, Function<? super T, Truth> test) {
    Truth all = TRUE;
    for (T item : items) {
      Truth one = test.apply(item);
      if (one == FALSE) {
        return FALSE;
      }
      all = one == UNKNOWN ? UNKNOWN : all;
    }
    return all;
  }

  /** Whether some item passes. Stops asking only at a certain yes. */
  static <T> Truth some(List<T> items, Function<? super T, Truth> test) {
    return every(items, item -> test.apply(item).not()).not();
  }
}
