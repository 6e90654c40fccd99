// SPDX-License-Identifier: Apache-2.0
// What happens to a packet before it is part of a connection: epoch, source_guard, neighbour,
// unsteer.

control Epoch(inout metadata_t meta) {
    @name(".set_epoch")
    action set_epoch(@name("epoch") bit<1> epoch, @name("generation") bit<8> generation) {
        meta.epoch = epoch;
        meta.generation = generation;
    }

    // The default action says which of two written versions holds. Cells of another generation
    // are as good as free.
    @name(".epoch")
    table epoch {
        actions = { set_epoch; }
        default_action = set_epoch(0, 0);
        size = 1;
    }

    apply {
        epoch.apply();
    }
}

control SourceGuard(inout metadata_t meta, out bool spoofed) {
    @name(".source_guard_counter")
    direct_counter(CounterType.packets_and_bytes) hits;

    @name(".pass_source")
    action pass_source() {
        hits.count();
        spoofed = false;
    }

    @name(".pass_sidecar")
    action pass_sidecar() {
        hits.count();
        meta.from_sidecar = 1;
        spoofed = false;
    }

    @name(".drop_spoofed")
    action drop_spoofed() {
        hits.count();
        spoofed = true;
    }

    // A hit: this source may enter at this port (or, by drop_spoofed, an exception to a wider
    // entry). A miss: nobody with this source is attached there. ARP senders and ND sources too.
    @name(".source_guard")
    table source_guard {
        key = {
            meta.ingress_port: exact @name("ingress_port");
            meta.source: lpm @name("source_address");
        }
        actions = { pass_source; pass_sidecar; drop_spoofed; }
        default_action = drop_spoofed();
        counters = hits;
        size = SOURCE_GUARD_SIZE;
    }

    apply {
        spoofed = true;
        meta.from_sidecar = 0;
        source_guard.apply();
    }
}

// Turns a request for a neighbour into its answer, on the port where it came in.
control Neighbour(inout headers_t hdr, inout metadata_t meta,
                  inout standard_metadata_t standard_metadata, out bool answered) {
    mac_t mac = 0;
    port_t attached = 0;
    address_t asked = meta.destination;

    @name(".answer")
    action answer(@name("mac") mac_t answer_mac, @name("attached_port") port_t attached_port) {
        mac = answer_mac;
        attached = attached_port;
    }

    @name(".neighbour_none")
    action neighbour_none() { }

    // A hit: the fabric answers for this address. A miss: nobody is asked on, nobody answers.
    @name(".neighbour")
    table neighbour {
        key = {
            asked: exact @name("target_address");
        }
        actions = { answer; @defaultonly neighbour_none; }
        const default_action = neighbour_none();
        size = NEIGHBOUR_SIZE;
    }

    apply {
        answered = false;
#ifdef WEIR_IPV6
        if (meta.kind == ND_SOLICITATION) {
            asked = hdr.nd.target;
        }
#endif
        if (neighbour.apply().hit) {
            // A host must never see an answer for its own address, or it takes it for a duplicate;
            // probes from an unspecified source have no entry in source_guard at all.
            if (attached != meta.ingress_port) {
                answered = true;
                standard_metadata.egress_spec = meta.ingress_port;
                hdr.ethernet.destination = hdr.ethernet.source;
                hdr.ethernet.source = mac;
                if (meta.kind == ARP_REQUEST) {
                    hdr.arp.operation = 2;
                    hdr.arp.target_mac = hdr.arp.sender_mac;
                    hdr.arp.sender_mac = mac;
                    bit<32> target = hdr.arp.target;
                    hdr.arp.target = hdr.arp.sender;
                    hdr.arp.sender = target;
                }
#ifdef WEIR_IPV6
                if (meta.kind == ND_SOLICITATION) {
                    hdr.icmp.type = 136;
                    hdr.nd.flags = 0x60000000; // solicited, override
                    hdr.nd_option.setValid();
                    hdr.nd_option.type = 2;
                    hdr.nd_option.length = 1;
                    hdr.nd_option.mac = mac;
                    hdr.ipv6.payload_length = 32;
                    hdr.ipv6.destination = hdr.ipv6.source;
                    hdr.ipv6.source = hdr.nd.target;
                }
#endif
            }
        }
    }
}

control Unsteer(inout metadata_t meta) {
    @name(".unsteer_to")
    action unsteer_to(@name("address") address_t address, @name("port") bit<16> port) {
        meta.from_listener = 1;
        meta.source = address;
        meta.source_port = port;
    }

    @name(".unsteer_none")
    action unsteer_none() { }

    // A hit: the segment comes from the sidecar's side of a steered connection; it is the
    // endpoint's again. A miss: an address of its own.
    @name(".unsteer")
    table unsteer {
        key = {
            meta.listener: exact @name("listener_address");
            meta.listener_port: exact @name("listener_port");
        }
        actions = { unsteer_to; @defaultonly unsteer_none; }
        const default_action = unsteer_none();
        size = UNSTEER_SIZE;
    }

    apply {
        meta.from_listener = 0;
        meta.listener = meta.source;
        meta.listener_port = meta.source_port;
        if (meta.from_sidecar == 1 && meta.kind == TCP_SEGMENT) {
            unsteer.apply();
        }
    }
}
