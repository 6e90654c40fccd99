/** P4Runtime sessions with switches. */
@org.jspecify.annotations.NullMarked
package dev.weir.controller.device;
