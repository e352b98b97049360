/* SPDX-License-Identifier: Apache-2.0 */
/* The shape of a rule: which bits it matches, of which protocols, and which actions it has, without their
 * values. Devices mostly refuse rules for their shape, and often without saying what they refuse; so what
 * a device said is remembered by shape and is not asked again for each flow.
 *
 * A shape of which the device has no rule, and refused SHAPE_REFUSED_MAX flows in a row, is halted: its
 * flows wait, and one of them asks again after each back-off. If the device has rules of the shape and
 * refuses SHAPE_FULL_MAX in a row, or says that it is full, it has no more room for such rules: room.h.
 * One insertion ends both. Refusals of some values of a shape (a VLAN that the device keeps for itself)
 * stay with their flows, as others of the shape are inserted.
 *
 * A device has at most SHAPES_MAX of them: flows of further ones are asked for one by one. All functions
 * are O(1), but for the key, which is O(bytes of a mask + actions).
 *
 * Thread safety: the offload thread. */
#pragma once

#include "retry.h"

#include <flow/nic.h>

#define SHAPES_MAX 1024
#define SHAPE_BUCKETS 256
#define SHAPE_REFUSED_MAX 3
#define SHAPE_FULL_MAX 8

struct shape_key {
	struct flow_ufid match;
	uint64_t actions;
};

struct shapes {
	struct cds_list_head buckets[SHAPE_BUCKETS];
	struct cds_list_head unused; /* without references, remembered; oldest first */
	unsigned int n, n_halted;
	unsigned int epoch; /* see shape.full_epoch */
};

struct shape {
	struct cds_list_head link; /* in its bucket */
	struct cds_list_head unused_link;
	struct shapes *of;
	struct shape_key key;
	unsigned int refs;	 /* slots, and flows in 'waiting' */
	unsigned int n_in;	 /* rules that the device has */
	unsigned int n_refused;	 /* in a row */
	unsigned int full_epoch; /* there is no room for it if this is the epoch of 'of' */
	bool halted;
	bool probing;		/* a flow of it asks */
	bool ready;		/* halted, and the back-off is over: the next flow asks */
	struct nic_refusal why; /* it is halted */
	struct cds_list_head waiting;
	struct cds_list_head opened_link; /* in device.opened; self-linked when not */
	struct retry_entry probe; /* waits while it is halted, unless 'probing' or 'ready' */
};

void ofl_shape_key(const struct flow_match *match, const struct flow_actions *actions,
		   struct shape_key *out);

void ofl_shapes_init(struct shapes *all);

/* Nothing refers to any. */
void ofl_shapes_free(struct shapes *all);

/* NULL: the device was never asked for such a rule, or it is forgotten. */
struct shape *ofl_shape_find(struct shapes *all, const struct shape_key *key);

/* Finds or makes, and adds a reference. NULL: there are too many, or no memory. */
struct shape *ofl_shape_get(struct shapes *all, const struct shape_key *key);

void ofl_shape_ref(struct shape *shape);

/* 'shape' may be NULL. */
void ofl_shape_unref(struct shape *shape);

bool ofl_shape_is_full(const struct shape *shape);
void ofl_shape_fill(struct shape *shape);

/* There is room again for every shape. */
void ofl_shapes_empty(struct shapes *all);
