/** Counts what the tests ran on. */
@org.jspecify.annotations.NullMarked
package dev.weir.app.report;
