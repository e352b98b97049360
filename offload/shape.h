/* SPDX-License-Identifier: Apache-2.0 */
/* The shape of a rule: the bits that it matches, the protocols, and the actions, without their
 * values. Devices mostly refuse rules for their shape, often without a reason. So the answers of a
 * device are remembered by shape, and the device is not asked again for each flow.
 *
 * A shape is halted if the device has no rule of it and refused SHAPE_REFUSED_MAX flows in a row:
 * its flows wait, and one of them asks again after each back-off. If the device has rules of the
 * shape and refuses SHAPE_FULL_MAX in a row, or reports that it is full, it has no more room for
 * such rules: room.h. One insertion ends both. Refusals of single values of a shape (such as a VLAN
 * reserved by the device) concern only their flows, as other flows of the shape are inserted.
 *
 * A device has at most SHAPES_MAX shapes: flows of further ones are asked for one by one. All
 * functions are O(1), except ofl_shape_key(), which is O(bytes of a mask + actions).
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
	struct cds_list_head unused; /* remembered without references; oldest first */
	unsigned int n, n_halted;
	unsigned int epoch; /* see shape.full_epoch */
};

struct shape {
	struct cds_list_head link; /* in its bucket */
	struct cds_list_head unused_link;
	struct shapes *of;
	struct shape_key key;
	unsigned int refs;	 /* slots, and flows in 'waiting' */
	unsigned int n_in;	 /* rules in the device */
	unsigned int n_refused;	 /* consecutive refusals */
	unsigned int full_epoch; /* no room for the shape if equal to of->epoch */
	bool halted;
	bool probing;		/* a flow of it is asking */
	bool ready;		/* halted, and the back-off has ended: the next flow asks */
	struct nic_refusal why; /* reason of the halt */
	struct cds_list_head waiting;
	struct cds_list_head opened_link; /* in device.opened; or self-linked */
	struct retry_entry probe;	  /* waits while halted, unless 'probing' or 'ready' */
};

void ofl_shape_key(const struct flow_match *match, const struct flow_actions *actions,
		   struct shape_key *out);

void ofl_shapes_init(struct shapes *all);

/* No shape is referenced. */
void ofl_shapes_free(struct shapes *all);

/* Returns NULL if the device was never asked for such a rule, or the shape was forgotten. */
struct shape *ofl_shape_find(struct shapes *all, const struct shape_key *key);

/* Finds or creates a shape and adds a reference. NULL if too many exist, or out of memory. */
struct shape *ofl_shape_get(struct shapes *all, const struct shape_key *key);

void ofl_shape_ref(struct shape *shape);

/* 'shape' may be NULL. */
void ofl_shape_unref(struct shape *shape);

bool ofl_shape_is_full(const struct shape *shape);
void ofl_shape_fill(struct shape *shape);

/* Every shape has room again. */
void ofl_shapes_empty(struct shapes *all);
