/* SPDX-License-Identifier: Apache-2.0 */
/* Commands table/..: limits, eviction and vacancy events of flow tables. */
#include "command/commands.h"
#include "operate/table_config.h"
#include "util/text_table.h"

#include <base/number.h>

#include <errno.h>
#include <stdlib.h>

static int
table_take(struct ctl_call *c, const char *text, uint8_t *table)
{
	uint64_t n;

	if (number_parse(text, strlen(text), 0, XLATE_TABLES - 1, &n))
		return ctl_fail(c, -EINVAL, "table: '%.40s'; expected 0..%d", text,
				XLATE_TABLES - 1);
	*table = (uint8_t)n;
	return 0;
}

int
ctl_table_set(struct ctl_call *c)
{
	struct xlate_table_state state;
	struct xlate_bridge *br;
	size_t n_evicted = 0;
	uint8_t table = 0;
	int rc = ctl_call_bridge(c, c->argv[0], &br);

	if (!rc)
		rc = table_take(c, c->argv[1], &table);
	if (rc)
		return rc;
	xlate_table_state(br, table, &state);
	for (unsigned int i = 2; !rc && i < c->argc; i++)
		rc = ctl_table_config_word(c->argv[i], &state.config, c->err, sizeof c->err);
	if (!rc)
		rc = xlate_table_configure(c->stack->xlate, br, table, &state.config, &n_evicted,
					   c->err, sizeof c->err);
	if (!rc && c->json)
		rc = ctl_call_json(c, json_pack("{sI}", "flows_evicted", (json_int_t)n_evicted));
	return rc ? rc : ctl_call_barrier(c, "the table is configured");
}

static json_t *
row(const struct xlate_bridge *br, uint8_t table)
{
	struct xlate_table_state state;
	struct xlate_table_stats stats;
	const struct xlate_table_config *config = &state.config;
	bool limited;

	xlate_table_state(br, table, &state);
	xlate_table_stats(br, table, &stats);
	limited = config->flow_limit != XLATE_TABLE_NO_LIMIT;
	return json_pack(
		"{si ss sI so sb so sI sI sI}", "table", table, "name",
		config->name[0] ? config->name : "-", "flows", (json_int_t)stats.n_rules,
		"flow_limit", limited ? json_integer(config->flow_limit) : json_string("none"),
		"evict", config->evict || config->evict_of, "vacancy",
		config->vacancy_events ? json_sprintf("%u:%u,%u", state.vacancy,
						      config->vacancy_down, config->vacancy_up)
				       : json_string("-"),
		"evicted", (json_int_t)state.n_evicted, "rejected", (json_int_t)state.n_rejected,
		"lookups", (json_int_t)stats.lookups);
}

/* Returns whether the table has a line in table/show: it has or had flows, was looked up, or
 * is configured. */
static bool
is_used(const struct xlate_bridge *br, uint8_t table)
{
	struct xlate_table_state state;
	struct xlate_table_stats stats;

	xlate_table_state(br, table, &state);
	xlate_table_stats(br, table, &stats);
	return stats.n_rules || stats.lookups || state.n_evicted || state.n_rejected ||
	       state.config.name[0] || state.config.evict || state.config.evict_of ||
	       state.config.vacancy_events || state.config.flow_limit != XLATE_TABLE_NO_LIMIT;
}

int
ctl_table_show(struct ctl_call *c)
{
	static const struct ctl_column columns[] = {
		{"table", "TABLE"},	 {"name", "NAME"},	   {"flows", "FLOWS"},
		{"flow_limit", "LIMIT"}, {"evict", "EVICT"},	   {"vacancy", "VACANCY"},
		{"evicted", "EVICTED"},	 {"rejected", "REJECTED"}, {"lookups", "LOOKUPS"},
	};
	struct xlate_bridge *br;
	uint8_t only = 0;
	json_t *rows;
	int rc = ctl_call_bridge(c, c->argv[0], &br);

	if (!rc && c->argc > 1)
		rc = table_take(c, c->argv[1], &only);
	if (rc)
		return rc;
	rows = json_array();
	for (unsigned int i = 0; i < XLATE_TABLES; i++)
		if (c->argc > 1 ? i == only : is_used(br, (uint8_t)i))
			json_array_append_new(rows, row(br, (uint8_t)i));
	if (c->json)
		return ctl_call_json(c, rows);
	ctl_table_print(rows, columns, sizeof columns / sizeof columns[0], c->out);
	json_decref(rows);
	return 0;
}
