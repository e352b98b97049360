/* SPDX-License-Identifier: Apache-2.0 */
/* loop/: what the event loop of the control thread needs, for the control socket and for OpenFlow:
 * completions, wake-ups, acceptors and Unix sockets, paces of readers. Protocols and commands are
 * not here.
 *
 * Ends of what other threads do for the event loop: it starts something that takes as long as sweeps and
 * hardware do, serves others meanwhile, and hears of the end in a callback.
 *
 *	rc = ctl_completion_new(cs, on_end, aux, &c);
 *	if (!rc)
 *		rc = upc_call_start(upc, UPC_CALL_BARRIER, ctl_completion_done, c);
 *	if (rc)
 *		ctl_completion_free(c);
 *
 * Thread safety: control only, unless it says otherwise. */
#pragma once

#include <upcall/upc.h>

#include <event2/event.h>

struct ctl_completions;
struct ctl_completion;

int ctl_completions_create(struct event_base *base, struct ctl_completions **out);

/* Every completion that another thread got was done. Those whose callback did not run are freed. */
void ctl_completions_destroy(struct ctl_completions *cs);

/* Returns 0 or -ENOMEM. */
int ctl_completion_new(struct ctl_completions *cs, void (*cb)(void *aux, int rc), void *aux,
		       struct ctl_completion **out);

/* Frees one that no other thread got. */
void ctl_completion_free(struct ctl_completion *c);

/* It is over, with this result: 'cb' runs in a later turn of the event loop, RCU-online, and the
 * completion is freed. 'c': a struct ctl_completion. Does not block. Thread: any but a worker. */
void ctl_completion_done(void *c, int rc);

/* The same for what has no result: 0. */
void ctl_completion_end(void *c);

/* 'cb' will not run. The completion is freed when it is done. */
void ctl_completion_cancel(struct ctl_completion *c);

/* Starts a call of upcall/: 'cb' runs when it is over. '*out' may be used to cancel that, until 'cb'
 * runs. Returns 0 or -ENOMEM. Does not block. */
int ctl_completion_call(struct ctl_completions *cs, struct upc *u, enum upc_call kind,
			void (*cb)(void *aux, int rc), void *aux, struct ctl_completion **out);
