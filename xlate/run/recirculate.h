/* SPDX-License-Identifier: Apache-2.0 */
/* Copies that the datapath looks up again, and packets that return from there.
 *
 * Thread safety: see run.h. */
#pragma once

#include "record/frozen.h"
#include "run/run.h"

/* A copy of the packet that was sent to the datapath to return. */
struct fork {
	struct frozen *frozen; /* a reference */
	struct flow_key key;   /* with which it returns, as far as that is known */
	bool tracked;	       /* it returns from connection tracking, which sets ct_state */
	struct flow_nat nat;   /* that was asked for; 'flags' 0: none */
};

/* Copies that a trace follows. The tracer owns the list and the references. */
struct follow {
	bool all; /* trace as for a datapath that executes all actions */
	struct fork *forks;
	size_t n;
};

/* Stores the pipeline's state. The packet continues with table, tracked and lists of 'where', and
 * then with the action set. The record holds the state. Returns 0, -ELOOP (XLATE_PASSES_MAX) or
 * -ENOMEM. */
int run_freeze(struct run *run, const struct frozen_state *where, struct frozen **out);

/* The same, to continue with what is left of the list and of the lists that led to it. */
int run_freeze_rest(struct run *run, const struct left *left, struct frozen **out);

/* Sends a copy to be looked up again. */
void run_recirculate(struct run *run, const struct frozen *f);

/* Reports a copy to the trace, if any follows. ct: the pass through connection tracking; NULL
 * if none. */
void run_forked(struct run *run, struct frozen *f, const struct flow_ct *ct);

/* Resumes a packet with a 'recirc_id'. */
void run_thaw(struct run *run);
