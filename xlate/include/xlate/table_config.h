/* SPDX-License-Identifier: Apache-2.0 */
/* Configuration of a flow table: its name, its limit, and its behaviour when it is full.
 *
 * Eviction makes room in a full table, as in Open vSwitch: it removes the flow of the lowest
 * importance among those with a timeout, and of several such flows the one that would expire first.
 * Flows without a timeout are never evicted. If eviction is off or finds no flow, an addition is
 * refused.
 *
 * Thread safety: control. */
#pragma once

#include <xlate/xlate.h>

#define XLATE_TABLE_NAME_BYTES 32
#define XLATE_TABLE_NO_LIMIT UINT32_MAX

struct xlate_table_config {
	char name[XLATE_TABLE_NAME_BYTES]; /* "": none. Same rules as for a port: name_check() */
	uint32_t flow_limit;		   /* XLATE_TABLE_NO_LIMIT: XLATE_RULES_MAX */
	bool evict;			   /* requested by the operator */
	bool evict_of;			   /* requested by a controller; either is enough */
	/* Reports the vacancy, in percent of the table's limit: once when it falls below
	 * 'vacancy_down', then once when it rises above 'vacancy_up', and so on. */
	bool vacancy_events;
	uint8_t vacancy_down, vacancy_up; /* 0..100; vacancy_down <= vacancy_up */
};

enum xlate_table_event {
	XLATE_TABLE_NO_EVENT,
	XLATE_TABLE_VACANCY_DOWN,
	XLATE_TABLE_VACANCY_UP,
};

struct xlate_table_state {
	struct xlate_table_config config;
	uint32_t rules_max; /* limit of flows in effect */
	uint8_t vacancy;    /* 0..100 percent */
	uint64_t n_evicted; /* flows evicted since the bridge was added */
	uint64_t
		/* Additions refused since the bridge was added, because the table was full or had
		 * too many masks. */
		n_rejected;
};

void xlate_table_state(const struct xlate_bridge *br, uint8_t table, struct xlate_table_state *out);

/* Sets the whole configuration. Flows above a new limit are evicted, if eviction is on and as far
 * as they have timeouts. '*n_evicted' (may be NULL) receives how many. Returns 0, -EINVAL with
 * 'err', or -ENOMEM. */
int xlate_table_configure(struct xlate *x, struct xlate_bridge *br, uint8_t table,
			  const struct xlate_table_config *config, size_t *n_evicted, char *err,
			  size_t n_err);
