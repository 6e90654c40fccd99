/** Runs p4c's packet test scripts (STF) against a program. */
@org.jspecify.annotations.NullMarked
package dev.weir.softswitch.stf;
