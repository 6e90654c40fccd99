// SPDX-License-Identifier: Apache-2.0
package dev.weir.compiler.encode;

/** Thrown where a change must be compiled whole. */
final class WholeException extends Exception {
  private static final long serialVersionUID = 1;

  private final String why;

  /**
   * @param why in a few words
   */
  WholeException(String why) {
    super(why, null, false, false);
    this.why = why;
  }

  String why() {
    return why;
  }
}
