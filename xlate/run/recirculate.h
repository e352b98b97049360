/* SPDX-License-Identifier: Apache-2.0 */
/* Copies that the datapath looks up again, and packets that are back from there.
 *
 * Thread safety: as run.h. */
#pragma once

#include "record/frozen.h"
#include "run/run.h"

/* A copy of the packet that went to the datapath to come back. */
struct fork {
	struct frozen *frozen; /* a reference */
	struct flow_key key;   /* with which it comes back, as far as that is known */
	bool tracked;	       /* from connection tracking, which chooses ct_state */
	struct flow_nat nat;   /* what it asked for; 'flags' 0: nothing */
};

/* For a trace, which goes on where packets do. Owner of the list and the references: the tracer. */
struct follow {
	bool all; /* as for a datapath that executes everything */
	struct fork *forks;
	size_t n;
};

/* Keeps what is known of the packet now, to go on as 'where' says by its table, tracked and lists, and
 * then with the action set. The record holds it. 0, -ELOOP (XLATE_PASSES_MAX) or -ENOMEM. */
int run_freeze(struct run *run, const struct frozen_state *where, struct frozen **out);

/* Sends a copy to be looked up again. */
void run_recirculate(struct run *run, const struct frozen *f);

/* Tells who follows. ct: the pass that the copy went through; NULL: none. */
void run_forked(struct run *run, struct frozen *f, const struct flow_ct *ct);

/* Takes up a packet with a 'recirc_id'. */
void run_thaw(struct run *run);
