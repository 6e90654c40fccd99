/** Resources as users write them: read strictly, with every refusal's path and advice. */
@org.jspecify.annotations.NullMarked
package dev.weir.compiler.resource;
