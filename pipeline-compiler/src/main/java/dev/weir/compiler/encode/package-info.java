/** Rules, attachments and sidecars as table entries and listeners. */
@org.jspecify.annotations.NullMarked
package dev.weir.compiler.encode;
