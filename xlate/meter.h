/* SPDX-License-Identifier: Apache-2.0 */
/* Meters as translation sees them: an immutable set that control publishes whole.
 *
 * A record does not depend on meters: what a megaflow has of one is the datapath's number, which stays
 * the same until the meter is deleted, and then its rules go too.
 *
 * Thread safety: changes: control. meter_set_find(): any RCU thread. */
#pragma once

#include <base/rcu.h>
#include <xlate/action.h>
#include <xlate/meter.h>

struct meter {
	struct xlate_meter_config config;
	uint32_t dp_meter;
	uint64_t created_ns;
};

/* By rising id. */
struct meter_set {
	struct rcu_deferred deferred;
	size_t n;
	struct meter meter[];
};

/* False: there is none. Else '*dp_meter' (may be NULL) receives the datapath's number. */
bool meter_set_find(const struct meter_set *set, uint32_t id, uint32_t *dp_meter);

/* Deletes a bridge's meters, also from the datapath; there is no reader any more. */
void meters_destroy(struct xlate_bridge *br);

/* A meter that the datapath was given during a change, and what it was before. */
struct meter_undo {
	uint32_t dp_meter, id;
	bool is_new;
	struct flow_meter rates;
};

/* Changes under way. Begins as zeros but for 'br'. */
struct meter_change {
	struct xlate_bridge *br;
	struct meter_set *set; /* as it is to be; NULL: nothing yet */
	struct meter_undo *undo;
	size_t n_undo;
};

/* Applies one modification to the set. Errors as xlate_meter_mod_apply(). */
int meter_change_apply(struct meter_change *c, const struct xlate_meter_mod *mm, uint64_t now_ns,
		       char *err, size_t n_err);

/* The changed set is published: lets go of what is not in it. */
void meter_change_retire(struct meter_change *c, struct meter_set *old);
void meter_change_abort(struct meter_change *c);

/* The meters of an action list. Stops when 'cb' returns non-zero, and returns that. */
int actions_each_meter(const struct xlate_actions *a, int (*cb)(uint32_t id, void *aux), void *aux);
