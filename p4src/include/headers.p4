// SPDX-License-Identifier: Apache-2.0
// Headers, and what the stages tell each other. A program defines ADDRESS_WIDTH (128 or 32),
// CODE_WIDTH, the sizes of its tables and, for IPv6, WEIR_IPV6 before it includes the stages.

#define ETHERTYPE_IPV4 0x0800
#define ETHERTYPE_ARP 0x0806
#define ETHERTYPE_IPV6 0x86dd

#define PROTOCOL_ICMP 1
#define PROTOCOL_TCP 6
#define PROTOCOL_UDP 17
#define PROTOCOL_ICMPV6 58
#define PROTOCOL_SCTP 132

typedef bit<48> mac_t;
typedef bit<9> port_t;
typedef bit<ADDRESS_WIDTH> address_t;
typedef bit<CODE_WIDTH> code_t;

header ethernet_t {
    mac_t destination;
    mac_t source;
    bit<16> ether_type;
}

header arp_t {
    bit<16> hardware_type;
    bit<16> protocol_type;
    bit<8> hardware_length;
    bit<8> protocol_length;
    bit<16> operation;
    mac_t sender_mac;
    bit<32> sender;
    mac_t target_mac;
    bit<32> target;
}

header ipv4_t {
    bit<4> version;
    bit<4> ihl;
    bit<8> tos;
    bit<16> total_length;
    bit<16> identification;
    bit<3> flags;
    bit<13> fragment_offset;
    bit<8> ttl;
    bit<8> protocol;
    bit<16> checksum;
    bit<32> source;
    bit<32> destination;
}

header ipv6_t {
    bit<4> version;
    bit<8> traffic_class;
    bit<20> flow_label;
    bit<16> payload_length;
    bit<8> next_header;
    bit<8> hop_limit;
    bit<128> source;
    bit<128> destination;
}

header tcp_t {
    bit<16> source;
    bit<16> destination;
    bit<32> sequence;
    bit<32> acknowledgement;
    bit<4> data_offset;
    bit<4> reserved;
    bit<8> flags;
    bit<16> window;
    bit<16> checksum;
    bit<16> urgent;
}

header udp_t {
    bit<16> source;
    bit<16> destination;
    bit<16> length;
    bit<16> checksum;
}

header sctp_t {
    bit<16> source;
    bit<16> destination;
    bit<32> verification_tag;
    bit<32> checksum;
}

// ICMP and ICMPv6: type, code and checksum.
header icmp_t {
    bit<8> type;
    bit<8> code;
    bit<16> checksum;
}

header echo_t {
    bit<16> identifier;
    bit<16> sequence;
}

// The four bytes of an ICMP error between its checksum and the packet it quotes.
header icmp_rest_t {
    bit<32> rest;
}

// The first eight bytes behind a quoted IP header: ports, or an echo's type, checksum, identifier.
header quoted_t {
    bit<16> word0;
    bit<16> word1;
    bit<16> word2;
    bit<16> word3;
}

// Neighbour solicitation and advertisement behind the ICMPv6 header (RFC 4861 sections 4.3, 4.4).
header neighbour_discovery_t {
    bit<32> flags;
    bit<128> target;
}

// The one option a solicitation may bring and every answer has: a link-layer address.
header link_layer_option_t {
    bit<8> type;
    bit<8> length;
    mac_t mac;
}

struct headers_t {
    ethernet_t ethernet;
    arp_t arp;
    ipv4_t ipv4;
#ifdef WEIR_IPV6
    ipv6_t ipv6;
#endif
    tcp_t tcp;
    udp_t udp;
    sctp_t sctp;
    icmp_t icmp;
    echo_t echo;
    icmp_rest_t icmp_rest;
    ipv4_t quoted_ipv4;
#ifdef WEIR_IPV6
    ipv6_t quoted_ipv6;
#endif
    quoted_t quoted;
#ifdef WEIR_IPV6
    neighbour_discovery_t nd;
    link_layer_option_t nd_option;
#endif
}

// What the parser made of a packet. NOTHING: not fully parsed, to be dropped.
typedef bit<4> kind_t;
const kind_t NOTHING = 0;
const kind_t ARP_REQUEST = 1;
const kind_t ND_SOLICITATION = 2;
const kind_t TCP_SEGMENT = 3;
const kind_t DATAGRAM = 4; // UDP and SCTP
const kind_t ECHO_REQUEST = 5;
const kind_t ECHO_REPLY = 6;
const kind_t ICMP_ERROR = 7;

// Reasons to drop: the index in the counter `drops`.
const bit<8> DROP_UNPARSED = 0;
const bit<8> DROP_SPOOFED = 1;
const bit<8> DROP_NEIGHBOUR = 2;
const bit<8> DROP_FLAGS = 3;
const bit<8> DROP_POLICY = 4;
const bit<8> DROP_NO_CELL = 5;
const bit<8> DROP_NOT_STEERABLE = 6;
const bit<8> DROP_TO_SIDECAR = 7;
const bit<8> DROP_CUT = 8;
const bit<8> DROP_NO_ROUTE = 9;
const bit<8> DROP_ICMP_ERROR = 10;
const bit<8> DROP_HOP_LIMIT = 11;
const bit<8> DROP_UPSTREAM = 12;

// How a connection opened: the index in the counter `openings`.
const bit<8> OPENED_DIRECT = 0;
const bit<8> OPENED_STEERED = 1;
const bit<8> OPENED_DENIED = 2;
const bit<8> OPENED_BY_SIDECAR = 3;

// Listener ports lie below, a sidecar's own ephemeral ports from here up.
const bit<16> FIRST_EPHEMERAL_PORT = 32768;

#define RETRY_FIELDS 1

struct metadata_t {
    // Kept over the one resubmission, which BMv2 does not do for standard metadata.
    @field_list(RETRY_FIELDS)
    bit<1> retry;
    @field_list(RETRY_FIELDS)
    port_t ingress_port;
    @field_list(RETRY_FIELDS)
    bit<28> now; // in units of 2^20 microseconds

    // The parser's.
    kind_t kind;
    bit<16> ip_length; // IP header included
    bit<16> header_length; // IP and layer-4 headers
    address_t source;
    address_t destination;
    bit<8> protocol;
    bit<16> source_port;
    bit<16> destination_port;

    // epoch, source_guard, unsteer
    bit<1> epoch;
    bit<8> generation;
    bit<1> from_sidecar;
    bit<1> from_listener;
    address_t listener;
    bit<16> listener_port;

    // connection
    bit<1> opens; // could open a connection
    bit<1> reply;
    address_t client;
    bit<16> client_port;
    address_t server;
    bit<16> server_port;
    bit<1> forward_hit;
    bit<1> reverse_hit;
    bit<2> tier; // of the cell that tells the direction
    address_t cell_listener;
    bit<16> cell_listener_port;
    bit<16> forward_index;
    bit<16> reverse_index;
    bit<2> claim_tier; // what a claimed cell is to say
    address_t claim_listener;
    bit<16> claim_listener_port;
    bit<1> claimed;

    // workloads and policy
    code_t source_code;
    code_t destination_code;
    bit<1> client_is_sidecar;
    bit<1> server_is_sidecar;
    bit<16> sidecar;
    bit<1> denied;
    bit<8> drop_reason;
    bit<1> steered; // some layer steers
    bit<1> steered_by_policy; // and not only by spill
    bit<1> full;
    bit<16> part;

    // steer: where the entries of now send this connection
    address_t steer_address;
    bit<16> steer_port;
}
