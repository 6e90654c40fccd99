// SPDX-License-Identifier: Apache-2.0
// A packet has been parsed only when a state below set its kind, after the last header it needs.

#ifdef WEIR_IPV6
#define MAPPED(address) (96w0xffff ++ (address))
#else
#define MAPPED(address) (address)
#endif

parser WeirParser(packet_in packet, out headers_t hdr, inout metadata_t meta,
                  inout standard_metadata_t standard_metadata) {
    state start {
        meta.kind = NOTHING;
        packet.extract(hdr.ethernet);
        transition select(hdr.ethernet.ether_type) {
            ETHERTYPE_IPV4: parse_ipv4;
            ETHERTYPE_ARP: parse_arp;
#ifdef WEIR_IPV6
            ETHERTYPE_IPV6: parse_ipv6;
#endif
            default: accept;
        }
    }

    state parse_arp {
        packet.extract(hdr.arp);
        meta.source = MAPPED(hdr.arp.sender);
        meta.destination = MAPPED(hdr.arp.target);
        transition select(hdr.arp.hardware_type, hdr.arp.protocol_type, hdr.arp.hardware_length,
                          hdr.arp.protocol_length, hdr.arp.operation) {
            (1, ETHERTYPE_IPV4, 6, 4, 1): parsed_arp_request;
            default: accept;
        }
    }

    state parsed_arp_request {
        meta.kind = ARP_REQUEST;
        transition accept;
    }

    // Without options, and no fragment: neither more fragments, an offset nor the reserved bit.
    state parse_ipv4 {
        packet.extract(hdr.ipv4);
        meta.source = MAPPED(hdr.ipv4.source);
        meta.destination = MAPPED(hdr.ipv4.destination);
        meta.protocol = hdr.ipv4.protocol;
        meta.ip_length = hdr.ipv4.total_length;
        meta.header_length = 20;
        transition select(hdr.ipv4.version, hdr.ipv4.ihl, hdr.ipv4.flags,
                          hdr.ipv4.fragment_offset, hdr.ipv4.protocol) {
            (4, 5, 0 &&& 5, 0, PROTOCOL_TCP): parse_tcp;
            (4, 5, 0 &&& 5, 0, PROTOCOL_UDP): parse_udp;
            (4, 5, 0 &&& 5, 0, PROTOCOL_SCTP): parse_sctp;
            (4, 5, 0 &&& 5, 0, PROTOCOL_ICMP): parse_icmp;
            default: accept;
        }
    }

#ifdef WEIR_IPV6
    // Without extension headers.
    state parse_ipv6 {
        packet.extract(hdr.ipv6);
        meta.source = hdr.ipv6.source;
        meta.destination = hdr.ipv6.destination;
        meta.protocol = hdr.ipv6.next_header;
        meta.ip_length = hdr.ipv6.payload_length + 40;
        meta.header_length = 40;
        transition select(hdr.ipv6.version, hdr.ipv6.next_header) {
            (6, PROTOCOL_TCP): parse_tcp;
            (6, PROTOCOL_UDP): parse_udp;
            (6, PROTOCOL_SCTP): parse_sctp;
            (6, PROTOCOL_ICMPV6): parse_icmpv6;
            default: accept;
        }
    }
#endif

    state parse_tcp {
        packet.extract(hdr.tcp);
        meta.source_port = hdr.tcp.source;
        meta.destination_port = hdr.tcp.destination;
        meta.header_length = meta.header_length + ((bit<16>) hdr.tcp.data_offset << 2);
        transition select(hdr.tcp.data_offset) {
            0 &&& 0b1100: accept; // 0 to 3
            4: accept;
            default: parsed_tcp;
        }
    }

    state parsed_tcp {
        meta.kind = TCP_SEGMENT;
        transition accept;
    }

    state parse_udp {
        packet.extract(hdr.udp);
        meta.source_port = hdr.udp.source;
        meta.destination_port = hdr.udp.destination;
        meta.header_length = meta.header_length + 8;
        meta.kind = DATAGRAM;
        transition accept;
    }

    state parse_sctp {
        packet.extract(hdr.sctp);
        meta.source_port = hdr.sctp.source;
        meta.destination_port = hdr.sctp.destination;
        meta.header_length = meta.header_length + 12;
        meta.kind = DATAGRAM;
        transition accept;
    }

    // An echo's identifier stands for the client's port; the server's is 0.
    state parse_icmp {
        packet.extract(hdr.icmp);
        meta.header_length = meta.header_length + 8;
        transition select(hdr.icmp.type, hdr.icmp.code) {
            (8, 0): parse_echo_request;
            (0, 0): parse_echo_reply;
            (3, _): parse_icmp_error; // destination unreachable
            (11, _): parse_icmp_error; // time exceeded
            (12, _): parse_icmp_error; // parameter problem
            default: accept;
        }
    }

    state parse_echo_request {
        packet.extract(hdr.echo);
        meta.source_port = hdr.echo.identifier;
        meta.destination_port = 0;
        meta.kind = ECHO_REQUEST;
        transition accept;
    }

    state parse_echo_reply {
        packet.extract(hdr.echo);
        meta.source_port = 0;
        meta.destination_port = hdr.echo.identifier;
        meta.kind = ECHO_REPLY;
        transition accept;
    }

    // An error stands for a packet of the connection it quotes, on its way back to who sent the
    // quoted one.
    state parse_icmp_error {
        packet.extract(hdr.icmp_rest);
        packet.extract(hdr.quoted_ipv4);
        packet.extract(hdr.quoted);
        meta.header_length = meta.header_length + 28;
        meta.protocol = hdr.quoted_ipv4.protocol;
        meta.source = MAPPED(hdr.quoted_ipv4.destination);
        transition select(hdr.quoted_ipv4.version, hdr.quoted_ipv4.ihl,
                          hdr.quoted_ipv4.fragment_offset, hdr.quoted_ipv4.protocol,
                          hdr.quoted.word0) {
            (4, 5, 0, PROTOCOL_TCP, _): parsed_quoted_ports;
            (4, 5, 0, PROTOCOL_UDP, _): parsed_quoted_ports;
            (4, 5, 0, PROTOCOL_SCTP, _): parsed_quoted_ports;
            (4, 5, 0, PROTOCOL_ICMP, 0x0800): parsed_quoted_echo_request;
            (4, 5, 0, PROTOCOL_ICMP, 0x0000): parsed_quoted_echo_reply;
            default: accept;
        }
    }

    state parsed_quoted_ports {
        meta.source_port = hdr.quoted.word1;
        meta.destination_port = hdr.quoted.word0;
        meta.kind = ICMP_ERROR;
        transition accept;
    }

    state parsed_quoted_echo_request {
        meta.source_port = 0;
        meta.destination_port = hdr.quoted.word2;
        meta.kind = ICMP_ERROR;
        transition accept;
    }

    state parsed_quoted_echo_reply {
        meta.source_port = hdr.quoted.word2;
        meta.destination_port = 0;
        meta.kind = ICMP_ERROR;
        transition accept;
    }

#ifdef WEIR_IPV6
    state parse_icmpv6 {
        packet.extract(hdr.icmp);
        meta.header_length = meta.header_length + 8;
        transition select(hdr.icmp.type, hdr.icmp.code) {
            (128, 0): parse_echo_request;
            (129, 0): parse_echo_reply;
            (0 &&& 0xfc, _): parse_icmpv6_error; // 0 to 3; 0 is reserved and quotes nothing
            (4, _): parse_icmpv6_error;
            (135, 0): parse_solicitation;
            default: accept;
        }
    }

    state parse_icmpv6_error {
        packet.extract(hdr.icmp_rest);
        packet.extract(hdr.quoted_ipv6);
        packet.extract(hdr.quoted);
        meta.header_length = meta.header_length + 48;
        meta.protocol = hdr.quoted_ipv6.next_header;
        meta.source = hdr.quoted_ipv6.destination;
        transition select(hdr.quoted_ipv6.version, hdr.quoted_ipv6.next_header,
                          hdr.quoted.word0) {
            (6, PROTOCOL_TCP, _): parsed_quoted_ports;
            (6, PROTOCOL_UDP, _): parsed_quoted_ports;
            (6, PROTOCOL_SCTP, _): parsed_quoted_ports;
            (6, PROTOCOL_ICMPV6, 0x8000): parsed_quoted_echo_request;
            (6, PROTOCOL_ICMPV6, 0x8100): parsed_quoted_echo_reply;
            default: accept;
        }
    }

    // With a source link-layer option or none (payload of 32 or 24 bytes), never routed.
    state parse_solicitation {
        packet.extract(hdr.nd);
        meta.header_length = meta.ip_length;
        transition select(hdr.ipv6.hop_limit, hdr.ipv6.payload_length) {
            (255, 24): parsed_solicitation;
            (255, 32): parse_solicitation_option;
            default: accept;
        }
    }

    state parse_solicitation_option {
        packet.extract(hdr.nd_option);
        transition select(hdr.nd_option.type, hdr.nd_option.length) {
            (1, 1): parsed_solicitation;
            default: accept;
        }
    }

    state parsed_solicitation {
        meta.kind = ND_SOLICITATION;
        transition accept;
    }
#endif
}

control WeirVerifyChecksum(inout headers_t hdr, inout metadata_t meta) {
    apply {
        verify_checksum(hdr.ipv4.isValid(),
            { hdr.ipv4.version, hdr.ipv4.ihl, hdr.ipv4.tos, hdr.ipv4.total_length,
              hdr.ipv4.identification, hdr.ipv4.flags, hdr.ipv4.fragment_offset, hdr.ipv4.ttl,
              hdr.ipv4.protocol, hdr.ipv4.source, hdr.ipv4.destination },
            hdr.ipv4.checksum, HashAlgorithm.csum16);
#ifdef WEIR_IPV6
        verify_checksum(meta.kind == ND_SOLICITATION && !hdr.nd_option.isValid(),
            { hdr.ipv6.source, hdr.ipv6.destination, 16w0, hdr.ipv6.payload_length, 24w0,
              hdr.ipv6.next_header, hdr.icmp.type, hdr.icmp.code, hdr.nd.flags, hdr.nd.target },
            hdr.icmp.checksum, HashAlgorithm.csum16);
        verify_checksum(meta.kind == ND_SOLICITATION && hdr.nd_option.isValid(),
            { hdr.ipv6.source, hdr.ipv6.destination, 16w0, hdr.ipv6.payload_length, 24w0,
              hdr.ipv6.next_header, hdr.icmp.type, hdr.icmp.code, hdr.nd.flags, hdr.nd.target,
              hdr.nd_option.type, hdr.nd_option.length, hdr.nd_option.mac },
            hdr.icmp.checksum, HashAlgorithm.csum16);
#endif
    }
}
