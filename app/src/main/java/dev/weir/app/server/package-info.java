/** Runs the controller with its API. */
@org.jspecify.annotations.NullMarked
package dev.weir.app.server;
