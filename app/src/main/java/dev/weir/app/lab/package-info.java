/** Starts, stops and enters the lab. */
@org.jspecify.annotations.NullMarked
package dev.weir.app.lab;
