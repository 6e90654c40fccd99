// SPDX-License-Identifier: Apache-2.0
// A count that takes two actions: one reads the cell, a condition decides, another writes it.
#include <core.p4>
#include <v1model.p4>

header count_t { bit<8> index; bit<8> kind; bit<32> seen; }
struct headers_t { count_t count; }
struct metadata_t { bit<32> index; bit<32> value; }

parser SharingParser(packet_in packet, out headers_t h, inout metadata_t m,
                     inout standard_metadata_t s) {
    state start { packet.extract(h.count); transition accept; }
}
control SharingVerify(inout headers_t h, inout metadata_t m) { apply { } }
control SharingIngress(inout headers_t h, inout metadata_t m, inout standard_metadata_t s) {
    register<bit<32>>(256) cells;
    apply {
        m.index = (bit<32>) h.count.index;
        cells.read(m.value, m.index);
        if (h.count.kind == 1) {
            cells.write(m.index, m.value + 1);
        } else if (h.count.kind == 2) {
            cells.write(m.index, m.value + 2);
        }
        h.count.seen = m.value;
        s.egress_spec = s.ingress_port;
    }
}
control SharingEgress(inout headers_t h, inout metadata_t m, inout standard_metadata_t s) {
    apply { }
}
control SharingCompute(inout headers_t h, inout metadata_t m) { apply { } }
control SharingDeparser(packet_out packet, in headers_t h) { apply { packet.emit(h.count); } }
V1Switch(SharingParser(), SharingVerify(), SharingIngress(), SharingEgress(), SharingCompute(),
         SharingDeparser()) main;
