/** Why a connection or a request is allowed, denied or steered, read from a placement. */
@org.jspecify.annotations.NullMarked
package dev.weir.compiler.explain;
