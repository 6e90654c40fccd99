// SPDX-License-Identifier: Apache-2.0
// Meters of packets and bytes, by index and of entries.
#include <core.p4>
#include <v1model.p4>

header test_t { bit<8> index; bit<8> key; bit<8> packets; bit<8> bytes; bit<8> direct; }
struct headers_t { test_t test; }
struct metadata_t { bit<2> colour; bit<2> own; }
parser TestParser(packet_in packet, out headers_t h, inout metadata_t m, inout standard_metadata_t s) {
    state start { packet.extract(h.test); transition accept; }
}
control TestVerify(inout headers_t h, inout metadata_t m) { apply { } }
control Compute(inout headers_t h, inout metadata_t m) { apply { } }
control TestIngress(inout headers_t h, inout metadata_t m, inout standard_metadata_t s) {
    meter(8, MeterType.packets) by_packets;
    meter(8, MeterType.bytes) by_bytes;
    direct_meter<bit<2>>(MeterType.bytes) of_entry;
    action take(bit<9> port) {
        of_entry.read(m.own);
        s.egress_spec = port;
    }
    action none() { s.egress_spec = 4; }
    table metered {
        key = { h.test.key: exact @name("key"); }
        actions = { take; none; }
        default_action = none();
        meters = of_entry;
        size = 16;
    }
    apply {
        by_packets.execute_meter((bit<32>) h.test.index, m.colour);
        h.test.packets = (bit<8>) m.colour;
        m.colour = 3;
        by_bytes.execute_meter((bit<32>) h.test.index, m.colour);
        h.test.bytes = (bit<8>) m.colour;
        m.own = 3;
        metered.apply();
        h.test.direct = (bit<8>) m.own;
    }
}
control TestEgress(inout headers_t h, inout metadata_t m, inout standard_metadata_t s) { apply { } }
control TestDeparse(packet_out packet, in headers_t h) { apply { packet.emit(h); } }
V1Switch(TestParser(), TestVerify(), TestIngress(), TestEgress(), Compute(), TestDeparse()) main;
