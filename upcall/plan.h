/* SPDX-License-Identifier: Apache-2.0 */
/* The result of translating a megaflow: its actions, and the record to credit.
 *
 * Thread safety: one thread at a time; the owner defines which. */
#pragma once

#include <xlate/translate.h>

struct plan {
	struct flow_actions actions; /* to install; a slow-path flow has a single UPCALL */
	struct xlate_record *record; /* NULL if none is to be credited */
	enum flow_drop drop;	     /* FLOW_NOT_DROPPED if the flow does more than drop */
	bool slow_path;
	/* The actions were found in the datapath; the rules that they follow from are not known until
	 * the flow is translated again. */
	bool found;
	uint64_t version; /* of the configuration, read before translation */
};

void plan_init(struct plan *p);
void plan_free(struct plan *p);

/* Fills the initialised 'p' from a translation. Takes the record, and the actions unless the flow is
 * slow-path. Returns 0, or -ENOMEM with nothing taken. */
int plan_take(struct plan *p, struct xlate_out *out, uint64_t version);

/* Moves 'from' to 'to' and initialises 'from' again. 'to' is initialised; its old
 * contents are freed. */
void plan_move(struct plan *to, struct plan *from);

/* Returns true if another translation of the plan's megaflow would give the same result. */
bool plan_current(const struct plan *p, const struct xlate *x, const struct flow_packed *megaflow);
