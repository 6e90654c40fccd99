/** The P4 software switch: to embed ({@link SoftSwitch}) and as commands. */
@org.jspecify.annotations.NullMarked
package dev.weir.softswitch;
