// SPDX-License-Identifier: Apache-2.0
// Every hash algorithm that is no random number, over inputs of odd widths, with bases and ranges.
#include <core.p4>
#include <v1model.p4>

header test_t {
    bit<8> kind; bit<3> a; bit<13> b; bit<48> c; bit<7> d; bit<1> e; bit<128> f;
    bit<16> h16; bit<32> h32; bit<64> h64;
}
struct headers_t { test_t test; }
struct metadata_t { }
parser TestParser(packet_in packet, out headers_t h, inout metadata_t m, inout standard_metadata_t s) {
    state start { packet.extract(h.test); transition accept; }
}
control TestVerify(inout headers_t h, inout metadata_t m) { apply { } }
control Compute(inout headers_t h, inout metadata_t m) { apply { } }

#define INPUT { h.test.a, h.test.c, h.test.e, 5w9, h.test.f, h.test.b }
#define HASHES(algorithm) \
    hash(h.test.h16, HashAlgorithm.algorithm, 16w0, INPUT, 32w65536); \
    hash(h.test.h32, HashAlgorithm.algorithm, 32w100, { h.test.f, h.test.d, h.test.e }, 32w99999); \
    hash(h.test.h64, HashAlgorithm.algorithm, 64w1, INPUT, 64w0x100000000);
control TestIngress(inout headers_t h, inout metadata_t m, inout standard_metadata_t s) {
    apply {
        s.egress_spec = 2;
        if (h.test.kind == 0) { HASHES(crc32) }
        else if (h.test.kind == 1) { HASHES(crc16) }
        else if (h.test.kind == 2) { HASHES(identity) }
        else if (h.test.kind == 3) { HASHES(csum16) }
        else if (h.test.kind == 4) { HASHES(xor16) }
        else if (h.test.kind == 5) { HASHES(crc32_custom) }
        else { HASHES(crc16_custom) }
    }
}
control TestEgress(inout headers_t h, inout metadata_t m, inout standard_metadata_t s) { apply { } }
control TestDeparse(packet_out packet, in headers_t h) { apply { packet.emit(h); } }
V1Switch(TestParser(), TestVerify(), TestIngress(), TestEgress(), Compute(), TestDeparse()) main;
