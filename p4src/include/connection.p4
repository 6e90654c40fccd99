// SPDX-License-Identifier: Apache-2.0
// Connection cells: which end opened a connection, and at which tier it lives.
//
// Four cells stand in one row. A cell, from its highest bit:
//   client address, server address, client port (16), server port (16), protocol (8),
//   generation (8): the key; then tier (2), two spare bits, expiry (28, in units of 2^20
//   microseconds), translated address, translated port (16), and padding.
// A row is chosen by the client's address, port and protocol: a client owns a slice of
// 2^SLICE_BITS rows. A cell past its expiry is free.

#define KEY_WIDTH (2 * ADDRESS_WIDTH + 48)
#define CELL_USED (KEY_WIDTH + 48 + ADDRESS_WIDTH)
#define ROW_WIDTH (4 * CELL_WIDTH)
#define ROWS (1 << (SLICE_BITS + CLIENT_BITS))

// Bits of one way within a row, and of the fields within a way.
#define WAY_HIGH(way) ((way) * CELL_WIDTH + CELL_WIDTH - 1)
#define WAY_LOW(way) ((way) * CELL_WIDTH)
#define WAY(row, way) (row)[WAY_HIGH(way):WAY_LOW(way)]
#define WAY_KEY(row, way) (row)[WAY_HIGH(way):WAY_HIGH(way) + 1 - KEY_WIDTH]
#define WAY_EXPIRY(row, way) \
    (row)[WAY_HIGH(way) - KEY_WIDTH - 4:WAY_HIGH(way) - KEY_WIDTH - 31]
#define WAY_TIER(row, way) (row)[WAY_HIGH(way) - KEY_WIDTH:WAY_HIGH(way) - KEY_WIDTH - 1]
#define WAY_LISTENER(row, way) \
    (row)[WAY_HIGH(way) - KEY_WIDTH - 32:WAY_HIGH(way) - KEY_WIDTH - 31 - ADDRESS_WIDTH]
#define WAY_LISTENER_PORT(row, way) \
    (row)[WAY_HIGH(way) - KEY_WIDTH - 32 - ADDRESS_WIDTH:WAY_HIGH(way) - KEY_WIDTH - 47 - ADDRESS_WIDTH]

const bit<2> TIER_DIRECT = 1;
const bit<2> TIER_STEERED = 2;

// Idle times in units of 2^20 microseconds (about 1.05 s). Only the client's packets count.
const bit<28> IDLE_HALF_OPEN = 60;
const bit<28> IDLE_TCP = 7200;
const bit<28> IDLE_DATAGRAM = 180;
const bit<28> IDLE_ECHO = 30;

typedef bit<KEY_WIDTH> cell_key_t;
typedef bit<CELL_WIDTH> cell_t;
typedef bit<ROW_WIDTH> row_t;

// Alive: the expiry lies ahead, by less than half of the clock's range.
#define AHEAD(expiry, now) (((expiry) - (now)) != 0 && ((expiry) - (now))[27:27] == 0)
#define LIVE(row, way) AHEAD(WAY_EXPIRY(row, way), meta.now)
#define HIT(row, way, key) (WAY_KEY(row, way) == (key) && LIVE(row, way))

control Connection(inout headers_t hdr, inout metadata_t meta, register<row_t, bit<16>> cells) {
    row_t forward_row = 0;
    row_t reverse_row = 0;
    cell_key_t forward_key = 0;
    cell_key_t reverse_key = 0;
    bit<8> slice_index = 0;
    bit<8> slice = 0;

    action index_forward() {
        hash(slice, HashAlgorithm.crc32, 8w0, { meta.source }, 32w1 << CLIENT_BITS);
        hash(slice_index, HashAlgorithm.crc32, 8w0,
             { meta.source_port, meta.protocol, meta.source }, 32w1 << SLICE_BITS);
        meta.forward_index = ((bit<16>) slice << SLICE_BITS) | (bit<16>) slice_index;
    }

    action index_reverse() {
        hash(slice, HashAlgorithm.crc32, 8w0, { meta.destination }, 32w1 << CLIENT_BITS);
        hash(slice_index, HashAlgorithm.crc32, 8w0,
             { meta.destination_port, meta.protocol, meta.destination }, 32w1 << SLICE_BITS);
        meta.reverse_index = ((bit<16>) slice << SLICE_BITS) | (bit<16>) slice_index;
    }

    apply {
        index_forward();
        index_reverse();
        cells.read(forward_row, meta.forward_index);
        cells.read(reverse_row, meta.reverse_index);
        forward_key = meta.source ++ meta.destination ++ meta.source_port
            ++ meta.destination_port ++ meta.protocol ++ meta.generation;
        reverse_key = meta.destination ++ meta.source ++ meta.destination_port
            ++ meta.source_port ++ meta.protocol ++ meta.generation;

        meta.forward_hit = 0;
        meta.reverse_hit = 0;
        meta.tier = 0;
        meta.cell_listener = 0;
        meta.cell_listener_port = 0;

#define TAKE(row, way, flag) \
    flag = 1; \
    meta.tier = WAY_TIER(row, way); \
    meta.cell_listener = WAY_LISTENER(row, way); \
    meta.cell_listener_port = WAY_LISTENER_PORT(row, way);

        if (HIT(reverse_row, 0, reverse_key)) {
            TAKE(reverse_row, 0, meta.reverse_hit)
        } else if (HIT(reverse_row, 1, reverse_key)) {
            TAKE(reverse_row, 1, meta.reverse_hit)
        } else if (HIT(reverse_row, 2, reverse_key)) {
            TAKE(reverse_row, 2, meta.reverse_hit)
        } else if (HIT(reverse_row, 3, reverse_key)) {
            TAKE(reverse_row, 3, meta.reverse_hit)
        }

        // On a retry the packet is a reply, whatever other cell it may be forward in.
        if (meta.retry == 0) {
            if (HIT(forward_row, 0, forward_key)) {
                TAKE(forward_row, 0, meta.forward_hit)
            } else if (HIT(forward_row, 1, forward_key)) {
                TAKE(forward_row, 1, meta.forward_hit)
            } else if (HIT(forward_row, 2, forward_key)) {
                TAKE(forward_row, 2, meta.forward_hit)
            } else if (HIT(forward_row, 3, forward_key)) {
                TAKE(forward_row, 3, meta.forward_hit)
            }
        }

        bool syn = meta.kind == TCP_SEGMENT && hdr.tcp.flags & 0x12 == 0x02;
        meta.opens = 0;
        if (syn || meta.kind == ECHO_REQUEST
            || (meta.kind == DATAGRAM && meta.forward_hit == 0 && meta.reverse_hit == 0)) {
            meta.opens = 1;
        }
        // The cell tells; without one, everything is taken as the client's but what can only be
        // the server's.
        meta.reply = 0;
        if (!syn && meta.kind != ECHO_REQUEST) {
            if (meta.retry == 1 || meta.from_listener == 1 || meta.kind == ECHO_REPLY
                || (meta.reverse_hit == 1 && meta.forward_hit == 0)) {
                meta.reply = 1;
            }
        }
        if (meta.reply == 1) {
            meta.client = meta.destination;
            meta.client_port = meta.destination_port;
            meta.server = meta.source;
            meta.server_port = meta.source_port;
        } else {
            meta.client = meta.source;
            meta.client_port = meta.source_port;
            meta.server = meta.destination;
            meta.server_port = meta.destination_port;
        }
    }
}

// Claims a cell for the packet's connection, or keeps the one it has alive. One action reads,
// chooses and writes, so that no two packets can take the same way.
control Claim(inout headers_t hdr, inout metadata_t meta, register<row_t, bit<16>> cells) {
    row_t row = 0;
    bit<28> idle = IDLE_DATAGRAM;
    bit<3> way = 4;
    cell_key_t key = 0;
    cell_t cell = 0;

    @name(".claim")
    action claim() {
        cells.read(row, meta.forward_index);
        way = HIT(row, 0, key) ? 3w0
            : (HIT(row, 1, key) ? 3w1
            : (HIT(row, 2, key) ? 3w2
            : (HIT(row, 3, key) ? 3w3
            : (!LIVE(row, 0) ? 3w0
            : (!LIVE(row, 1) ? 3w1
            : (!LIVE(row, 2) ? 3w2
            : (!LIVE(row, 3) ? 3w3
            : 3w4)))))));
        row = (way == 3 ? cell : WAY(row, 3)) ++ (way == 2 ? cell : WAY(row, 2))
            ++ (way == 1 ? cell : WAY(row, 1)) ++ (way == 0 ? cell : WAY(row, 0));
        cells.write(meta.forward_index, row);
    }

    apply {
        if (meta.kind == TCP_SEGMENT) {
            // Half-open until the client goes on; about to end once it says so.
            idle = hdr.tcp.flags & 0x07 == 0 ? IDLE_TCP : IDLE_HALF_OPEN;
        } else if (meta.kind == ECHO_REQUEST) {
            idle = IDLE_ECHO;
        }
        key = meta.client ++ meta.server ++ meta.client_port ++ meta.server_port
            ++ meta.protocol ++ meta.generation;
        cell = key ++ meta.claim_tier ++ 2w0 ++ (meta.now + idle) ++ meta.claim_listener
            ++ meta.claim_listener_port ++ (bit<CELL_WIDTH - CELL_USED>) 0;
        claim();
        meta.claimed = way == 4 ? 1w0 : 1w1;
    }
}
