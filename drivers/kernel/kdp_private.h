/* SPDX-License-Identifier: Apache-2.0 */
/* The object that the other files of this folder share. */
#pragma once

#include "channel.h"
#include "datapath.h"
#include "pool.h"
#include "port.h"

#include <kernel/kdp.h>

struct kdp {
	struct dp dp;
	struct kdp_families families;
	struct kdp_datapath datapath;
	struct kdp_pool *pool;
	struct kdp_channels *channels;
	struct kdp_port_table *ports;
};
