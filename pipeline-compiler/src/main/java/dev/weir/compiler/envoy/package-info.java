/** A sidecar's configuration in Envoy's form: pure, from values to Envoy's messages. */
@org.jspecify.annotations.NullMarked
package dev.weir.compiler.envoy;
