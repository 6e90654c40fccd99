/** Between entries by names and P4Runtime's messages: canonical bytes, ids, checks. */
@org.jspecify.annotations.NullMarked
package dev.weir.p4runtime.wire;
