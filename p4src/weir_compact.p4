// SPDX-License-Identifier: Apache-2.0
// Fewer stages: each address is looked up once, by its longest prefix, and ClusterNetworkPolicy's
// Admin tier shares NetworkPolicy's tables. IPv4 and IPv6, port ranges, 64-bit codes.
#define V1MODEL_VERSION 20200408
#include <core.p4>
#include <v1model.p4>

#define WEIR_IPV6
#define WEIR_ONE_LOOKUP
#define ADDRESS_WIDTH 128
#define CODE_WIDTH 64
#define PORT_MATCH range
// 304 key bits, 48 of state, 128 of translated address, 28 spare: four make a row of 2,032 bits.
#define CELL_WIDTH 508
#define CLIENT_BITS 8
#define SLICE_BITS 8
#define SOURCE_GUARD_SIZE 65536
#define NEIGHBOUR_SIZE 65536
#define UNSTEER_SIZE 65536
#define WORKLOAD_SIZE 65536
#define UPSTREAM_SIZE 16384
#define POLICY_SIZE 4096
#define STEER_SIZE 16384
#define ROUTE_SIZE 65536

#include "include/headers.p4"
#include "include/parser.p4"
#include "include/edge.p4"
#include "include/connection.p4"
#include "include/policy.p4"
#include "include/forward.p4"
#include "include/ingress.p4"
#include "include/deparser.p4"

@pkginfo(name = "weir_compact", version = "0.1.0")
V1Switch(WeirParser(), WeirVerifyChecksum(), WeirIngress(), WeirEgress(), WeirComputeChecksum(),
         WeirDeparser()) main;
