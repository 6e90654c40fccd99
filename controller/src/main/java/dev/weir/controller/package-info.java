/** The mesh controller: keeps the resources and drives every target to the newest placement. */
@org.jspecify.annotations.NullMarked
package dev.weir.controller;
