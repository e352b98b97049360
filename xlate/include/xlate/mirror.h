/* SPDX-License-Identifier: Apache-2.0 */
/* Mirrors of a bridge, as the Mirror table of Open vSwitch has them.
 *
 * A mirror selects packets that come in at some ports or go out at some, of all VLANs or some, and
 * sends a copy: as the packet came in, or as it goes out. It sends one copy of a packet at most,
 * and of several mirrors that send to the same place one does. A port that a mirror sends to is
 * reserved: NORMAL sends nothing else there, and what comes in there is dropped with the reason
 * "mirror-port". A mirror may send to a VLAN instead: to all ports of it, tagged so.
 *
 * Ports are named, and need not be there: one that comes is selected from then on.
 *
 * Thread safety: changes: control. The rest: any RCU thread. */
#pragma once

#include <xlate/xlate.h>

#define XLATE_MIRRORS_MAX 32 /* per bridge */
#define XLATE_SNAPLEN_MIN 14

struct xlate_mirror {
	const char *name; /* as a port's; unique in its bridge */
	bool select_all;  /* every port, in and out */
	/* NULL-terminated lists of ports; NULL: none. */
	const char *const *src, *const *dst;
	uint64_t vlans[4096 / 64]; /* bit per VLAN; all zero: every VLAN */
	const char *output_port;   /* NULL: to 'output_vlan' */
	uint16_t output_vlan;	   /* 1..4095 */
	uint16_t snaplen;	   /* bytes of each copy, XLATE_SNAPLEN_MIN at least; 0: all */
};

/* 'mirror' is borrowed during the call. -EEXIST, -EINVAL, -ENOSPC, -ENOMEM with 'err'. */
int xlate_mirror_add(struct xlate *x, struct xlate_bridge *br, const struct xlate_mirror *mirror,
		     char *err, size_t n_err);

/* -ENOENT or -ENOMEM with 'err'. */
int xlate_mirror_del(struct xlate *x, struct xlate_bridge *br, const char *name, char *err,
		     size_t n_err);

/* Calls 'cb' for each mirror, in the order of adding, with what it counted: each packet once. Stops
 * when it returns non-zero, and returns that. Thread: control. */
int xlate_mirror_each(const struct xlate_bridge *br,
		      int (*cb)(const struct xlate_mirror *mirror, const struct flow_stats *count,
				void *aux),
		      void *aux);
