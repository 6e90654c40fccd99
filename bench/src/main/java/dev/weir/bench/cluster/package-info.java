/** Synthetic clusters to measure with. */
@org.jspecify.annotations.NullMarked
package dev.weir.bench.cluster;
