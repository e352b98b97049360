/* SPDX-License-Identifier: Apache-2.0 */
/* The mirrors of one port set: names resolved to its ports. Immutable.
 *
 * Thread safety: any RCU thread. */
#pragma once

#include "bridge/port_set.h"

#include <xlate/mirror.h>

#include <stdint.h>

struct mirror;
struct rule_count;
struct xlate_bridge;

struct mirror_view {
	const struct mirror *mirror;
	struct rule_count *count; /* a reference */
	const uint64_t *vlans;	  /* NULL: every VLAN */
	const struct port *out;	  /* NULL: to 'out_vlan', or nowhere when that is 0 */
	uint16_t out_vlan;
	uint32_t same; /* mirrors that send to the same place, this one included */
};

/* What mirrors have to do with a port; a bit per mirror. */
struct mirror_port {
	uint32_t src, dst;
	bool reserved;
};

struct mirror_set {
	unsigned int n;
	struct mirror_view m[XLATE_MIRRORS_MAX];
	struct mirror_port port[]; /* by place in the port set */
};

/* For a set of ports that is being made. '*out' NULL: the bridge has no mirrors. 0 or -ENOMEM. */
int mirror_set_new(const struct xlate_bridge *br, const struct port_set *ports,
		   struct mirror_set **out);

/* There is no reader any more, or not yet. */
void mirror_set_free(struct mirror_set *set);
