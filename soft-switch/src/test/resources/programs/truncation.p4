// SPDX-License-Identifier: Apache-2.0
// Packets cut short: in ingress, in egress, twice, before and after a copy; and a value set.
#include <core.p4>
#include <v1model.p4>

header test_t { bit<8> kind; bit<8> length; bit<16> type; bit<8> named; }
header more_t { bit<32> value; }
struct headers_t { test_t test; more_t more; }
struct metadata_t { @field_list(1) bit<8> length; }
parser TestParser(packet_in packet, out headers_t h, inout metadata_t m, inout standard_metadata_t s) {
    value_set<bit<16>>(4) types;
    state start {
        packet.extract(h.test);
        transition select(h.test.type) { types: more; default: accept; }
    }
    state more { packet.extract(h.more); transition accept; }
}
control TestVerify(inout headers_t h, inout metadata_t m) { apply { } }
control Compute(inout headers_t h, inout metadata_t m) { apply { } }
control TestIngress(inout headers_t h, inout metadata_t m, inout standard_metadata_t s) {
    apply {
        s.egress_spec = 2;
        h.test.named = h.more.isValid() ? 8w1 : 8w0;
        m.length = h.test.length;
        if (h.test.kind == 1) { truncate((bit<32>) h.test.length); }
        else if (h.test.kind == 2) {
            truncate((bit<32>) h.test.length);
            clone_preserving_field_list(CloneType.I2E, 1, 1);
        }
        else if (h.test.kind == 3) { clone_preserving_field_list(CloneType.I2E, 2, 1); }
        else if (h.test.kind == 4) { s.mcast_grp = 1; truncate(40); }
    }
}
control TestEgress(inout headers_t h, inout metadata_t m, inout standard_metadata_t s) {
    apply {
        if (h.test.kind == 5) { truncate((bit<32>) h.test.length); }
        else if (h.test.kind == 6) { truncate(50); truncate((bit<32>) h.test.length); }
        else if (h.test.kind == 7 && s.instance_type == 0) {
            truncate((bit<32>) h.test.length);
            clone_preserving_field_list(CloneType.E2E, 1, 1);
        }
        else if (h.test.kind == 4 && s.egress_rid == 2) { truncate((bit<32>) h.test.length); }
    }
}
control TestDeparse(packet_out packet, in headers_t h) { apply { packet.emit(h); } }
V1Switch(TestParser(), TestVerify(), TestIngress(), TestEgress(), Compute(), TestDeparse()) main;
