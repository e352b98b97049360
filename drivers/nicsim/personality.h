/* SPDX-License-Identifier: Apache-2.0 */
/* Personalities: what the devices of real drivers do otherwise. */
#pragma once

#include "table.h"

#include <stdbool.h>
#include <stdint.h>

/* How the device of a real driver differs from the plain one, which allows everything that the API
 * does. According to the drivers' sources in DPDK 22.11. */
struct nicsim_personality {
	const char *name;      /* personality=NAME */
	const char *driver;    /* driver name shown to applications; NULL: net_nicsim */
	const char *vf_name;   /* between the device's name and the number */
	unsigned int count_ms; /* default of count_ms= */
	/* most receive queues; with several, packets are distributed by a hash (RSS) */
	uint16_t n_rxq;
	/* Only the uplink accepts transfer rules, while it is started; stopping it removes them. */
	bool proxy;
	/* No e-switch: a port accepts ingress rules for its own packets, counts packets but no
	 * bytes, and has no counters that outlive rules. */
	bool ingress_only;
	bool quiet_errors;   /* reports lack of room as ENOMEM, and errors without a cause */
	bool quiet_stale;    /* accepts a stale handle without an error */
	bool no_reset_event; /* a device is removed, never reset */
	bool asks_rmv;	     /* reports removal only if intr_conf.rmv is set */
	/* accepts a second rule with the same match; it takes effect once the first is destroyed */
	bool duplicates;
	int (*pattern)(struct nicsim *sw, const struct rte_flow_item *items,
		       struct nicsim_rule_spec *out, struct rte_flow_error *error);
	int (*check_actions)(struct nicsim *sw, const struct rte_flow_action *actions,
			     struct nicsim_rule_spec *rule, struct rte_flow_error *error);
	bool late_xstats; /* xstats have names from the first start on, and restart at each start */
};

/* Returns NULL if no personality has this name. */
const struct nicsim_personality *nicsim_personality_find(const char *name);
extern const char nicsim_personality_names[];
