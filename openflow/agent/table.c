/* SPDX-License-Identifier: Apache-2.0 */
#include "agent/table.h"

#include "peers/peer.h"

#include <errno.h>
#include <stdlib.h>

/* Bits of other, importance and lifetime: all three decide evictions. Open vSwitch
 * reports the same. */
#define EVICTION_ALL 7

void
agent_table_stats(const struct xlate_bridge *br, uint8_t table, struct ofp_table_stats *out)
{
	struct xlate_table_stats stats;
	struct xlate_table_state state;
	const struct xlate_table_config *config = &state.config;

	xlate_table_stats(br, table, &stats);
	xlate_table_state(br, table, &state);
	*out = (struct ofp_table_stats){
		.table = table,
		.max_entries = state.rules_max,
		.active = stats.n_rules,
		.lookups = stats.lookups,
		.matches = stats.matches,
		.config = (config->evict_of ? OFP_TABLE_EVICTION : 0) |
			  (config->vacancy_events ? OFP_TABLE_VACANCY_EVENTS : 0),
		.eviction = EVICTION_ALL,
		.vacancy_down = config->vacancy_down,
		.vacancy_up = config->vacancy_up,
		.vacancy = state.vacancy,
	};
	memcpy(out->name, config->name, sizeof out->name);
}

static int
table_configure(struct peer *p, const struct ofp_table_mod *tm, struct xlate_bridge *br,
		uint8_t table)
{
	struct xlate_table_state state;
	struct xlate_table_config *config = &state.config;
	char why[FLOW_ERR_BYTES] = "";

	xlate_table_state(br, table, &state);
	config->evict_of = tm->config & OFP_TABLE_EVICTION;
	config->vacancy_events = tm->config & OFP_TABLE_VACANCY_EVENTS;
	if (tm->has_vacancy && config->vacancy_events) {
		config->vacancy_down = tm->vacancy_down;
		config->vacancy_up = tm->vacancy_up;
	}
	if (!xlate_table_configure(p->bridge->agent->modules.xlate, br, table, config, NULL, why,
				   sizeof why))
		return 0;
	return peer_error(p, OFP_E_TM_BAD_CONFIG, "%s", why);
}

/* A table miss is handled by a rule of priority 0. The bits of 1.1 for that are refused. */
int
peer_table_mod(struct peer *p, const struct ofp_table_mod *tm, struct xlate_bridge *br)
{
	bool all = tm->table == XLATE_TABLE_ALL;
	int rc = 0;

	if (tm->table >= XLATE_TABLES && !all)
		return peer_error(p, OFP_E_TM_BAD_TABLE, "table %u; expected 0..%d", tm->table,
				  XLATE_TABLES - 1);
	if (tm->config & ~(OFP_TABLE_EVICTION | OFP_TABLE_VACANCY_EVENTS))
		return peer_error(p, OFP_E_TM_BAD_CONFIG, "config 0x%x; expected 0",
				  (unsigned int)tm->config);
	if (tm->has_eviction && tm->eviction != EVICTION_ALL)
		return peer_error(p, OFP_E_TM_BAD_CONFIG, "eviction flags 0x%x; expected 0x%x",
				  (unsigned int)tm->eviction, EVICTION_ALL);
	for (unsigned int i = all ? 0 : tm->table; !rc && i < XLATE_TABLES; i++) {
		rc = table_configure(p, tm, br, (uint8_t)i);
		if (!all)
			break;
	}
	return rc;
}

void
agent_on_table_event(void *aux, struct xlate_bridge *br, uint8_t table,
		     enum xlate_table_event event)
{
	struct agent_bridge *b = xlate_bridge_owner(br);
	unsigned int reason =
		event == XLATE_TABLE_VACANCY_DOWN ? OFP_TABLE_VACANCY_DOWN : OFP_TABLE_VACANCY_UP;
	struct ofp_message m = {.type = OFP_TABLE_STATUS,
				.table_status = {.reason = (uint8_t)reason}};
	struct peer *p;

	(void)aux;
	if (!b)
		return;
	agent_table_stats(br, table, &m.table_status.table);
	TAILQ_FOREACH (p, &b->peers, link)
		if (p->ctx.version >= OFP_VERSION_14 &&
		    peer_wants(p, OFP_ASYNC_TABLE_STATUS, reason))
			peer_notify(p, &m);
}
