// SPDX-License-Identifier: Apache-2.0
// Tables with const entries among their initial ones.
#include <core.p4>
#include <v1model.p4>

header test_t { bit<8> a; bit<8> b; }
struct headers_t { test_t test; }
struct metadata_t { }
parser TestParser(packet_in packet, out headers_t h, inout metadata_t m, inout standard_metadata_t s) {
    state start { packet.extract(h.test); transition accept; }
}
control TestVerify(inout headers_t h, inout metadata_t m) { apply { } }
control Compute(inout headers_t h, inout metadata_t m) { apply { } }
control TestIngress(inout headers_t h, inout metadata_t m, inout standard_metadata_t s) {
    direct_counter(CounterType.packets) plain_hits;
    direct_counter(CounterType.packets) ranked_hits;
    action fwd(bit<9> port) { s.egress_spec = port; }
    action drop() { mark_to_drop(s); }
    table plain {
        key = { h.test.a: exact @name("a"); }
        actions = { fwd; drop; }
        entries = {
            const 1 : fwd(2);
            2 : fwd(3);
            const 3 : fwd(4);
        }
        counters = plain_hits;
        size = 16;
    }
    table ranked {
        key = { h.test.a: ternary @name("a"); h.test.b: ternary @name("b"); }
        actions = { fwd; drop; }
        entries = {
            const priority = 6: (1, _) : fwd(2);
            priority = 5: (2, 3) : fwd(3);
            const priority = 4: (7, 3 &&& 7) : fwd(3);
        }
        counters = ranked_hits;
        size = 16;
    }
    apply { plain.apply(); ranked.apply(); }
}
control TestEgress(inout headers_t h, inout metadata_t m, inout standard_metadata_t s) { apply { } }
control TestDeparse(packet_out packet, in headers_t h) { apply { packet.emit(h); } }
V1Switch(TestParser(), TestVerify(), TestIngress(), TestEgress(), Compute(), TestDeparse()) main;
