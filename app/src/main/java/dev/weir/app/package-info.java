/** The command line, and how the parts are wired together. */
@org.jspecify.annotations.NullMarked
package dev.weir.app;
