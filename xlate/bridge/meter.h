/* SPDX-License-Identifier: Apache-2.0 */
/* Meters as translation sees them: immutable, in a map that control publishes whole.
 *
 * A record does not depend on meters: what a megaflow has of one is the datapath's number, which stays
 * the same until the meter is deleted, and then its rules go too.
 *
 * Thread safety: changes: control. The rest: any RCU thread. */
#pragma once

#include "classifier/id_map.h"

#include <base/rcu.h>
#include <xlate/action.h>
#include <xlate/meter.h>

struct meter {
	struct id_entry entry;
	struct xlate_meter_config config;
	uint32_t dp_meter;
	uint64_t created_ns;
};

/* NULL: there is none. 'next': the first whose id is not below 'from'. */
struct meter *meters_find(const struct id_map *meters, uint32_t id);
struct meter *meters_next(const struct id_map *meters, uint32_t from);

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
	bool started; /* the map below is that of the bridge, changed */
	bool changed;
	/* The ports as they are, with a new version, once a virtual meter came or went: megaflows have
	 * its number without naming it in a rule, so they are to be translated again. */
	struct port_set *ports;
	struct id_map meters; /* as they are to be */
	struct meter_undo *undo;
	size_t n_undo, n_undo_alloc;
	uint32_t *gone; /* the datapath's numbers of those that were deleted */
	size_t n_gone, n_gone_alloc;
};

/* Applies one modification. O(what is modified). Errors as xlate_meter_mod_apply(). */
int meter_change_apply(struct meter_change *c, const struct xlate_meter_mod *mm, uint64_t now_ns,
		       char *err, size_t n_err);

/* The meters have been published: the datapath lets go of those that are gone. */
void meter_change_commit(struct meter_change *c);
void meter_change_abort(struct meter_change *c);
