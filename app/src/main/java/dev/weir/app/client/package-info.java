/** Talks to the controller's HTTP API. */
@org.jspecify.annotations.NullMarked
package dev.weir.app.client;
