/* SPDX-License-Identifier: Apache-2.0 */
/* The link to a bridge, which outlives it.
 *
 * Thread safety: any thread. */
#pragma once

struct xlate_bridge;

/* What outlives a bridge, for records: counted by references. */
struct bridge_link {
	_Atomic unsigned int n_refs;
	struct xlate_bridge *br; /* RCU: NULL when the bridge is gone. Written by control */
};

struct bridge_link *bridge_link_ref(struct bridge_link *l);
void bridge_link_unref(struct bridge_link *l);
