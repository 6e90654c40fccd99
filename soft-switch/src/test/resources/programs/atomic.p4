// SPDX-License-Identifier: Apache-2.0
// Shows in each packet what it met of everything that a batch can change at once: an entry with its
// counter and meter, a multicast group, a clone session, a value set, a counter and a meter.
#include <core.p4>
#include <v1model.p4>

header test_t {
    bit<8> key;
    bit<16> way;
    bit<16> rid;
    bit<8> kind;
    bit<8> indexed;
    bit<8> direct;
    bit<8> member;
}
struct headers_t { test_t test; }
struct metadata_t { @field_list(1) bit<16> way; bit<8> member; bit<2> indexed; bit<2> direct; }
parser TestParser(packet_in packet, out headers_t h, inout metadata_t m, inout standard_metadata_t s) {
    value_set<bit<8>>(4) chosen;
    state start {
        packet.extract(h.test);
        transition select(h.test.key) { chosen: member; default: accept; }
    }
    state member { m.member = 1; transition accept; }
}
control TestVerify(inout headers_t h, inout metadata_t m) { apply { } }
control Compute(inout headers_t h, inout metadata_t m) { apply { } }
control TestIngress(inout headers_t h, inout metadata_t m, inout standard_metadata_t s) {
    meter(4, MeterType.packets) by_index;
    counter(4, CounterType.packets_and_bytes) counts;
    direct_meter<bit<2>>(MeterType.packets) of_entry;
    direct_counter(CounterType.packets_and_bytes) hits;
    action go(bit<16> way, bit<16> group, bit<16> session) {
        of_entry.read(m.direct);
        hits.count();
        m.way = way;
        s.mcast_grp = group;
        clone_preserving_field_list(CloneType.I2E, (bit<32>) session, 1);
    }
    action none() { mark_to_drop(s); }
    table ways {
        key = { h.test.key: exact @name("key"); }
        actions = { go; none; }
        default_action = none();
        meters = of_entry;
        counters = hits;
        size = 16;
    }
    apply {
        ways.apply();
        counts.count(0);
        by_index.execute_meter((bit<32>) 0, m.indexed);
        h.test.indexed = (bit<8>) m.indexed;
        h.test.direct = (bit<8>) m.direct;
        h.test.member = m.member;
    }
}
control TestEgress(inout headers_t h, inout metadata_t m, inout standard_metadata_t s) {
    apply {
        h.test.way = m.way;
        h.test.rid = s.egress_rid;
        h.test.kind = (bit<8>) s.instance_type;
    }
}
control TestDeparse(packet_out packet, in headers_t h) { apply { packet.emit(h); } }
V1Switch(TestParser(), TestVerify(), TestIngress(), TestEgress(), Compute(), TestDeparse()) main;
