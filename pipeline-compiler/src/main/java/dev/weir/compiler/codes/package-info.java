/** Group codes: the bits that the switch knows an address by, and the patterns that select them. */
@org.jspecify.annotations.NullMarked
package dev.weir.compiler.codes;
