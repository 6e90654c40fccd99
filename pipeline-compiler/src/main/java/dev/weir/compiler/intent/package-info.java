/** The resources after defaulting and resolving. */
@org.jspecify.annotations.NullMarked
package dev.weir.compiler.intent;
