/** What must hold with real packets between real programs, on each kind of switch alike. */
@org.jspecify.annotations.NullMarked
package dev.weir.lab;
