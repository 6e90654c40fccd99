/** The aggregated delta discovery service that sidecars' Envoys are configured by. */
@org.jspecify.annotations.NullMarked
package dev.weir.controller.xds;
