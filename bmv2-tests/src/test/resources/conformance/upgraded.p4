// SPDX-License-Identifier: Apache-2.0
// conformance.p4 after an upgrade: lpm_t has grown, keyless_t is gone.
#include <core.p4>
#include <v1model.p4>

#define CONTROLLER 510

@controller_header("packet_in") header packet_in_t { bit<9> ingress_port; bit<7> reason; bit<16> instance; }
@controller_header("packet_out") header packet_out_t { bit<9> egress_port; bit<7> flags; }
header op_t { bit<8> op; bit<16> a; bit<32> b; bit<8> d; bit<8> result; }
header extra_t { bit<8> value; }
struct headers_t { packet_out_t packet_out; packet_in_t packet_in; op_t op; extra_t extra; }
struct learn_t { bit<16> a; bit<32> b; }
struct metadata_t { bit<2> colour; bit<32> cell; }

parser P(packet_in packet, out headers_t h, inout metadata_t m, inout standard_metadata_t s) {
    value_set<bit<8>>(2) kinds;
    state start {
        transition select(s.ingress_port) { CONTROLLER: from_controller; default: op; }
    }
    state from_controller { packet.extract(h.packet_out); transition op; }
    state op {
        packet.extract(h.op);
        transition select(h.op.d) { kinds: extra; default: accept; }
    }
    state extra { packet.extract(h.extra); transition accept; }
}
control V(inout headers_t h, inout metadata_t m) { apply { } }
control I(inout headers_t h, inout metadata_t m, inout standard_metadata_t s) {
    counter(4, CounterType.packets_and_bytes) counts;
    counter(2, CounterType.packets) others;
    meter(4, MeterType.packets) meters;
    register<bit<32>>(4) cells;
    direct_counter(CounterType.packets_and_bytes) ternary_counter;
    direct_meter<bit<2>>(MeterType.packets) entry_meter;

    action set(bit<8> value) { h.op.result = value; }
    action set_port(bit<8> value, bit<9> port) { h.op.result = value; s.egress_spec = port; }
    action drop() { mark_to_drop(s); }
    action only_default(bit<8> value) { h.op.result = value; }
    action only_entry(bit<8> value) { h.op.result = value; }
    action coloured(bit<8> value) { h.op.result = value; entry_meter.read(m.colour); h.op.b = (bit<32>) m.colour; }

    table exact_t {
        key = { h.op.a: exact @name("a"); h.op.d: exact @name("d"); }
        actions = { set; set_port; drop; @defaultonly only_default; @tableonly only_entry; }
        default_action = only_default(0xee);
        support_timeout = true;
        size = 4;
    }
    table lpm_t {
        key = { h.op.b: lpm @name("b"); }
        actions = { set; drop; NoAction; }
        default_action = NoAction();
        size = 128;
    }
    table ternary_t {
        key = { h.op.a: ternary @name("a"); h.op.b: range @name("b"); h.op.d: optional @name("d"); }
        actions = { set; drop; NoAction; }
        const default_action = NoAction();
        counters = ternary_counter;
        size = 64;
    }
    table const_t {
        key = { h.op.a: ternary @name("a"); }
        actions = { set; NoAction; }
        const entries = {
            0x0100 &&& 0xff00 : set(1);
            _ : set(2);
        }
        default_action = NoAction();
        size = 8;
    }
    table preset_t {
        key = { h.op.a: exact @name("a"); }
        actions = { set; NoAction; }
        entries = {
            const 1 : set(11);
            2 : set(12);
        }
        default_action = NoAction();
        size = 8;
    }
    action_profile(8) profile;
    table profile_t {
        key = { h.op.a: exact @name("a"); }
        actions = { set; drop; NoAction; }
        implementation = profile;
        size = 16;
    }
    @max_group_size(4) action_selector(HashAlgorithm.crc16, 8, 14) selector;
    table selector_t {
        key = { h.op.a: exact @name("a"); h.op.b: selector; }
        actions = { set; drop; NoAction; }
        implementation = selector;
        size = 16;
    }
    @selector_size_semantics("sum_of_members") @max_member_weight(10) @max_group_size(2)
    action_selector(HashAlgorithm.crc16, 8, 14) by_members;
    table members_t {
        key = { h.op.a: exact @name("a"); h.op.b: selector; }
        actions = { set; drop; NoAction; }
        implementation = by_members;
        size = 16;
    }
    action_selector(HashAlgorithm.crc16, 8, 14) unbounded;
    table unbounded_t {
        key = { h.op.a: exact @name("a"); h.op.b: selector; }
        actions = { set; drop; NoAction; }
        implementation = unbounded;
        size = 16;
    }
    table metered_t {
        key = { h.op.a: exact @name("a"); }
        actions = { coloured; }
        default_action = coloured(0x77);
        meters = entry_meter;
        size = 16;
    }
    apply {
        s.egress_spec = CONTROLLER;
        if (!h.op.isValid()) { drop(); }
        else if (h.op.op == 0) { s.egress_spec = h.packet_out.egress_port; }
        else if (h.op.op == 1) { exact_t.apply(); }
        else if (h.op.op == 2) { lpm_t.apply(); }
        else if (h.op.op == 3) { ternary_t.apply(); }
        else if (h.op.op == 4) { const_t.apply(); }
        else if (h.op.op == 5) { preset_t.apply(); }
        else if (h.op.op == 7) { profile_t.apply(); }
        else if (h.op.op == 8) { selector_t.apply(); }
        else if (h.op.op == 9) { members_t.apply(); }
        else if (h.op.op == 10) { unbounded_t.apply(); }
        else if (h.op.op == 11) { metered_t.apply(); }
        else if (h.op.op == 12) { counts.count(h.op.b); }
        else if (h.op.op == 13) { meters.execute_meter(h.op.b, m.colour); h.op.result = 6w0 ++ m.colour; }
        else if (h.op.op == 14) { cells.read(m.cell, h.op.b); cells.write(h.op.b, m.cell + 1); h.op.b = m.cell; }
        else if (h.op.op == 15) { s.mcast_grp = h.op.a; }
        else if (h.op.op == 16) { s.egress_spec = 511; clone(CloneType.I2E, h.op.b); }
        else if (h.op.op == 17) { digest<learn_t>(1, { h.op.a, h.op.b }); }
        else if (h.op.op == 18) { others.count(0); }
        else if (h.op.op == 19) { h.op.result = h.extra.isValid() ? 8w1 : 8w0; }
        else { drop(); }
        h.packet_out.setInvalid();
    }
}
control E(inout headers_t h, inout metadata_t m, inout standard_metadata_t s) {
    apply {
        if (s.egress_port == CONTROLLER) {
            h.packet_in.setValid();
            h.packet_in.ingress_port = s.ingress_port;
            h.packet_in.reason = 7w3;
            h.packet_in.instance = s.egress_rid;
        }
    }
}
control C(inout headers_t h, inout metadata_t m) { apply { } }
control D(packet_out packet, in headers_t h) {
    apply { packet.emit(h.packet_in); packet.emit(h.op); packet.emit(h.extra); }
}
V1Switch(P(), V(), I(), E(), C(), D()) main;
