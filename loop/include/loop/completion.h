/* SPDX-License-Identifier: Apache-2.0 */
/* loop/: helpers for the event loop of the control thread, used by the control socket and OpenFlow:
 * completions, wake-ups, acceptors, Unix sockets, paces of readers. Protocols and commands
 * are not here.
 *
 * A completion reports the end of an operation that another thread does for the event loop. The
 * event loop starts the operation, which takes as long as sweeps and hardware do, serves others
 * meanwhile, and gets the result in a callback.
 *
 *	rc = loop_completion_new(cs, on_end, aux, &c);
 *	if (!rc)
 *		rc = ofl_port_del_start(ofl, port, loop_completion_end, c, &ticket);
 *	if (rc)
 *		loop_completion_free(c);
 *
 * Thread safety: control only, except where stated. */
#pragma once

#include <upcall/upc.h>

#include <event2/event.h>

struct loop_completions;
struct loop_completion;

/* Returns 0 or -ENOMEM. */
int loop_completions_create(struct event_base *base, struct loop_completions **out);

/* Requires that every completion passed to another thread is done. Frees those whose callback has
 * not run. */
void loop_completions_destroy(struct loop_completions *cs);

/* Returns 0 or -ENOMEM. */
int loop_completion_new(struct loop_completions *cs, void (*cb)(void *aux, int rc), void *aux,
			struct loop_completion **out);

/* Frees a completion that was not passed to another thread. */
void loop_completion_free(struct loop_completion *c);

/* Ends the operation with result 0: 'cb' runs in a later turn of the event loop, RCU-online, and the
 * completion is freed. 'c': a struct loop_completion. Does not block. Thread: any except workers. */
void loop_completion_end(void *c);

/* Prevents 'cb' from running. The completion is freed when it is done. NULL is allowed. */
void loop_completion_cancel(struct loop_completion *c);

/* Starts a call of upcall/; 'cb' runs when it is done. Until then, '*out' may be used to cancel.
 * Returns 0 or -ENOMEM. Does not block. */
int loop_completion_call(struct loop_completions *cs, struct upc *u, enum upc_call kind,
			 void (*cb)(void *aux, int rc), void *aux, struct loop_completion **out);
