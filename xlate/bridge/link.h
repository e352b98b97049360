/* SPDX-License-Identifier: Apache-2.0 */
/* The link to a bridge, for records: it outlives the bridge.
 *
 * Thread safety: any thread. */
#pragma once

struct xlate_bridge;

/* Counted by references. */
struct bridge_link {
	_Atomic unsigned int n_refs;
	struct xlate_bridge *br; /* RCU: NULL once the bridge is deleted. Written by control */
};

/* Take and release a reference. The last one frees the link. */
struct bridge_link *bridge_link_ref(struct bridge_link *l);
void bridge_link_unref(struct bridge_link *l);
