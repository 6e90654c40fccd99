// SPDX-License-Identifier: Apache-2.0

control WeirEgress(inout headers_t hdr, inout metadata_t meta,
                   inout standard_metadata_t standard_metadata) {
    apply { }
}

// Layer-4 checksums follow by increment where an address changes (stage `rewrite`).
control WeirComputeChecksum(inout headers_t hdr, inout metadata_t meta) {
    apply {
        update_checksum(hdr.ipv4.isValid(),
            { hdr.ipv4.version, hdr.ipv4.ihl, hdr.ipv4.tos, hdr.ipv4.total_length,
              hdr.ipv4.identification, hdr.ipv4.flags, hdr.ipv4.fragment_offset, hdr.ipv4.ttl,
              hdr.ipv4.protocol, hdr.ipv4.source, hdr.ipv4.destination },
            hdr.ipv4.checksum, HashAlgorithm.csum16);
#ifdef WEIR_IPV6
        update_checksum(meta.kind == ND_SOLICITATION,
            { hdr.ipv6.source, hdr.ipv6.destination, 16w0, hdr.ipv6.payload_length, 24w0,
              hdr.ipv6.next_header, hdr.icmp.type, hdr.icmp.code, hdr.nd.flags, hdr.nd.target,
              hdr.nd_option.type, hdr.nd_option.length, hdr.nd_option.mac },
            hdr.icmp.checksum, HashAlgorithm.csum16);
#endif
    }
}

control WeirDeparser(packet_out packet, in headers_t hdr) {
    apply {
        packet.emit(hdr.ethernet);
        packet.emit(hdr.arp);
        packet.emit(hdr.ipv4);
#ifdef WEIR_IPV6
        packet.emit(hdr.ipv6);
#endif
        packet.emit(hdr.tcp);
        packet.emit(hdr.udp);
        packet.emit(hdr.sctp);
        packet.emit(hdr.icmp);
        packet.emit(hdr.echo);
        packet.emit(hdr.icmp_rest);
        packet.emit(hdr.quoted_ipv4);
#ifdef WEIR_IPV6
        packet.emit(hdr.quoted_ipv6);
#endif
        packet.emit(hdr.quoted);
#ifdef WEIR_IPV6
        packet.emit(hdr.nd);
        packet.emit(hdr.nd_option);
#endif
    }
}
