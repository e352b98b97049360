/* SPDX-License-Identifier: Apache-2.0 */
/* Device arguments. */
#pragma once

#include "personality.h"

#include <stdatomic.h>
#include <stdbool.h>

#define NICSIM_VFS_MAX 64
#define NICSIM_PORTS_MAX (NICSIM_VFS_MAX + 1)

struct nicsim_config {
	const struct nicsim_personality *personality;
	unsigned int n_vfs;
	unsigned int capacity, counters; /* most rules, most counters */
	unsigned int insert_us;		 /* duration of an insertion */
	unsigned int count_ms;		 /* maximal age of a counter's value */
	/* most bytes in a segment that software receives; 0: no limit */
	unsigned int seg_bytes;
	unsigned int fail_nth;	/* the n-th insertion fails; 0: none */
	bool connectx;		/* the emulated ConnectX of the process decides */
	bool keep_rules;	/* destroying a rule fails */
	_Atomic bool link_down; /* nothing is received from backing devices */
	bool stall;		/* destroying a rule does not return while this is set */
	char unsupported[256];	/* names of actions and items, separated by ':' */
	char control[108];	/* socket for faults; "" if none */
	char backing[NICSIM_PORTS_MAX][256];
};

/* Parses device arguments. Returns 0, -EINVAL (logged) or -ENOMEM. */
int nicsim_config_parse(const char *args, struct nicsim_config *out);
