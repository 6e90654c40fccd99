/** Table entries by names, free of numeric ids: what compilers emit and sessions write. */
@org.jspecify.annotations.NullMarked
package dev.weir.p4runtime.entry;
