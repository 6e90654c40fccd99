/** Commands that change and show resources. */
@org.jspecify.annotations.NullMarked
package dev.weir.app.resource;
