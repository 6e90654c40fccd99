/**
 * Runs one p4c BMv2 program for v1model: the JSON is compiled once into slots of a word array and
 * closures over them; a packet meets no name and no map from names.
 */
@org.jspecify.annotations.NullMarked
package dev.weir.softswitch.engine;
