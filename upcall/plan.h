/* SPDX-License-Identifier: Apache-2.0 */
/* What translation says of a megaflow: whom it matches, what is done, who is credited.
 *
 * Thread safety: one thread at a time; who owns it says. */
#pragma once

#include <xlate/translate.h>

struct plan {
	struct flow_actions actions; /* to install; of a slow-path flow: a lone UPCALL */
	struct xlate_record *record; /* NULL: nobody is credited */
	enum flow_drop drop;	     /* FLOW_NOT_DROPPED when something goes out */
	bool slow_path;
	uint64_t version; /* of the configuration, read before it was translated */
};

void plan_init(struct plan *p);
void plan_free(struct plan *p);

/* Makes 'p' (initialised) from a translation. Takes the record and, for other than slow-path flows, a
 * copy of the actions. 0 or -ENOMEM: nothing was taken. */
int plan_take(struct plan *p, struct xlate_out *out, uint64_t version);

/* Moves 'from' to 'to' (initialised; what it held is freed); 'from' is initialised again. */
void plan_move(struct plan *to, struct plan *from);

/* True while a new translation of the megaflow that the plan is of would say the same. */
bool plan_current(const struct plan *p, const struct xlate *x, const struct flow_match *megaflow);
