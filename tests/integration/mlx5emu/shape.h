/* SPDX-License-Identifier: Apache-2.0 */
/* Shapes of masks: which fields a matcher looks at, and a rule's values of them, for the library and for the test's
 * own comparison with a frame.
 * A test calls these functions from one thread. */
#pragma once
#include "frame.h"
#include "rig.h"

#define SHAPE_FIELDS_MAX 24

enum field {
	F_SMAC,
	F_ETHERTYPE,
	F_DMAC,
	F_PRIO,
	F_VID,
	F_TAGGED, /* 1: by a customer tag, 0: by none */
	F_PROTOCOL,
	F_DSCP,
	F_ECN,
	F_FRAGMENT,
	F_IP_VERSION,
	F_TCP_FLAGS,
	F_TCP_SPORT,
	F_TCP_DPORT,
	F_UDP_SPORT,
	F_UDP_DPORT,
	F_TTL,
	F_SRC_0,
	F_SRC_1,
	F_SRC_2,
	F_SRC_3,
	F_DST_0,
	F_DST_1,
	F_DST_2,
	F_DST_3,
	F_SECOND_VID,
	F_SECOND_TAGGED,
	F_LABEL,
	F_SOURCE_PORT,
	F_REG_C_0,
	F_REG_C_1,
	F_REG_C_5,
	F_TCP_SEQ,
	F_N,
};

/* A matcher's mask, or a rule's values with it. */
struct shape {
	unsigned n;
	enum field fields[SHAPE_FIELDS_MAX];
	uint64_t masks[SHAPE_FIELDS_MAX];
};

struct values {
	uint64_t value[SHAPE_FIELDS_MAX]; /* under the masks */
};

/* A random shape of one or two of the shapes that switches use. `metadata`: reg_c_0 names the source vport. */
void shape_random(struct shape *shape, struct rng *rng, bool metadata);

/* Takes a frame's values. False if no rule of this shape can have them. */
bool shape_values(const struct shape *shape, const struct frame *frame, struct values *values);

bool shape_matches(const struct shape *shape, const struct values *values,
		   const struct frame *frame);

/* Whether the shape has a field; if so its place. */
bool shape_has(const struct shape *shape, enum field field, unsigned *at);

/* Writes the mask, or values if they are given, for the library. */
void shape_write(const struct shape *shape, const struct values *values, union rig_match *match);

/* The library's criteria: which groups of fields the mask has. */
uint8_t shape_criteria(const struct shape *shape);
