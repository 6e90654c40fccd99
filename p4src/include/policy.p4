// SPDX-License-Identifier: Apache-2.0
// Who the two ends are, and what the layers of policy say of them.

// How an address is looked up: exactly, and its block beside it; or once, by the longest prefix.
#ifdef WEIR_ONE_LOOKUP
#define WORKLOAD_MATCH lpm
#else
#define WORKLOAD_MATCH exact
#endif

control Workloads(inout metadata_t meta) {
#ifndef WEIR_ONE_LOOKUP
    code_t source_block_code = 0;
    code_t destination_block_code = 0;
#endif

    @name(".set_source")
    action set_source(@name("code0") code_t code0, @name("code1") code_t code1) {
        meta.client_is_sidecar = 0;
        meta.source_code = meta.epoch == 0 ? code0 : code1;
    }

    @name(".set_source_sidecar")
    action set_source_sidecar(@name("sidecar") bit<16> sidecar) {
        meta.client_is_sidecar = 1;
        meta.sidecar = sidecar;
    }

    // A hit: the client is this workload, or a sidecar (or, where there is one lookup, lies in this
    // block). A miss: world.
    @name(".source_workload")
    table source_workload {
        key = {
            meta.client: WORKLOAD_MATCH @name("address");
        }
        actions = { set_source; set_source_sidecar; }
        default_action = set_source(0, 0);
        size = WORKLOAD_SIZE;
    }

#ifndef WEIR_ONE_LOOKUP
    @name(".add_source_block")
    action add_source_block(@name("code0") code_t code0, @name("code1") code_t code1) {
        source_block_code = meta.epoch == 0 ? code0 : code1;
    }

    @name(".no_source_block")
    action no_source_block() { }

    // A hit: the longest block that some policy names and that holds the client.
    @name(".source_block")
    table source_block {
        key = {
            meta.client: lpm @name("address");
        }
        actions = { add_source_block; @defaultonly no_source_block; }
        const default_action = no_source_block();
        size = BLOCK_SIZE;
    }
#endif

    @name(".set_destination")
    action set_destination(@name("code0") code_t code0, @name("code1") code_t code1) {
        meta.server_is_sidecar = 0;
        meta.destination_code = meta.epoch == 0 ? code0 : code1;
    }

    @name(".set_destination_sidecar")
    action set_destination_sidecar() {
        meta.server_is_sidecar = 1;
    }

    // As source_workload, for the server.
    @name(".destination_workload")
    table destination_workload {
        key = {
            meta.server: WORKLOAD_MATCH @name("address");
        }
        actions = { set_destination; set_destination_sidecar; }
        default_action = set_destination(0, 0);
        size = WORKLOAD_SIZE;
    }

#ifndef WEIR_ONE_LOOKUP
    @name(".add_destination_block")
    action add_destination_block(@name("code0") code_t code0, @name("code1") code_t code1) {
        destination_block_code = meta.epoch == 0 ? code0 : code1;
    }

    @name(".no_destination_block")
    action no_destination_block() { }

    // As source_block, for the server.
    @name(".destination_block")
    table destination_block {
        key = {
            meta.server: lpm @name("address");
        }
        actions = { add_destination_block; @defaultonly no_destination_block; }
        const default_action = no_destination_block();
        size = BLOCK_SIZE;
    }
#endif

    apply {
        meta.source_code = 0;
        meta.destination_code = 0;
        source_workload.apply();
        destination_workload.apply();
#ifndef WEIR_ONE_LOOKUP
        source_block.apply();
        destination_block.apply();
        meta.source_code = meta.source_code | source_block_code;
        meta.destination_code = meta.destination_code | destination_block_code;
#endif
    }
}

#define POLICY_KEY \
    key = { \
        meta.source_code: ternary @name("source_code"); \
        meta.destination_code: ternary @name("destination_code"); \
        meta.protocol: ternary @name("protocol"); \
        meta.server_port: PORT_MATCH @name("port"); \
        meta.epoch: ternary @name("epoch"); \
    }

control Policy(inout metadata_t meta) {
    @name(".sidecar_upstream_counter")
    direct_counter(CounterType.packets_and_bytes) upstream_hits;
#ifdef WEIR_ADMIN
    @name(".egress_admin_counter")
    direct_counter(CounterType.packets_and_bytes) egress_admin_hits;
    @name(".ingress_admin_counter")
    direct_counter(CounterType.packets_and_bytes) ingress_admin_hits;
#endif
    @name(".egress_policy_counter")
    direct_counter(CounterType.packets_and_bytes) egress_hits;
    @name(".ingress_policy_counter")
    direct_counter(CounterType.packets_and_bytes) ingress_hits;
    @name(".authorization_deny_counter")
    direct_counter(CounterType.packets_and_bytes) authorization_deny_hits;
    @name(".authorization_allow_counter")
    direct_counter(CounterType.packets_and_bytes) authorization_allow_hits;

    @name(".allow_upstream")
    action allow_upstream() { }

    @name(".deny_upstream")
    action deny_upstream() {
        meta.denied = 1;
        meta.drop_reason = DROP_UPSTREAM;
    }

    // What a sidecar may open. Stands in for all policy tables. A miss: drop.
    @name(".sidecar_upstream")
    table sidecar_upstream {
        key = {
            meta.sidecar: exact @name("sidecar");
            meta.server: exact @name("address");
            meta.protocol: exact @name("protocol");
            meta.server_port: exact @name("port");
            meta.epoch: ternary @name("epoch");
        }
        actions = { allow_upstream; deny_upstream; }
        default_action = deny_upstream();
        counters = upstream_hits;
        size = UPSTREAM_SIZE;
    }

    @name(".allow")
    action allow() { }

    @name(".deny")
    action deny() {
        meta.denied = 1;
        meta.drop_reason = DROP_POLICY;
    }

    // To the listener that holds the whole policy.
    @name(".steer_full")
    action steer_full() {
        meta.steered = 1;
        meta.steered_by_policy = 1;
        meta.full = 1;
    }

    // To the listener of the residual class that the parts add up to.
    @name(".steer_class")
    action steer_class(@name("part") bit<16> part) {
        meta.steered = 1;
        meta.steered_by_policy = 1;
        meta.part = meta.part + part;
    }

    // As steer_full, for want of room here: direct connections that have a cell stay.
    @name(".spill")
    action spill() {
        meta.steered = 1;
        meta.full = 1;
    }

#ifdef WEIR_ADMIN
    // Allowed in this direction, whatever NetworkPolicy and the Baseline tier say.
    @name(".accept")
    action accept() { }

    @name(".pass_on")
    action pass_on() { }

    // ClusterNetworkPolicy's Admin tier at the client. A hit: accept, deny and steer settle the
    // direction, pass_on leaves it to the next table. A miss: as pass_on.
    @name(".egress_admin")
    table egress_admin {
        POLICY_KEY
        actions = { accept; deny; pass_on; steer_full; spill; }
        const default_action = pass_on();
        counters = egress_admin_hits;
        size = ADMIN_SIZE;
    }

    // The same at the server.
    @name(".ingress_admin")
    table ingress_admin {
        POLICY_KEY
        actions = { accept; deny; pass_on; steer_full; spill; }
        const default_action = pass_on();
        counters = ingress_admin_hits;
        size = ADMIN_SIZE;
    }
#endif

    // NetworkPolicy at the client, then the Baseline tier. A miss: nothing has been decided, deny.
    @name(".egress_policy")
    table egress_policy {
        POLICY_KEY
        actions = { allow; deny; steer_full; spill; }
        default_action = deny();
        counters = egress_hits;
        size = POLICY_SIZE;
    }

    // NetworkPolicy at the server, then the Baseline tier. A miss: deny.
    @name(".ingress_policy")
    table ingress_policy {
        POLICY_KEY
        actions = { allow; deny; steer_full; spill; }
        default_action = deny();
        counters = ingress_hits;
        size = POLICY_SIZE;
    }

    // AuthorizationPolicy DENY at the server. A miss: deny.
    @name(".authorization_deny")
    table authorization_deny {
        POLICY_KEY
        actions = { allow; deny; steer_full; steer_class; spill; }
        default_action = deny();
        counters = authorization_deny_hits;
        size = POLICY_SIZE;
    }

    // AuthorizationPolicy ALLOW at the server. A miss: deny.
    @name(".authorization_allow")
    table authorization_allow {
        POLICY_KEY
        actions = { allow; deny; steer_full; steer_class; spill; }
        default_action = deny();
        counters = authorization_allow_hits;
        size = POLICY_SIZE;
    }

    apply {
        meta.denied = 0;
        meta.drop_reason = DROP_POLICY;
        meta.steered = 0;
        meta.steered_by_policy = 0;
        meta.full = 0;
        meta.part = 0;
        if (meta.server_is_sidecar == 1) {
            meta.denied = 1;
            meta.drop_reason = DROP_TO_SIDECAR;
        } else if (meta.client_is_sidecar == 1) {
            // A listener's port is nobody's to connect from, or to be answered at.
            if (meta.client_port < FIRST_EPHEMERAL_PORT) {
                meta.denied = 1;
                meta.drop_reason = DROP_UPSTREAM;
            } else {
                sidecar_upstream.apply();
            }
        } else {
#ifdef WEIR_ADMIN
            switch (egress_admin.apply().action_run) {
                pass_on: { egress_policy.apply(); }
            }
            if (meta.denied == 0) {
                switch (ingress_admin.apply().action_run) {
                    pass_on: { ingress_policy.apply(); }
                }
            }
#else
            egress_policy.apply();
            if (meta.denied == 0) {
                ingress_policy.apply();
            }
#endif
            if (meta.denied == 0) {
                authorization_deny.apply();
            }
            if (meta.denied == 0) {
                authorization_allow.apply();
            }
        }
    }
}
