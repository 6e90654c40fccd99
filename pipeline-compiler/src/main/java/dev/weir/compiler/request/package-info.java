/** What a policy asks of a request, as Boolean expressions. */
@org.jspecify.annotations.NullMarked
package dev.weir.compiler.request;
