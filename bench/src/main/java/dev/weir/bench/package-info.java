// SPDX-License-Identifier: Apache-2.0
/** Benchmarks: ratios within one run, on whatever machine there is. */
@org.jspecify.annotations.NullMarked
package dev.weir.bench;
