/* SPDX-License-Identifier: Apache-2.0 */
/* The actions of a megaflow, as workers execute them.
 *
 * Most megaflows send the packet to one port. So the actions of a megaflow are one word, an
 * 'act': either that port's number, or a pointer to a list. 0 is no act.
 *
 * Thread safety: stated per function. Needs no EAL. */
#pragma once

#include "rewrite.h"

#include <base/rcu.h>

#include <stdatomic.h>

/* Immutable once published. A list that begins with edits is followed by them, compiled. */
struct swp_actions {
	struct rcu_deferred deferred;
	struct swp_actions *next_spent;
	/* Of a list for EXECUTE: packets that wait for it, and the operation that makes it. */
	_Atomic unsigned int n_users;
	uint16_t n;
	bool reads_key; /* has an action that uses the key, or the offsets of headers */
	/* Edits at the begin of the list, compiled for plain packets; NULL if no edits begin it, or
	 * if a later action reads the key. They are 'n_edits' actions. */
	struct swp_rewrite *rewrite;
	uint16_t n_edits;
	bool only_outputs; /* after 'n_edits' compiled actions, the list is one output to 'port' */
	uint32_t port;
	bool sends; /* has an action that sends to a port or a handler, or recirculates */
	/* index of the last action that sends or meters the packet; 'n' if none */
	uint16_t last_use;
	/* number of actions up to the last edit or meter: outputs after these may share the
	 * packet's buffers */
	uint16_t n_until_edited;
	struct flow_action *a; /* behind the list and its edits */
} __attribute__((aligned(64)));

/* Reads what the execution of a list needs into the processor's cache. */
static inline void
swp_actions_prefetch(const struct swp_actions *acts)
{
	const char *rewrite = (const char *)(acts + 1);

	__builtin_prefetch(acts);
	__builtin_prefetch(rewrite);
	__builtin_prefetch(rewrite + 64);
}

typedef uint64_t swp_act;

/* Makes the act of a list. Returns 0 or -ENOMEM. */
int swp_act_new(const struct flow_actions *from, swp_act *out);

/* Frees an act that no reader can find. */
void swp_act_free(swp_act act);

/* Frees an act after a grace period. Thread: any RCU thread. */
void swp_act_free_later(swp_act act);

static inline bool
swp_act_is_output(swp_act act)
{
	return act & 1;
}

/* Returns the port of an act that is an output. */
static inline uint32_t
swp_act_port(swp_act act)
{
	return (uint32_t)(act >> 1);
}

/* Returns the list of an act that is none. */
static inline struct swp_actions *
swp_act_list(swp_act act)
{
	return (struct swp_actions *)(uintptr_t)act;
}
