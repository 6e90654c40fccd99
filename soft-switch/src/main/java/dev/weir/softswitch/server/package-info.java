/** The P4Runtime 1.5 server of one device. */
@org.jspecify.annotations.NullMarked
package dev.weir.softswitch.server;
