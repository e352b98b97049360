/* SPDX-License-Identifier: Apache-2.0 */
/* What the pipeline knows of a packet that goes on after the datapath has looked at it again: told by a
 * number, which the datapath's RECIRC action gives the packet ('recirc_id' of its key).
 *
 * Equal states share a number. A state lives while a record holds it: that of a megaflow which sends
 * packets on with it, or of one that takes them up. A number is never 0, and another state is given it
 * when all others have had their turn.
 *
 * Thread safety: any RCU thread, any number at once, except where said. A state is immutable. */
#pragma once

#include "record/value_stack.h"

#include <xlate/action.h>

struct bridge_link;
struct frozens;
struct frozen;

/* What is left of a list of actions, and the rule that it is of. */
struct frozen_list {
	uint64_t cookie;
	uint8_t table;
	struct xlate_actions *actions;
};

/* All of it is the state's own in a 'struct frozen', and borrowed by frozens_put(). */
struct frozen_state {
	struct bridge_link *link; /* of the bridge where the packet goes on */
	uint32_t in_port;	  /* OpenFlow */
	uint8_t table;		  /* where it goes on; with lists, that of the first */
	bool tracked; /* the datapath's ct_* are those of the pass that it comes from; else 0 */
	unsigned int n_passes; /* after so many it goes on: 1..XLATE_PASSES_MAX */
	uint32_t queue;
	uint32_t mirrored; /* mirrors that must not send any more; a bit for each */
	uint64_t metadata;
	be32 reg[XLATE_REGS];
	struct value_stack stack;
	struct frozen_list *lists; /* each led to the one before it */
	unsigned int n_lists;
	struct xlate_actions *set; /* the action set; NULL: empty */
};

/* Thread: control. */
int frozens_create(struct frozens **out);

/* No record that holds a state is left. Thread: control. */
void frozens_destroy(struct frozens *t);

/* Returns 0 and a reference, or -ENOMEM. */
int frozens_put(struct frozens *t, const struct frozen_state *state, struct frozen **out);

/* A reference, or NULL: there is no such state any more. */
struct frozen *frozens_get(struct frozens *t, uint32_t id);

struct frozen *frozen_ref(struct frozen *f);
void frozen_unref(struct frozen *f);

uint32_t frozen_id(const struct frozen *f);
const struct frozen_state *frozen_state(const struct frozen *f);

/* How many there are. */
unsigned int frozens_count(const struct frozens *t);
