/* SPDX-License-Identifier: Apache-2.0 */
/* The object that the other files of this folder share. */
#pragma once

#include "channel.h"
#include "datapath.h"
#include "pool.h"
#include "port.h"

#include <kernel/kdp.h>

#include <stdatomic.h>

/* What the kernel did not do, since the object was made. Thread: any. */
struct kdp_faults {
	_Atomic uint64_t unanswered, datapath_gone, dumps_cut,
		no_grace_period; /* as in struct kdp_stats */
};

struct kdp {
	struct dp dp;
	struct kdp_families families;
	struct kdp_datapath datapath;
	bool is_new;
	struct kdp_pool *pool;
	struct kdp_channels *channels;
	struct kdp_port_table *ports;
	struct kdp_faults faults;
};
