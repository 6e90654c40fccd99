/** What a controller keeps on disk. */
@org.jspecify.annotations.NullMarked
package dev.weir.controller.store;
