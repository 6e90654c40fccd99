/** What happened to one packet, as a value with a JSON and a text form. */
@org.jspecify.annotations.NullMarked
package dev.weir.softswitch.trace;
