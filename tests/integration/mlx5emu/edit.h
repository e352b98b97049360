/* SPDX-License-Identifier: Apache-2.0 */
/* A rule's rewrites of packets, for the library and for the test's own frames.
 * A test calls these functions from one thread. */
#pragma once
#include "shape.h"

#define EDITS_MAX 4
#define MODIFICATIONS_MAX (2 * EDITS_MAX)

enum edit_kind {
	EDIT_DMAC,
	EDIT_SMAC,
	EDIT_REG_C_1,
	EDIT_REG_C_1_BYTE, /* bits 8..15 */
	EDIT_REG_C_5_COPY, /* of reg_c_1 */
	EDIT_VID,
	EDIT_DSCP,
	EDIT_TTL,
	EDIT_TTL_LESS,
	EDIT_SRC,
	EDIT_DST,
	EDIT_SPORT,
	EDIT_DPORT,
	EDIT_N,
};

struct edits {
	bool pop, push;
	uint32_t tag; /* to push */
	unsigned n;
	enum edit_kind kinds[EDITS_MAX];
	uint64_t values[EDITS_MAX];
	unsigned ip_version; /* of the packets that the rule matches; 0: any */
	unsigned protocol;   /* with ports; 0: any */
};

/* Random edits that suit what a rule matches. */
void edits_random(struct edits *edits, const struct shape *shape, const struct values *values,
		  struct rng *rng);

/* Writes the modifications as mlx5dv_dr_action_create_modify_header() takes them. Returns how many. */
unsigned edits_write(const struct edits *edits, uint64_t *modifications);

void edits_apply(const struct edits *edits, struct frame *frame);
