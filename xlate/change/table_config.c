/* SPDX-License-Identifier: Apache-2.0 */
#include "action/refuse.h"
#include "bridge/bridge.h"
#include "bridge/version.h"
#include "table/learn_delete.h"
#include "table/rule_change.h"
#include "table/table_policy.h"

#include <errno.h>

static int
config_check(uint8_t table, const struct xlate_table_config *c, char *err, size_t n_err)
{
	if (table >= XLATE_TABLES)
		return refuse(err, n_err, "table: %u is not a table; expected 0..%d", table,
			      XLATE_TABLES - 1);
	if (!memchr(c->name, 0, sizeof c->name))
		return refuse(err, n_err, "name: is too long; expected at most %d characters",
			      XLATE_TABLE_NAME_BYTES - 1);
	if (c->name[0] && name_check("table", c->name, err, n_err))
		return -EINVAL;
	if (!c->flow_limit)
		return refuse(err, n_err, "flow-limit: 0 is not accepted; expected 1.., or none");
	if (c->vacancy_up > 100 || c->vacancy_down > c->vacancy_up)
		return refuse(err, n_err,
			      "vacancy: %u,%u: expected two percentages, the lower one first",
			      c->vacancy_down, c->vacancy_up);
	return 0;
}

/* Evicts flows down to the limit, or until no flow can be evicted. */
static int
evict(struct xlate *x, struct xlate_bridge *br, uint8_t table, size_t *n)
{
	const struct table_policy *p = tables_policy(br->tables, table);
	struct change c;
	int rc = change_begin(br->tables, &c);

	if (rc)
		return rc;
	for (struct rule_private *r; p->n_rules > p->config.flow_limit; ++*n) {
		r = tables_victim(br->tables, table);
		if (!r)
			break;
		change_remove_why(&c, r, XLATE_RULE_EVICTED);
	}
	learn_delete_taught(&c);
	change_commit(&c);
	xlate_entries_changed(x);
	return 0;
}

int
xlate_table_configure(struct xlate *x, struct xlate_bridge *br, uint8_t table,
		      const struct xlate_table_config *config, size_t *n_evicted, char *err,
		      size_t n_err)
{
	size_t n = 0;
	int rc = config_check(table, config, err, n_err);

	if (rc)
		return rc;
	rc = tables_configure(br->tables, table, config);
	if (!rc && tables_policy(br->tables, table)->n_rules > config->flow_limit)
		rc = evict(x, br, table, &n);
	if (n_evicted)
		*n_evicted = n;
	if (rc)
		refuse_explain(err, n_err, "out of memory");
	return rc;
}

void
xlate_table_state(const struct xlate_bridge *br, uint8_t table, struct xlate_table_state *out)
{
	const struct table_policy *p = tables_policy(br->tables, table);

	*out = (struct xlate_table_state){.config = p->config,
					  .rules_max = policy_limit(p),
					  .vacancy = policy_vacancy(p, p->n_rules),
					  .n_evicted = p->n_evicted,
					  .n_rejected = p->n_rejected};
}
