// SPDX-License-Identifier: Apache-2.0
/** The soft switch beside BMv2's {@code simple_switch_grpc}: packets, entries, memory. */
@org.jspecify.annotations.NullMarked
package dev.weir.bench.softswitch;
