// SPDX-License-Identifier: Apache-2.0
// Where a connection goes: steer, rewrite, route.

control Steer(inout metadata_t meta) {
    @name(".steer_to")
    action steer_to(@name("address") address_t address, @name("first_port") bit<16> first_port) {
        meta.steer_address = address;
        meta.steer_port = meta.full == 1 ? first_port : first_port + meta.part;
    }

    @name(".not_steerable")
    action not_steerable() {
        meta.denied = 1;
        meta.drop_reason = DROP_NOT_STEERABLE;
    }

    // A hit: the endpoint's listeners. A miss: no sidecar can judge this connection, deny.
    @name(".steer")
    table steer {
        key = {
            meta.server: exact @name("address");
            meta.protocol: exact @name("protocol");
            meta.server_port: exact @name("port");
        }
        actions = { steer_to; @defaultonly not_steerable; }
        const default_action = not_steerable();
        size = STEER_SIZE;
    }

    apply {
        meta.steer_address = 0;
        meta.steer_port = 0;
        if (meta.kind == TCP_SEGMENT) {
            steer.apply();
        } else {
            not_steerable();
        }
    }
}

// Translates one end of a TCP segment. The checksum follows by increment (RFC 1624, equation 3:
// HC' = ~(~HC + ~m + m')); the constant upper words of a mapped IPv4 address cancel out.
control Rewrite(inout headers_t hdr, in bool to_server, in address_t old_address,
                in bit<16> old_port, in address_t new_address, in bit<16> new_port) {
    apply {
        hash(hdr.tcp.checksum, HashAlgorithm.csum16, 16w0,
             { ~hdr.tcp.checksum, ~old_address, new_address, ~old_port, new_port }, 32w65536);
        if (to_server) {
            hdr.tcp.destination = new_port;
            if (hdr.ipv4.isValid()) {
                hdr.ipv4.destination = new_address[31:0];
            }
#ifdef WEIR_IPV6
            if (hdr.ipv6.isValid()) {
                hdr.ipv6.destination = new_address;
            }
#endif
        } else {
            hdr.tcp.source = new_port;
            if (hdr.ipv4.isValid()) {
                hdr.ipv4.source = new_address[31:0];
            }
#ifdef WEIR_IPV6
            if (hdr.ipv6.isValid()) {
                hdr.ipv6.source = new_address;
            }
#endif
        }
    }
}

control Route(inout headers_t hdr, inout metadata_t meta,
              inout standard_metadata_t standard_metadata, out bool routed) {
    @name(".forward")
    action forward(@name("port") port_t port, @name("destination_mac") mac_t destination_mac,
                   @name("source_mac") mac_t source_mac) {
        standard_metadata.egress_spec = port;
        hdr.ethernet.destination = destination_mac;
        hdr.ethernet.source = source_mac;
    }

    @name(".no_route")
    action no_route() { }

    // A hit: the attachment behind which the address is. A miss: drop.
    @name(".route")
    table route {
        key = {
            meta.destination: lpm @name("address");
        }
        actions = { forward; @defaultonly no_route; }
        const default_action = no_route();
        size = ROUTE_SIZE;
    }

    apply {
        routed = false;
        if (route.apply().hit) {
            // What would go back where it came from needs no switch.
            routed = standard_metadata.egress_spec != meta.ingress_port;
        }
    }
}
