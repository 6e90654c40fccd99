// SPDX-License-Identifier: Apache-2.0
// The stages in the order of the pipeline contract. Room for later ones: service and balance
// before Workloads; the admin tiers and rate_limit around Policy; deny_report at the end.

#define RESUBMITTED 6 // BMv2's instance type

control WeirIngress(inout headers_t hdr, inout metadata_t meta,
                    inout standard_metadata_t standard_metadata) {
    @name(".drops")
    counter<bit<8>>(16, CounterType.packets_and_bytes) drops;
    @name(".openings")
    counter<bit<8>>(4, CounterType.packets_and_bytes) openings;
    @name(".connection_cells")
    register<row_t, bit<16>>(ROWS) cells;

    Epoch() epoch_stage;
    SourceGuard() source_guard_stage;
    Neighbour() neighbour_stage;
    Unsteer() unsteer_stage;
    Connection() connection_stage;
    Workloads() workload_stage;
    Policy() policy_stage;
    Steer() steer_stage;
    Claim() claim_stage;
    Rewrite() rewrite_to_server;
    Rewrite() rewrite_from_server;
    Route() route_stage;

    action drop(bit<8> reason) {
        drops.count(reason);
        mark_to_drop(standard_metadata);
        exit;
    }

    apply {
        if (standard_metadata.instance_type != RESUBMITTED) {
            meta.retry = 0;
            meta.ingress_port = standard_metadata.ingress_port;
            meta.now = standard_metadata.ingress_global_timestamp[47:20];
        }

        if (meta.kind == NOTHING || standard_metadata.checksum_error == 1) {
            drop(DROP_UNPARSED);
        }
        if (meta.kind != ARP_REQUEST) {
            // The IP packet holds its headers and lies within the frame.
            if (meta.ip_length < meta.header_length
                || (bit<32>) meta.ip_length + 14 > standard_metadata.packet_length) {
                drop(DROP_UNPARSED);
            }
        }
        if (meta.kind == DATAGRAM && hdr.udp.isValid()) {
            // The length that UDP itself states holds its header and lies within the IP packet.
            if (hdr.udp.length < 8
                || hdr.udp.length > meta.ip_length - (meta.header_length - 8)) {
                drop(DROP_UNPARSED);
            }
        }
#ifdef WEIR_IPV6
        if (hdr.ipv6.isValid()) {
            // Neither IPv4-mapped, which would pass for IPv4 here, nor link-local, which no
            // router forwards (RFC 4291 section 2.5.6).
            if (hdr.ipv6.source[127:32] == 0xffff || hdr.ipv6.destination[127:32] == 0xffff) {
                drop(DROP_UNPARSED);
            }
            if (meta.kind == ICMP_ERROR && (hdr.quoted_ipv6.destination[127:32] == 0xffff)) {
                drop(DROP_UNPARSED);
            }
            if (meta.kind != ND_SOLICITATION
                && (hdr.ipv6.source[127:118] == 0x3fa || hdr.ipv6.destination[127:118] == 0x3fa)) {
                drop(DROP_UNPARSED);
            }
        }
#endif

        epoch_stage.apply(meta);

        bool spoofed;
        address_t quoted_destination = meta.source;
        if (meta.kind == ICMP_ERROR) {
            // Who sends the error is guarded; who it speaks of is the connection's.
#ifdef WEIR_IPV6
            if (hdr.ipv6.isValid()) {
                meta.source = hdr.ipv6.source;
            } else {
                meta.source = MAPPED(hdr.ipv4.source);
            }
#else
            meta.source = hdr.ipv4.source;
#endif
        }
        source_guard_stage.apply(meta, spoofed);
        if (spoofed) {
            drop(DROP_SPOOFED);
        }
        if (meta.kind == ARP_REQUEST || meta.kind == ND_SOLICITATION) {
            bool answered;
            neighbour_stage.apply(hdr, meta, standard_metadata, answered);
            if (!answered) {
                drop(DROP_NEIGHBOUR);
            }
            exit;
        }

        if (meta.kind == ICMP_ERROR) {
            meta.source = quoted_destination;
            bool quotes_receiver = true;
            if (hdr.ipv4.isValid()) {
                quotes_receiver = hdr.quoted_ipv4.source == hdr.ipv4.destination;
            }
#ifdef WEIR_IPV6
            if (hdr.ipv6.isValid()) {
                quotes_receiver = hdr.quoted_ipv6.source == hdr.ipv6.destination;
            }
#endif
            if (!quotes_receiver) {
                drop(DROP_ICMP_ERROR);
            }
        }
        if (meta.kind == TCP_SEGMENT) {
            // SYN with FIN or RST, or no flag at all.
            if (hdr.tcp.flags & 0x3f == 0
                || (hdr.tcp.flags & 0x02 != 0 && hdr.tcp.flags & 0x05 != 0)) {
                drop(DROP_FLAGS);
            }
        }
        if (hdr.ipv4.isValid()) {
            if (hdr.ipv4.ttl <= 1) {
                drop(DROP_HOP_LIMIT);
            }
            hdr.ipv4.ttl = hdr.ipv4.ttl - 1;
        }
#ifdef WEIR_IPV6
        if (hdr.ipv6.isValid()) {
            if (hdr.ipv6.hop_limit <= 1) {
                drop(DROP_HOP_LIMIT);
            }
            hdr.ipv6.hop_limit = hdr.ipv6.hop_limit - 1;
        }
#endif

        unsteer_stage.apply(meta);
        connection_stage.apply(hdr, meta, cells);
        if (meta.from_listener == 1 && meta.opens == 1) {
            // A listener answers; what it opened would pass for its endpoint's own.
            openings.count(OPENED_DENIED);
            drop(DROP_UPSTREAM);
        }
        if (meta.kind == ECHO_REPLY && meta.reverse_hit == 0) {
            drop(DROP_NO_CELL);
        }
        if (meta.kind == ICMP_ERROR && meta.forward_hit == 0 && meta.reverse_hit == 0) {
            drop(DROP_ICMP_ERROR);
        }

        workload_stage.apply(meta);
        policy_stage.apply(meta);
        bool kept_by_spill = meta.steered_by_policy == 0 && meta.tier == TIER_DIRECT
            && (meta.forward_hit == 1 || meta.reverse_hit == 1);
        if (meta.denied == 0 && meta.steered == 1) {
            if (meta.retry == 1) {
                meta.denied = 1; // a segment without a cell passes as a reply only by allow
                meta.drop_reason = DROP_CUT;
            } else if (!kept_by_spill || meta.opens == 1) {
                steer_stage.apply(meta);
            }
        }

        if (meta.denied == 1) {
            // Perhaps the server's: judged once more, the other way round.
            if (meta.retry == 0 && meta.reply == 0 && meta.opens == 0
                && ((meta.kind == TCP_SEGMENT && meta.forward_hit == 0)
                    || meta.reverse_hit == 1)) {
                meta.retry = 1;
                resubmit_preserving_field_list(RETRY_FIELDS);
                exit;
            }
            if (meta.opens == 1) {
                openings.count(OPENED_DENIED);
            }
            drop(meta.drop_reason);
        }

        bool to_listener = false;
        if (meta.reply == 0) {
            bool direct = true;
            if (meta.steered == 1) {
                direct = kept_by_spill && meta.opens == 0;
                to_listener = !direct;
            } else if (meta.forward_hit == 1 && meta.tier == TIER_STEERED && meta.opens == 0
                       && meta.kind == TCP_SEGMENT) {
                // Promoted since it opened: it stays with its sidecar.
                direct = false;
                to_listener = true;
                meta.steer_address = meta.cell_listener;
                meta.steer_port = meta.cell_listener_port;
            }
            if (meta.opens == 1 || (meta.forward_hit == 1 && meta.kind != ICMP_ERROR)) {
                if (direct) {
                    meta.claim_tier = TIER_DIRECT;
                    meta.claim_listener = 0;
                    meta.claim_listener_port = 0;
                } else if (meta.opens == 1) {
                    meta.claim_tier = TIER_STEERED;
                    meta.claim_listener = meta.steer_address;
                    meta.claim_listener_port = meta.steer_port;
                } else {
                    // What the cell says of its listener stays until the connection ends.
                    meta.claim_tier = meta.tier;
                    meta.claim_listener = meta.cell_listener;
                    meta.claim_listener_port = meta.cell_listener_port;
                }
                claim_stage.apply(hdr, meta, cells);
                if (meta.claimed == 0 && meta.kind != TCP_SEGMENT) {
                    openings.count(OPENED_DENIED);
                    drop(DROP_NO_CELL);
                }
            }
            if (meta.opens == 1) {
                if (meta.client_is_sidecar == 1) {
                    openings.count(OPENED_BY_SIDECAR);
                } else if (to_listener) {
                    openings.count(OPENED_STEERED);
                } else {
                    openings.count(OPENED_DIRECT);
                }
            }
            if (to_listener && meta.kind != ICMP_ERROR) {
                rewrite_to_server.apply(hdr, true, meta.server, meta.server_port,
                                        meta.steer_address, meta.steer_port);
                meta.destination = meta.steer_address;
            }
        } else if (meta.from_listener == 1) {
            // From the listener that serves this connection now, or has since it was promoted.
            bool serves;
            if (meta.steered == 1) {
                serves = meta.steer_address == meta.listener
                    && meta.steer_port == meta.listener_port;
            } else {
                serves = meta.reverse_hit == 1 && meta.tier == TIER_STEERED
                    && meta.cell_listener == meta.listener
                    && meta.cell_listener_port == meta.listener_port;
            }
            if (!serves) {
                drop(DROP_CUT);
            }
            rewrite_from_server.apply(hdr, false, meta.listener, meta.listener_port,
                                      meta.server, meta.server_port);
        } else if (meta.steered == 1 && !kept_by_spill) {
            // The server's own segment of a connection that is a sidecar's now.
            drop(DROP_CUT);
        }

        bool routed;
        route_stage.apply(hdr, meta, standard_metadata, routed);
        if (!routed) {
            drop(DROP_NO_ROUTE);
        }
    }
}
