/** Addresses and prefixes. */
@org.jspecify.annotations.NullMarked
package dev.weir.compiler.net;
