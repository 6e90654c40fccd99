// SPDX-License-Identifier: Apache-2.0
// Digests of two kinds, of fields of odd widths.
#include <core.p4>
#include <v1model.p4>

header test_t { bit<8> kind; bit<48> address; bit<9> port; bit<7> rest; bit<128> wide; }
struct headers_t { test_t test; }
struct metadata_t { }
struct learn_t { bit<48> address; bit<9> port; }
struct wide_t { bit<128> wide; bit<7> rest; }
parser TestParser(packet_in packet, out headers_t h, inout metadata_t m, inout standard_metadata_t s) {
    state start { packet.extract(h.test); transition accept; }
}
control TestVerify(inout headers_t h, inout metadata_t m) { apply { } }
control Compute(inout headers_t h, inout metadata_t m) { apply { } }
control TestIngress(inout headers_t h, inout metadata_t m, inout standard_metadata_t s) {
    apply {
        s.egress_spec = 2;
        if (h.test.kind == 1) { digest<learn_t>(1, { h.test.address, h.test.port }); }
        else if (h.test.kind == 2) { digest<wide_t>(1, { h.test.wide, h.test.rest }); }
    }
}
control TestEgress(inout headers_t h, inout metadata_t m, inout standard_metadata_t s) { apply { } }
control TestDeparse(packet_out packet, in headers_t h) { apply { packet.emit(h); } }
V1Switch(TestParser(), TestVerify(), TestIngress(), TestEgress(), Compute(), TestDeparse()) main;
