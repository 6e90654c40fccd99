// SPDX-License-Identifier: Apache-2.0
// A poorer pipeline on the same stages: IPv4 only, no port ranges, 32-bit codes, small tables.
#define V1MODEL_VERSION 20200408
#include <core.p4>
#include <v1model.p4>

#define ADDRESS_WIDTH 32
#define CODE_WIDTH 32
#define PORT_MATCH optional
// 112 key bits, 48 of state, 32 of translated address, 8 spare.
#define CELL_WIDTH 200
#define CLIENT_BITS 6
#define SLICE_BITS 6
#define SOURCE_GUARD_SIZE 1024
#define NEIGHBOUR_SIZE 1024
#define UNSTEER_SIZE 1024
#define WORKLOAD_SIZE 512
#define BLOCK_SIZE 64
#define UPSTREAM_SIZE 512
#define POLICY_SIZE 256
#define STEER_SIZE 512
#define ROUTE_SIZE 512

#include "include/headers.p4"
#include "include/parser.p4"
#include "include/edge.p4"
#include "include/connection.p4"
#include "include/policy.p4"
#include "include/forward.p4"
#include "include/ingress.p4"
#include "include/deparser.p4"

@pkginfo(name = "weir_basic", version = "0.1.0")
V1Switch(WeirParser(), WeirVerifyChecksum(), WeirIngress(), WeirEgress(), WeirComputeChecksum(),
         WeirDeparser()) main;
