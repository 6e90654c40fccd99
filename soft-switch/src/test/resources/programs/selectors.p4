// SPDX-License-Identifier: Apache-2.0
// Members chosen by hash, in two tables that share none, and ranges.
#include <core.p4>
#include <v1model.p4>

header test_t { bit<8> key; bit<32> flow; bit<16> number; bit<8> chosen; bit<8> range; }
struct headers_t { test_t test; }
struct metadata_t { }
parser TestParser(packet_in packet, out headers_t h, inout metadata_t m, inout standard_metadata_t s) {
    state start { packet.extract(h.test); transition accept; }
}
control TestVerify(inout headers_t h, inout metadata_t m) { apply { } }
control Compute(inout headers_t h, inout metadata_t m) { apply { } }
control TestIngress(inout headers_t h, inout metadata_t m, inout standard_metadata_t s) {
    action choose(bit<8> member, bit<9> port) { h.test.chosen = member; s.egress_spec = port; }
    action in_range(bit<8> which) { h.test.range = which; }
    action none() { }
    table balance {
        key = {
            h.test.key: exact @name("key");
            h.test.flow: selector;
            h.test.number: selector;
        }
        actions = { choose; }
        @name("balanced") implementation = action_selector(HashAlgorithm.crc32, 64, 14);
        size = 16;
    }
    table ranges {
        key = {
            h.test.number: range @name("number");
            h.test.flow: range @name("flow");
        }
        actions = { in_range; none; }
        default_action = none();
        size = 128;
    }
    apply {
        s.egress_spec = 4;
        balance.apply();
        ranges.apply();
    }
}
control TestEgress(inout headers_t h, inout metadata_t m, inout standard_metadata_t s) { apply { } }
control TestDeparse(packet_out packet, in headers_t h) { apply { packet.emit(h); } }
V1Switch(TestParser(), TestVerify(), TestIngress(), TestEgress(), Compute(), TestDeparse()) main;
