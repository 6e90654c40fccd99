/** What bits, parts and listener ports stand for: the compiler's memory between compiles. */
@org.jspecify.annotations.NullMarked
package dev.weir.compiler.allocation;
