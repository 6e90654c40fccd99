// SPDX-License-Identifier: Apache-2.0
// Every match kind, action profiles and selectors, a value set, const entries, idle timeout.
#include <core.p4>
#include <v1model.p4>

header key_t {
    bit<8> kind; bit<16> a; bit<32> b; bit<128> c; bit<8> d; bit<8> result; bit<16> extra;
}
struct headers_t { key_t key; }
struct metadata_t { }

parser MatchParser(packet_in packet, out headers_t h, inout metadata_t m, inout standard_metadata_t s) {
    value_set<bit<8>>(4) kinds;
    state start {
        transition select(packet.lookahead<bit<8>>()) {
            kinds: parse;
            0x10 &&& 0xf0: parse;
            default: accept;
        }
    }
    state parse { packet.extract(h.key); transition accept; }
}
control TestVerify(inout headers_t h, inout metadata_t m) { apply { } }
control TestIngress(inout headers_t h, inout metadata_t m, inout standard_metadata_t s) {
    action set(bit<8> value, bit<9> port) { h.key.result = value; s.egress_spec = port; }
    action drop() { mark_to_drop(s); }
    action only_default(bit<8> value) { h.key.result = value; s.egress_spec = 9; }
    action note(bit<16> extra) { h.key.extra = extra; }
    table exact_t {
        key = { h.key.a: exact @name("a"); h.key.d: exact @name("d"); }
        actions = { set; drop; @defaultonly only_default; @tableonly note; }
        default_action = only_default(0xee);
        support_timeout = true;
        size = 4;
    }
    table lpm_t {
        key = { h.key.d: exact @name("d"); h.key.c: lpm @name("c"); }
        actions = { set; drop; NoAction; }
        default_action = NoAction();
        size = 128;
    }
    direct_counter(CounterType.packets_and_bytes) ternary_counter;
    table ternary_t {
        key = {
            h.key.a: ternary @name("a"); h.key.b: range @name("b");
            h.key.c: ternary @name("c"); h.key.d: optional @name("d");
        }
        actions = { set; drop; NoAction; }
        const default_action = NoAction();
        counters = ternary_counter;
        size = 1024;
    }
    table const_t {
        key = { h.key.a: ternary; h.key.b: range; }
        actions = { set; drop; NoAction; }
        const entries = {
            (0x0100 &&& 0xff00, 10 .. 20) : set(1, 1);
            (_, 15) : set(2, 2);
            (0x0200, _) : set(3, 3);
        }
        default_action = NoAction();
    }
    action_profile(8) profile;
    table profile_t {
        key = { h.key.a: exact @name("a"); }
        actions = { set; drop; NoAction; }
        implementation = profile;
        size = 16;
    }
    action_selector(HashAlgorithm.crc16, 32, 14) selector;
    table selector_t {
        key = { h.key.a: exact @name("a"); h.key.b: selector; h.key.c: selector; }
        actions = { set; drop; NoAction; }
        implementation = selector;
        size = 16;
    }
    apply {
        if (h.key.isValid()) {
            if (h.key.kind == 0x10) { exact_t.apply(); }
            else if (h.key.kind == 0x11) { lpm_t.apply(); }
            else if (h.key.kind == 0x12) { ternary_t.apply(); }
            else if (h.key.kind == 0x13) { const_t.apply(); }
            else if (h.key.kind == 0x14) { profile_t.apply(); }
            else if (h.key.kind == 0x15) { selector_t.apply(); }
            else { s.egress_spec = 8; }
        } else {
            s.egress_spec = 7;
        }
    }
}
control TestEgress(inout headers_t h, inout metadata_t m, inout standard_metadata_t s) { apply { } }
control Compute(inout headers_t h, inout metadata_t m) { apply { } }
control TestDeparse(packet_out packet, in headers_t h) { apply { packet.emit(h.key); } }
V1Switch(MatchParser(), TestVerify(), TestIngress(), TestEgress(), Compute(), TestDeparse()) main;
