// SPDX-License-Identifier: Apache-2.0
// A plain IPv4 router to measure with: longest prefix, next hop, time to live, checksum.
#include <core.p4>
#include <v1model.p4>

header ethernet_t {
    bit<48> destination;
    bit<48> source;
    bit<16> type;
}

header ipv4_t {
    bit<4> version;
    bit<4> header_length;
    bit<8> service;
    bit<16> length;
    bit<16> id;
    bit<3> flags;
    bit<13> offset;
    bit<8> ttl;
    bit<8> protocol;
    bit<16> checksum;
    bit<32> source;
    bit<32> destination;
}

struct headers_t {
    ethernet_t ethernet;
    ipv4_t ipv4;
}

struct metadata_t {
    bit<16> next_hop;
}

#define IPV4_FIELDS(h) { h.version, h.header_length, h.service, h.length, h.id, h.flags, h.offset, \
                         h.ttl, h.protocol, h.source, h.destination }

parser RouterParser(packet_in packet, out headers_t h, inout metadata_t m,
                    inout standard_metadata_t s) {
    state start {
        packet.extract(h.ethernet);
        transition select(h.ethernet.type) {
            0x0800: ipv4;
            default: accept;
        }
    }
    state ipv4 {
        packet.extract(h.ipv4);
        transition accept;
    }
}

control RouterVerify(inout headers_t h, inout metadata_t m) {
    apply {
        verify_checksum(h.ipv4.isValid(), IPV4_FIELDS(h.ipv4), h.ipv4.checksum,
                        HashAlgorithm.csum16);
    }
}

control RouterIngress(inout headers_t h, inout metadata_t m, inout standard_metadata_t s) {
    direct_counter(CounterType.packets_and_bytes) route_counter;

    action drop() {
        mark_to_drop(s);
    }

    action via(bit<16> next_hop, bit<9> port) {
        m.next_hop = next_hop;
        s.egress_spec = port;
        h.ipv4.ttl = h.ipv4.ttl - 1;
    }

    action rewrite(bit<48> destination, bit<48> source) {
        h.ethernet.destination = destination;
        h.ethernet.source = source;
    }

    // A miss: no route, drop.
    @name(".route")
    table route {
        key = { h.ipv4.destination: lpm @name("destination"); }
        actions = { via; drop; }
        const default_action = drop();
        counters = route_counter;
        size = 131072;
    }

    // A miss: nobody there, drop.
    @name(".neighbour")
    table neighbour {
        key = { m.next_hop: exact @name("next_hop"); }
        actions = { rewrite; drop; }
        const default_action = drop();
        size = 1024;
    }

    apply {
        if (!h.ipv4.isValid() || s.checksum_error == 1 || h.ipv4.ttl <= 1) {
            drop();
        } else if (route.apply().hit) {
            neighbour.apply();
        }
    }
}

control RouterEgress(inout headers_t h, inout metadata_t m, inout standard_metadata_t s) {
    apply { }
}

control RouterCompute(inout headers_t h, inout metadata_t m) {
    apply {
        update_checksum(h.ipv4.isValid(), IPV4_FIELDS(h.ipv4), h.ipv4.checksum,
                        HashAlgorithm.csum16);
    }
}

control RouterDeparser(packet_out packet, in headers_t h) {
    apply {
        packet.emit(h.ethernet);
        packet.emit(h.ipv4);
    }
}

V1Switch(RouterParser(), RouterVerify(), RouterIngress(), RouterEgress(), RouterCompute(),
         RouterDeparser()) main;
