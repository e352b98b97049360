/* SPDX-License-Identifier: Apache-2.0 */
#include "hw_wait.h"

#include "bell.h"

static void
on_over(void *aux)
{
	struct hw_wait *w = aux;

	atomic_store(&w->over, true);
	bell_ring(w->u);
}

uint64_t
hw_wait_want(struct hw_wait *w)
{
	return ++w->wanted;
}

void
hw_wait_note(struct hw_wait *w)
{
	if (!w->ticket || !atomic_load(&w->over))
		return;
	w->done = w->asked;
	hw_wait_free(w);
}

bool
hw_wait_begin(struct hw_wait *w)
{
	if (w->ticket || w->asked == w->wanted)
		return true;
	atomic_store(&w->over, false);
	if (ofl_wait_start(w->u->ofl, w->what, on_over, w, &w->ticket))
		return false;
	w->asked = w->wanted;
	return true;
}

uint64_t
hw_wait_most_ns(const struct hw_wait *w)
{
	return UPC_HW_WAIT_NS + (w->ticket ? ofl_ticket_extra_ns(w->ticket) : 0);
}

void
hw_wait_free(struct hw_wait *w)
{
	if (w->ticket)
		ofl_ticket_free(w->ticket);
	w->ticket = NULL;
}
