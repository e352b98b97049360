/* SPDX-License-Identifier: Apache-2.0 */
/* A random packet that the test knows by its fields, not by parsing it.
 * A test calls these functions from one thread. */
#pragma once
#include "support/rng.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FRAME_MAX 512
#define FRAME_TAGS_MAX 4

struct frame {
	uint16_t vport; /* that it arrives from */
	uint64_t dmac, smac;
	unsigned n_tags;
	uint16_t tpid[FRAME_TAGS_MAX], tci[FRAME_TAGS_MAX]; /* the outer tag first */
	unsigned ip_version;				    /* 0, 4 or 6 */
	uint16_t ethertype;
	uint32_t src[4], dst[4]; /* IPv4: the last word */
	uint8_t dscp, ecn, ttl, protocol;
	uint32_t label;
	unsigned fragment; /* 0: none, 1: the first, 2: a later one */
	uint16_t sport, dport, tcp_flags;
	uint32_t seq;
	uint32_t reg_c[8];
};

/* Fields have values of small pools, so that rules hit. */
void frame_random(struct frame *frame, struct rng *rng, unsigned n_vports);

/* Writes the packet with right checksums. Returns its length, at most FRAME_MAX. */
size_t frame_write(const struct frame *frame, uint8_t *bytes);

/* Whether the frame has ports: TCP or UDP, and no later fragment. */
bool frame_has_ports(const struct frame *frame);
