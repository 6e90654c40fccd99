// SPDX-License-Identifier: Apache-2.0
// A plain IPv4 router: longest prefix, next hop, time to live, checksum.
#include <core.p4>
#include <v1model.p4>

header ethernet_t { bit<48> dst; bit<48> src; bit<16> type; }
header ipv4_t {
    bit<4> version; bit<4> ihl; bit<8> tos; bit<16> length;
    bit<16> id; bit<3> flags; bit<13> offset;
    bit<8> ttl; bit<8> protocol; bit<16> checksum; bit<32> src; bit<32> dst;
}
struct headers_t { ethernet_t ethernet; ipv4_t ipv4; }
struct metadata_t { bit<16> next_hop; }

parser RouterParser(packet_in packet, out headers_t h, inout metadata_t m, inout standard_metadata_t s) {
    state start {
        packet.extract(h.ethernet);
        transition select(h.ethernet.type) { 0x0800: ipv4; default: accept; }
    }
    state ipv4 {
        packet.extract(h.ipv4);
        verify(h.ipv4.version == 4, error.ParserInvalidArgument);
        transition accept;
    }
}
control TestVerify(inout headers_t h, inout metadata_t m) {
    apply {
        verify_checksum(h.ipv4.isValid(),
            { h.ipv4.version, h.ipv4.ihl, h.ipv4.tos, h.ipv4.length, h.ipv4.id, h.ipv4.flags,
              h.ipv4.offset, h.ipv4.ttl, h.ipv4.protocol, h.ipv4.src, h.ipv4.dst },
            h.ipv4.checksum, HashAlgorithm.csum16);
    }
}
control TestIngress(inout headers_t h, inout metadata_t m, inout standard_metadata_t s) {
    direct_counter(CounterType.packets_and_bytes) route_counter;
    counter(512, CounterType.packets_and_bytes) port_counter;
    action drop() { mark_to_drop(s); }
    action via(bit<16> next_hop, bit<9> port) {
        m.next_hop = next_hop;
        s.egress_spec = port;
        h.ipv4.ttl = h.ipv4.ttl - 1;
    }
    action rewrite(bit<48> dst, bit<48> src) { h.ethernet.dst = dst; h.ethernet.src = src; }
    table route {
        key = { h.ipv4.dst: lpm @name("dst"); }
        actions = { via; drop; }
        const default_action = drop();
        counters = route_counter;
        size = 1024;
    }
    table neighbour {
        key = { m.next_hop: exact @name("next_hop"); }
        actions = { rewrite; drop; }
        default_action = drop();
        size = 64;
    }
    apply {
        if (h.ipv4.isValid() && s.checksum_error == 0 && s.parser_error == error.NoError
                && h.ipv4.ttl > 1) {
            port_counter.count((bit<32>) s.ingress_port);
            if (route.apply().hit) { neighbour.apply(); }
        } else {
            drop();
        }
    }
}
control TestEgress(inout headers_t h, inout metadata_t m, inout standard_metadata_t s) { apply { } }
control Compute(inout headers_t h, inout metadata_t m) {
    apply {
        update_checksum(h.ipv4.isValid(),
            { h.ipv4.version, h.ipv4.ihl, h.ipv4.tos, h.ipv4.length, h.ipv4.id, h.ipv4.flags,
              h.ipv4.offset, h.ipv4.ttl, h.ipv4.protocol, h.ipv4.src, h.ipv4.dst },
            h.ipv4.checksum, HashAlgorithm.csum16);
    }
}
control TestDeparse(packet_out packet, in headers_t h) {
    apply { packet.emit(h.ethernet); packet.emit(h.ipv4); }
}
V1Switch(RouterParser(), TestVerify(), TestIngress(), TestEgress(), Compute(), TestDeparse()) main;
