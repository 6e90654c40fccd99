/**
 * What the standards say, as plainly as can be: a resource's raw JSON tree and a probe → decision.
 */
@org.jspecify.annotations.NullMarked
package dev.weir.reference;
