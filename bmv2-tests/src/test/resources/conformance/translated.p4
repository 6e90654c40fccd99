// SPDX-License-Identifier: Apache-2.0
// Types that controllers see otherwise than the data plane does.
#include <core.p4>
#include <v1model.p4>

@p4runtime_translation("weir.dev/next_hop", string) type bit<3> next_hop_t;
@p4runtime_translation("weir.dev/wide", bit<32>) type bit<16> wide_t;
@controller_header("packet_in") header packet_in_t { next_hop_t via; bit<5> pad; }
@controller_header("packet_out") header packet_out_t { next_hop_t via; bit<5> pad; }
header op_t { bit<16> a; bit<8> result; }
struct headers_t { packet_out_t packet_out; packet_in_t packet_in; op_t op; }
struct metadata_t { next_hop_t via; wide_t wide; }
parser P(packet_in packet, out headers_t h, inout metadata_t m, inout standard_metadata_t s) {
    state start { packet.extract(h.packet_out); packet.extract(h.op); transition accept; }
}
control V(inout headers_t h, inout metadata_t m) { apply { } }
control I(inout headers_t h, inout metadata_t m, inout standard_metadata_t s) {
    action via(next_hop_t hop) { m.via = hop; }
    action result(bit<8> value) { h.op.result = value; }
    table choose {
        key = { m.wide: exact @name("wide"); }
        actions = { via; NoAction; }
        default_action = NoAction();
    }
    table hop {
        key = { m.via: exact @name("via"); }
        actions = { result; NoAction; }
        default_action = NoAction();
    }
    table maybe {
        key = { m.via: ternary @name("via"); }
        actions = { result; NoAction; }
        default_action = NoAction();
    }
    apply {
        s.egress_spec = 510;
        m.wide = (wide_t) h.op.a;
        m.via = h.packet_out.via;
        choose.apply();
        hop.apply();
        maybe.apply();
        h.packet_out.setInvalid();
    }
}
control E(inout headers_t h, inout metadata_t m, inout standard_metadata_t s) {
    apply { h.packet_in.setValid(); h.packet_in.via = m.via; }
}
control C(inout headers_t h, inout metadata_t m) { apply { } }
control D(packet_out packet, in headers_t h) { apply { packet.emit(h.packet_in); packet.emit(h.op); } }
V1Switch(P(), V(), I(), E(), C(), D()) main;
