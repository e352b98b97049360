/* SPDX-License-Identifier: Apache-2.0 */
/* Mirrors of a bridge, like the Mirror table of Open vSwitch.
 *
 * A mirror selects packets by input port, output port and VLAN, and sends a copy of each: as it
 * arrived, or as it is sent. It sends at most one copy of a packet, and mirrors that send to the
 * same place share one copy. The output port of a mirror is reserved: NORMAL sends nothing to it,
 * and packets that arrive there are dropped with the reason "mirror-port". A mirror may instead
 * send to a VLAN: to all of its ports, with its tag.
 *
 * Ports are named and need not exist: a port that is added later is selected from then on.
 *
 * Thread safety: changes: control. Others: any RCU thread. */
#pragma once

#include <xlate/xlate.h>

#define XLATE_MIRRORS_MAX 32 /* per bridge */
#define XLATE_SNAPLEN_MIN 14

struct xlate_mirror {
	const char *name; /* same rules as for ports; unique in its bridge */
	bool select_all;  /* selects every port, in both directions */
	/* NULL-terminated lists of ports; NULL: none. */
	const char *const *src, *const *dst;
	uint64_t vlans[4096 / 64]; /* one bit per VLAN; all zero: every VLAN */
	const char *output_port;   /* NULL: sends to 'output_vlan' */
	uint16_t output_vlan;	   /* 1..4095 */
	uint16_t snaplen;	   /* bytes of each copy, at least XLATE_SNAPLEN_MIN; 0: all */
};

/* Adds a mirror; 'mirror' is borrowed during the call. Returns 0, or with 'err' -EEXIST, -EINVAL,
 * -ENOSPC or -ENOMEM. */
int xlate_mirror_add(struct xlate *x, struct xlate_bridge *br, const struct xlate_mirror *mirror,
		     char *err, size_t n_err);

/* Removes a mirror. Returns 0, or with 'err' -ENOENT or -ENOMEM. */
int xlate_mirror_del(struct xlate *x, struct xlate_bridge *br, const char *name, char *err,
		     size_t n_err);

/* Calls 'cb' for each mirror in the order of addition; 'count' counts each mirrored packet once.
 * Stops if 'cb' returns non-zero and returns that value. Thread: control. */
int xlate_mirror_each(const struct xlate_bridge *br,
		      int (*cb)(const struct xlate_mirror *mirror, const struct flow_stats *count,
				void *aux),
		      void *aux);
