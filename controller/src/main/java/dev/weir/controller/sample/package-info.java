/**
 * What is not proved of a compile and sampled instead: that resources mean what the standards say.
 */
@org.jspecify.annotations.NullMarked
package dev.weir.controller.sample;
