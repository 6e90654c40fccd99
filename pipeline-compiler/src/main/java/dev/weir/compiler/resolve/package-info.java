/** From resources to the intent: defaulting, selectors, rules. */
@org.jspecify.annotations.NullMarked
package dev.weir.compiler.resolve;
