/** Residual classes: which request predicates meet at an endpoint, and the parts that name them. */
@org.jspecify.annotations.NullMarked
package dev.weir.compiler.classes;
