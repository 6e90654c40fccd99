/** What P4Runtime 1.5 asks of a server, requirement by requirement, on each target. */
@org.jspecify.annotations.NullMarked
package dev.weir.conformance;
