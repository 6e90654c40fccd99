// SPDX-License-Identifier: Apache-2.0
// Registers up to 2032 bits, counters, meters, hashes, arithmetic at odd widths.
#include <core.p4>
#include <v1model.p4>

header op_t { bit<8> op; bit<8> index; bit<128> value; bit<64> result; bit<16> small; }
struct headers_t { op_t op; }
struct metadata_t {
    bit<2032> row; bit<508> cell; bit<32> h32; bit<16> h16; bit<2> colour; int<13> signed13; bit<1> taken;
}

parser StateParser(packet_in packet, out headers_t h, inout metadata_t m, inout standard_metadata_t s) {
    state start { packet.extract(h.op); transition accept; }
}
control TestVerify(inout headers_t h, inout metadata_t m) { apply { } }
control TestIngress(inout headers_t h, inout metadata_t m, inout standard_metadata_t s) {
    register<bit<2032>>(16) rows;
    register<bit<48>>(16) seen;
    counter(16, CounterType.packets_and_bytes) counts;
    meter(16, MeterType.packets) meters;
    direct_meter<bit<2>>(MeterType.bytes) entry_meter;

    // A row of four cells: the newest is pushed in at the low end.
    action shift_in() {
        rows.read(m.row, (bit<32>) h.op.index);
        m.row = m.row[1523:0] ++ (bit<508>) h.op.value;
        rows.write((bit<32>) h.op.index, m.row);
        h.op.result = m.row[571:508];
        h.op.small = m.row[2031:2016];
    }
    // The first way that is free or holds the value takes it.
    action claim() {
        rows.read(m.row, (bit<32>) h.op.index);
        bit<508> v = (bit<508>) h.op.value;
        bool f0 = m.row[507:0] == 0 || m.row[507:0] == v;
        bool f1 = m.row[1015:508] == 0 || m.row[1015:508] == v;
        m.taken = (f0 || f1) ? 1w1 : 1w0;
        m.row = f0 ? m.row[2031:508] ++ v : (f1 ? m.row[2031:1016] ++ v ++ m.row[507:0] : m.row);
        rows.write((bit<32>) h.op.index, m.row);
        h.op.result = f0 ? 64w1 : (f1 ? 64w2 : 64w0);
    }
    action arithmetic() {
        bit<128> x = h.op.value;
        bit<13> y = (bit<13>) x;
        int<13> z = (int<13>) y;
        m.signed13 = z - 5;
        bit<128> w = (x << 3) + (x >> 5) - (x & 128w0xff00ff00ff00ff00ff) ^ ~x;
        bit<64> low = w[63:0] |+| w[127:64];
        h.op.result = (m.signed13 < z) ? low : low |-| 64w12345;
        h.op.small = (bit<16>) (bit<13>) (m.signed13 >> 2) + (bit<16>) h.op.index * 7;
        h.op.value = w;
    }
    action hashes() {
        hash(m.h16, HashAlgorithm.crc16, 16w0, { h.op.index, h.op.value }, 32w65536);
        hash(m.h32, HashAlgorithm.crc32, 32w100, { h.op.value, 3w5, h.op.index }, 32w1000000);
        h.op.result = (bit<32>) m.h16 ++ m.h32;
        hash(h.op.small, HashAlgorithm.csum16, 16w0, { h.op.value, h.op.index, 8w0 }, 32w65536);
    }
    action count_index() { counts.count((bit<32>) h.op.index); seen.write((bit<32>) h.op.index, s.ingress_global_timestamp); }
    action use_meter() { meters.execute_meter((bit<32>) h.op.index, m.colour); h.op.small = (bit<16>) m.colour; }
    action noop() { }
    action read_colour() { entry_meter.read(m.colour); }
    table metered {
        key = { h.op.index: exact @name("index"); }
        actions = { read_colour; noop; }
        default_action = noop();
        meters = entry_meter;
        size = 16;
    }
    apply {
        s.egress_spec = 2;
        if (!h.op.isValid()) { mark_to_drop(s); }
        else if (h.op.op == 1) { shift_in(); }
        else if (h.op.op == 2) { claim(); }
        else if (h.op.op == 3) { arithmetic(); }
        else if (h.op.op == 4) { hashes(); }
        else if (h.op.op == 5) { count_index(); }
        else if (h.op.op == 6) { use_meter(); }
        else if (h.op.op == 7) { metered.apply(); h.op.small = (bit<16>) m.colour; }
        else { mark_to_drop(s); }
    }
}
control TestEgress(inout headers_t h, inout metadata_t m, inout standard_metadata_t s) { apply { } }
control Compute(inout headers_t h, inout metadata_t m) { apply { } }
control TestDeparse(packet_out packet, in headers_t h) { apply { packet.emit(h.op); } }
V1Switch(StateParser(), TestVerify(), TestIngress(), TestEgress(), Compute(), TestDeparse()) main;
