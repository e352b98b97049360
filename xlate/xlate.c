/* SPDX-License-Identifier: Apache-2.0 */
#include "bridge/bridge.h"
#include "bridge/port.h"
#include "bridge/version.h"
#include "record/frozen.h"
#include "record/packet_in.h"
#include "table/expire.h"
#include "table/table_writer.h"

#include <xlate/translate.h>

#include <base/clock.h>

#include <errno.h>
#include <stdlib.h>

int
xlate_create(const struct xlate_config *config, struct xlate **out)
{
	struct xlate *x = calloc(1, sizeof *x);

	if (!x)
		return -ENOMEM;
	x->config = *config;
	if (!x->config.mac_age_ns)
		x->config.mac_age_ns = 300 * NS_PER_S;
	if (!x->config.mac_entries_max)
		x->config.mac_entries_max = 8192;
	if (!x->config.rules_max)
		x->config.rules_max = XLATE_RULES_MAX;
	if (!x->config.groups_max)
		x->config.groups_max = XLATE_GROUPS_MAX;
	if (!x->config.meters_max)
		x->config.meters_max = XLATE_METERS_MAX;
	atomic_init(&x->version, 1);
	atomic_init(&x->all_version, 1);
	x->next_dp_meter = 1;
	x->bridges = calloc(1, sizeof *x->bridges);
	x->ports_by_dp = rcu_table_new(64);
	x->ports_by_name = rcu_table_new(64);
	if (!x->bridges || !x->ports_by_dp || !x->ports_by_name || tunnel_table_init(&x->tunnels) ||
	    packet_ins_create(&x->packet_ins) || frozens_create(&x->frozens)) {
		packet_ins_destroy(x->packet_ins);
		tunnel_table_free(&x->tunnels);
		if (x->ports_by_name)
			rcu_table_free(x->ports_by_name);
		if (x->ports_by_dp)
			rcu_table_free(x->ports_by_dp);
		free(x->bridges);
		free(x);
		return -ENOMEM;
	}
	learn_queue_init(&x->learn);
	*out = x;
	return 0;
}

void
xlate_destroy(struct xlate *x)
{
	if (!x)
		return;
	for (size_t i = 0; i < x->bridges->n; i++) {
		bridge_ports_unlink(x->bridges->br[i]);
		rcu_publish(&x->bridges->br[i]->link->br, NULL);
	}
	rcu_sync();
	learn_queue_destroy(&x->learn);
	for (size_t i = 0; i < x->bridges->n; i++)
		bridge_destroy(x->bridges->br[i]);
	free(x->bridges);
	rcu_table_free(x->ports_by_dp);
	rcu_table_free(x->ports_by_name);
	tunnel_table_free(&x->tunnels);
	id_map_free(&x->tunnel_devices);
	packet_ins_destroy(x->packet_ins);
	frozens_destroy(x->frozens);
	tlv_fields_free(&x->tlv_fields);
	zones_free(&x->zones);
	free(x);
}

void
xlate_changed_set(struct xlate *x, void (*changed)(void *aux), void *aux)
{
	x->changed = changed;
	x->changed_aux = aux;
}

void
xlate_recirc_skip(struct xlate *x, uint32_t id)
{
	frozens_skip(x->frozens, id);
}

void
xlate_rule_sink_set(struct xlate *x, const struct xlate_rule_sink *sink)
{
	x->rule_sink = sink ? *sink : (struct xlate_rule_sink){0};
}

void
xlate_reclaim(struct xlate *x)
{
	for (size_t i = 0; i < x->bridges->n; i++)
		tables_reclaim(x->bridges->br[i]->tables);
}

unsigned int
xlate_expire(struct xlate *x, uint64_t now_ns)
{
	const struct bridge_set *set = x->bridges;
	unsigned int n_rules = 0, n_macs = 0;

	for (size_t i = 0; i < set->n; i++) {
		n_rules += tables_expire(set->br[i]->tables, now_ns);
		n_macs += mac_expire(set->br[i]->macs, now_ns);
	}
	if (n_rules + n_macs)
		xlate_entries_changed(x);
	return n_rules;
}
