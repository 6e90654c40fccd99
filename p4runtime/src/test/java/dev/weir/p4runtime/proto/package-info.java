/** Our messages against published descriptors of the protocol. */
@org.jspecify.annotations.NullMarked
package dev.weir.p4runtime.proto;
