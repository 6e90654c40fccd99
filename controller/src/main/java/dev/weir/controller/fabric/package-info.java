/** The fabric as an operator or a lab describes it. */
@org.jspecify.annotations.NullMarked
package dev.weir.controller.fabric;
