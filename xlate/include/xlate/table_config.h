/* SPDX-License-Identifier: Apache-2.0 */
/* What is set of a flow table: its name, how many flows it may hold, what happens when it is full.
 *
 * Eviction makes room in a full table: of the flows that have a timeout, the one of the lowest
 * importance goes, and among these the one that would expire first, as Open vSwitch has it. Flows
 * without a timeout are never evicted. Without eviction, or when nothing can be evicted, an
 * addition is refused.
 *
 * Thread safety: control. */
#pragma once

#include <xlate/xlate.h>

#define XLATE_TABLE_NAME_BYTES 32
#define XLATE_TABLE_NO_LIMIT UINT32_MAX

struct xlate_table_config {
	char name[XLATE_TABLE_NAME_BYTES]; /* "": none. What name_check() accepts of a port */
	uint32_t flow_limit;		   /* XLATE_TABLE_NO_LIMIT: XLATE_RULES_MAX */
	bool evict;			   /* the operator's wish */
	bool evict_of;			   /* a controller's; either is enough */
	/* Tells of the vacancy, in percent of the flows that it may hold: once when it falls below 'down', then
	 * when it rises above 'up', and so on. */
	bool vacancy_events;
	uint8_t vacancy_down, vacancy_up; /* 0..100, 'down' not above 'up' */
};

enum xlate_table_event {
	XLATE_TABLE_NO_EVENT,
	XLATE_TABLE_VACANCY_DOWN,
	XLATE_TABLE_VACANCY_UP,
};

struct xlate_table_state {
	struct xlate_table_config config;
	uint32_t rules_max; /* flows that it may hold */
	uint8_t vacancy;    /* 0..100 */
	uint64_t n_evicted; /* flows, since the bridge was made */
	uint64_t
		n_rejected; /* additions refused because the table was full or had too many masks, likewise */
};

void xlate_table_state(const struct xlate_bridge *br, uint8_t table, struct xlate_table_state *out);

/* Sets all of it. Flows over a new limit are evicted, as far as that is wanted and they can be.
 * '*n_evicted' (may be NULL) receives how many. Returns 0, -EINVAL with 'err', -ENOMEM. */
int xlate_table_configure(struct xlate *x, struct xlate_bridge *br, uint8_t table,
			  const struct xlate_table_config *config, size_t *n_evicted, char *err,
			  size_t n_err);
