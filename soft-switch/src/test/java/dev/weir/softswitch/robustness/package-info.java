/** What damaged input and broken clients do to the switch: nothing. */
@org.jspecify.annotations.NullMarked
package dev.weir.softswitch.robustness;
