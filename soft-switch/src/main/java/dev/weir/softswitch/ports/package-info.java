/** Where frames come from and go to: queues in this process, and Linux interfaces. */
@org.jspecify.annotations.NullMarked
package dev.weir.softswitch.ports;
