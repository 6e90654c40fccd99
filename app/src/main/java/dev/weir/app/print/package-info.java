/** How results are shown. */
@org.jspecify.annotations.NullMarked
package dev.weir.app.print;
