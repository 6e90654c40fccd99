/** Restrictions on table entries and parameters in the language of p4-constraints. */
@org.jspecify.annotations.NullMarked
package dev.weir.softswitch.constraints;
