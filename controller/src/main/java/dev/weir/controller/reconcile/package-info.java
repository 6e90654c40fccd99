/** Drives switch and sidecars to the newest placement and says how far each has come. */
@org.jspecify.annotations.NullMarked
package dev.weir.controller.reconcile;
