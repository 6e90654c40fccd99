/** P4Runtime 1.5: what a pipeline is to its controller, and the refusals of this module. */
@org.jspecify.annotations.NullMarked
package dev.weir.p4runtime;
