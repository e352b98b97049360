/* SPDX-License-Identifier: Apache-2.0 */
/* The pipeline's state of packets that continue after the datapath has parsed or tracked them
 * again. A number stands for the state: the datapath's RECIRC action gives it to the packet
 * ('recirc_id' of its key).
 *
 * Equal states share a number. A state lives while a record holds it: of a megaflow that sends
 * packets to it, or of one that resumes them. A number is never 0, and is reused only after all
 * others.
 *
 * Thread safety: any RCU threads, concurrently, unless stated. A state is immutable. */
#pragma once

#include "record/value_stack.h"

#include <xlate/action.h>

struct bridge_link;
struct frozens;
struct frozen;

/* The rest of a list of actions, and the rule it belongs to. */
struct frozen_list {
	uint64_t cookie;
	uint8_t table;
	struct xlate_actions *actions;
};

/* A 'struct frozen' owns all of it; frozens_put() borrows it. */
struct frozen_state {
	struct bridge_link *link; /* of the bridge in which the packet continues */
	struct xlate_ofp_port in_port;
	uint8_t table; /* in which it continues; that of the first list */
	bool tracked;  /* the datapath's ct_* are those of the pass before; else they are 0 */
	unsigned int n_passes; /* number of passes before it continues: 1..XLATE_PASSES_MAX */
	uint32_t queue;
	uint32_t mirrored; /* mirrors that must not send any more: a bit each */
	uint64_t metadata;
	be32 reg[XLATE_REGS];
	struct xlate_tunnel_fields tunnel; /* the datapath does not keep them */
	struct value_stack stack;
	struct frozen_list *lists; /* each was called by the next one */
	unsigned int n_lists;
	struct xlate_actions *set; /* the action set; NULL if empty */
};

/* Returns 0 or -ENOMEM. Thread: control. */
int frozens_create(struct frozens **out);

/* Requires that no record holds a state. Thread: control. */
void frozens_destroy(struct frozens *t);

/* Finds or adds a state. Returns 0 with a reference in '*out', or -ENOMEM. */
int frozens_put(struct frozens *t, const struct frozen_state *state, struct frozen **out);

/* Numbers that are given from here on follow 'id', unless they do already. */
void frozens_skip(struct frozens *t, uint32_t id);

/* Returns a reference, or NULL if no such state exists any more. */
struct frozen *frozens_get(struct frozens *t, uint32_t id);

struct frozen *frozen_ref(struct frozen *f);
void frozen_unref(struct frozen *f);

uint32_t frozen_id(const struct frozen *f);
const struct frozen_state *frozen_state(const struct frozen *f);

/* Returns the number of states. */
unsigned int frozens_count(const struct frozens *t);
