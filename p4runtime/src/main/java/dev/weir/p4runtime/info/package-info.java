/** P4Info by name: tables, keys, actions, counters, registers, with their widths and sizes. */
@org.jspecify.annotations.NullMarked
package dev.weir.p4runtime.info;
