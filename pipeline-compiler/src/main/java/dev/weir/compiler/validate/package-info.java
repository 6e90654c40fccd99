/**
 * Translation validation: what entries and Envoy configuration decide, read back independently of
 * the encoder and compared with the rules.
 */
@org.jspecify.annotations.NullMarked
package dev.weir.compiler.validate;
