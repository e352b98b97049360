/* SPDX-License-Identifier: Apache-2.0 */
/* Meters as translation sees them: immutable, in a map that the control thread publishes whole.
 *
 * A record does not depend on meters. A megaflow has only the datapath's number of a meter, which
 * stays the same until the meter is deleted; rules that use the meter are deleted with it.
 *
 * Thread safety: changes: the control thread. Others: any RCU thread. */
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

/* Return NULL if no such meter exists. meters_next() returns the meter with the lowest id of at
 * least 'from'. */
struct meter *meters_find(const struct id_map *meters, uint32_t id);
struct meter *meters_next(const struct id_map *meters, uint32_t from);

/* Deletes the meters of a bridge from the datapath. Requires that no reader remains. */
void meters_destroy(struct xlate_bridge *br);

/* A meter that a change has set in the datapath, and its rates before. */
struct meter_undo {
	uint32_t dp_meter, id;
	bool is_new;
	struct flow_meter rates;
};

/* A change in progress. Zero at first, except 'br'. */
struct meter_change {
	struct xlate_bridge *br;
	bool started; /* 'meters' holds the bridge's meters with the change */
	bool changed;
	/* The same ports with a new version, if a virtual meter was added or removed. Megaflows use
	 * virtual meters without a rule that names them, so all are translated again. */
	struct port_set *ports;
	struct id_map meters; /* the meters after the change */
	struct meter_undo *undo;
	size_t n_undo, n_undo_alloc;
	uint32_t *deleted; /* the datapath's numbers of deleted meters */
	size_t n_deleted, n_deleted_alloc;
};

/* Applies one modification. Cost: O(size of the modification). Errors:
 * as xlate_meter_mod_apply(). */
int meter_change_apply(struct meter_change *c, const struct xlate_meter_mod *mm, uint64_t now_ns,
		       char *err, size_t n_err);

/* Ends a change. commit: the meters have been published, and the deleted ones are removed from
 * the datapath. */
void meter_change_commit(struct meter_change *c);
void meter_change_abort(struct meter_change *c);
