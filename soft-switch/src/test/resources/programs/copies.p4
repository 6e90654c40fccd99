// SPDX-License-Identifier: Apache-2.0
// Copies of packets: multicast, clones, resubmission, recirculation; truncation, digests, stacks,
// variable width, packet-in and packet-out.
#include <core.p4>
#include <v1model.p4>

@controller_header("packet_in") header packet_in_t { bit<9> ingress_port; bit<7> reason; }
@controller_header("packet_out") header packet_out_t { bit<9> egress_port; bit<7> pad; }
header op_t { bit<8> op; bit<8> a; bit<16> b; bit<8> passes; bit<8> labels; bit<8> optionBytes; }
header label_t { bit<20> label; bit<4> last; }
header options_t { varbit<64> data; }
struct headers_t { packet_out_t packet_out; packet_in_t packet_in; op_t op; label_t[3] labels; options_t options; }
struct learn_t { bit<8> a; bit<16> b; bit<9> port; }
struct metadata_t { @field_list(1) bit<8> kept; @field_list(1, 2) bit<16> port; bit<8> lost; }

parser CopyParser(packet_in packet, out headers_t h, inout metadata_t m, inout standard_metadata_t s) {
    state start {
        transition select(s.ingress_port) { 510: from_controller; default: op; }
    }
    state from_controller { packet.extract(h.packet_out); transition op; }
    state op {
        packet.extract(h.op);
        transition select(h.op.labels) { 0: options; default: labels; }
    }
    state labels {
        packet.extract(h.labels.next);
        transition select(h.labels.last.last) { 0: labels; default: options; }
    }
    state options {
        transition select(h.op.optionBytes) { 0: accept; default: some_options; }
    }
    state some_options {
        packet.extract(h.options, ((bit<32>) h.op.optionBytes) * 8);
        transition accept;
    }
}
control TestVerify(inout headers_t h, inout metadata_t m) { apply { } }
control TestIngress(inout headers_t h, inout metadata_t m, inout standard_metadata_t s) {
    apply {
        if (h.packet_out.isValid()) {
            s.egress_spec = h.packet_out.egress_port;
            h.packet_out.setInvalid();
        } else if (h.op.op == 1) {
            s.mcast_grp = h.op.b;
        } else if (h.op.op == 2) {
            s.egress_spec = 2;
            m.kept = h.op.a; m.port = (bit<16>) s.ingress_port; m.lost = 77;
            clone_preserving_field_list(CloneType.I2E, (bit<32>) h.op.b, 1);
            h.op.b = 0xaaaa;
        } else if (h.op.op == 3) {
            if (s.instance_type == 0) {
                m.kept = h.op.a + 1; m.port = (bit<16>) s.ingress_port; m.lost = 99;
                h.op.b = 0xffff;
                resubmit_preserving_field_list(1);
            } else {
                s.egress_spec = 2;
                h.op.a = m.kept; h.op.b = m.port; h.op.passes = m.lost;
            }
        } else if (h.op.op == 4) {
            s.egress_spec = 2;
        } else if (h.op.op == 5) {
            s.egress_spec = 2;
            truncate(30);
        } else if (h.op.op == 6) {
            s.egress_spec = 2;
            digest<learn_t>(1, { h.op.a, h.op.b, s.ingress_port });
        } else if (h.op.op == 7) {
            s.egress_spec = 510;
        } else if (h.op.op == 8) {
            s.egress_spec = 2;
            h.labels.push_front(1);
            h.labels[0].setValid();
            h.labels[0].label = 0x12345;
            h.labels[0].last = 0;
        } else if (h.op.op == 9) {
            s.egress_spec = 2;
            h.labels.pop_front(1);
            h.options.setInvalid();
        } else if (h.op.op == 10) {
            s.egress_spec = 2;
        } else if (h.op.op == 11) {
            s.egress_spec = 2;
            m.kept = 1;
            h.op.a = (bit<8>) s.packet_length;
            h.op.setInvalid();
        } else {
            mark_to_drop(s);
        }
    }
}
control TestEgress(inout headers_t h, inout metadata_t m, inout standard_metadata_t s) {
    apply {
        if (s.egress_port == 510) {
            h.packet_in.setValid();
            h.packet_in.ingress_port = s.ingress_port;
            h.packet_in.reason = 5;
        }
        if (h.op.op == 1) { h.op.b = s.egress_rid; h.op.a = (bit<8>) s.instance_type; }
        if (h.op.op == 2 && s.instance_type == 1) {
            h.op.a = m.kept; h.op.b = m.port; h.op.passes = m.lost;
        }
        if (h.op.op == 4 && h.op.passes < 3) {
            h.op.passes = h.op.passes + 1;
            m.kept = h.op.a;
            recirculate_preserving_field_list(1);
        }
        if (h.op.op == 10 && s.instance_type == 0) {
            m.kept = 42;
            clone_preserving_field_list(CloneType.E2E, (bit<32>) h.op.b, 1);
            h.op.a = 1;
        } else if (h.op.op == 10) {
            h.op.a = m.kept; h.op.passes = (bit<8>) s.instance_type;
        }
    }
}
control Compute(inout headers_t h, inout metadata_t m) { apply { } }
control TestDeparse(packet_out packet, in headers_t h) {
    apply { packet.emit(h.packet_in); packet.emit(h.op); packet.emit(h.labels); packet.emit(h.options); }
}
V1Switch(CopyParser(), TestVerify(), TestIngress(), TestEgress(), Compute(), TestDeparse()) main;
