package dev.weir.reference;

/** The reference's worked examples, asked of placements on every pipeline too. */
class PlacedNetworkPolicyTest extends NetworkPolicyTest {}
