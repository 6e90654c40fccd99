// SPDX-License-Identifier: Apache-2.0
// Restrictions of p4-constraints on entries and on actions' parameters.
#include <core.p4>
#include <v1model.p4>

header op_t { bit<16> a; bit<32> b; bit<48> c; bit<8> d; }
struct headers_t { op_t op; }
struct metadata_t { }
parser P(packet_in packet, out headers_t h, inout metadata_t m, inout standard_metadata_t s) {
    state start { packet.extract(h.op); transition accept; }
}
control V(inout headers_t h, inout metadata_t m) { apply { } }
control I(inout headers_t h, inout metadata_t m, inout standard_metadata_t s) {
    @action_restriction("
        // Port 0 is nobody's.
        port != 0 && port <= 0x1f0;
    ")
    action to(bit<9> port) { s.egress_spec = port; }
    @entry_restriction("
        a == 0x0800 -> b::mask != 0;
        a != 0x0800 -> b::mask == 0;
        b::mask != 0 -> b::value >= ipv4('10.0.0.0') && b::value < ipv4('11.0.0.0');
        d::low > 2 || d::high == 255;
        ::priority < 1000;
    ")
    table restricted {
        key = { h.op.a: exact @name("a"); h.op.b: ternary @name("b"); h.op.d: range @name("d"); }
        actions = { to; NoAction; }
        default_action = NoAction();
    }
    @entry_restriction("c::prefix_length <= 24 && !(c == mac('00:00:00:00:00:00'))")
    table prefixes {
        key = { h.op.c: lpm @name("c"); }
        actions = { to; NoAction; }
        default_action = NoAction();
    }
    apply { restricted.apply(); prefixes.apply(); }
}
control E(inout headers_t h, inout metadata_t m, inout standard_metadata_t s) { apply { } }
control C(inout headers_t h, inout metadata_t m) { apply { } }
control D(packet_out packet, in headers_t h) { apply { packet.emit(h.op); } }
V1Switch(P(), V(), I(), E(), C(), D()) main;
