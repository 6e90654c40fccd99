/** HTTP without a domain: calls, replies, routes, refusals, and what guards the listener. */
@org.jspecify.annotations.NullMarked
package dev.weir.rest.http;
