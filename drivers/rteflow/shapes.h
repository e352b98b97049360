/* SPDX-License-Identifier: Apache-2.0 */
/* What became of rules of one shape: the same items and masks, EtherTypes and fragment bits, and the same
 * actions with other values. Drivers pass some shapes at validation and refuse them at insertion, often in
 * the words of a lack of memory; so that the answer is not asked for again by every flow, it is kept.
 *
 * A fixed number of shapes: a newer one may take the place of an older one, which is then asked again. O(1).
 *
 * Thread safety: the offload thread. */
#pragma once

#include "pattern.h"
#include "program.h"

#define RTEFLOW_SHAPES 1024
#define RTEFLOW_SHAPE_REFUSED_NS (60 * UINT64_C(1000000000)) /* then it is asked again */

struct rteflow_shape {
	uint64_t signature; /* 0: free */
	bool works;	    /* a rule went in */
	uint64_t until_ns;  /* refused until then; 0: not */
	struct nic_refusal why;
};

struct rteflow_shapes {
	struct rteflow_shape slots[RTEFLOW_SHAPES];
};

/* Never 0. */
uint64_t rteflow_shape_signature(const struct rteflow_pattern *pattern,
				 const struct rteflow_program *program);

/* Why rules of this shape are not tried now; NULL: they are. */
const struct nic_refusal *rteflow_shape_refused(const struct rteflow_shapes *s, uint64_t signature,
						uint64_t now_ns);

bool rteflow_shape_works(const struct rteflow_shapes *s, uint64_t signature);

/* A rule went in, or was refused for its shape. */
void rteflow_shape_note(struct rteflow_shapes *s, uint64_t signature);
void rteflow_shape_refuse(struct rteflow_shapes *s, uint64_t signature,
			  const struct nic_refusal *why, uint64_t now_ns);
