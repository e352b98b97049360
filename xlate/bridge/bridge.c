/* SPDX-License-Identifier: Apache-2.0 */
#include "bridge/bridge.h"

#include "bridge/mirror.h"
#include "bridge/port.h"
#include "bridge/table_events.h"
#include "bridge/version.h"
#include "table/rule_change.h"

#include <base/err.h>

#include <errno.h>
#include <stdlib.h>

static struct xlate_actions *
normal_actions(void)
{
	struct xlate_actions *a = calloc(1, sizeof *a + sizeof a->a[0]);

	if (a) {
		a->n = 1;
		a->a[0].type = XLATE_ACT_OUTPUT;
		a->a[0].output.port = XLATE_PORT_NORMAL;
	}
	return a;
}

static int
bridge_fill(struct xlate_bridge *br)
{
	const struct xlate_config *c = &br->x->config;
	struct xlate_actions *normal;
	int rc;

	br->link = calloc(1, sizeof *br->link);
	br->ports = calloc(1, sizeof *br->ports);
	br->sets = calloc(1, sizeof *br->sets);
	if (!br->link || !br->ports || !br->sets)
		return -ENOMEM;
	atomic_init(&br->link->n_refs, 1);
	br->link->br = br;
	rc = mac_table_create(c->seed, c->mac_entries_max, c->mac_age_ns, &br->macs);
	if (rc)
		return rc;
	rc = tables_create(c->seed, c->rules_max, &br->tables);
	if (rc)
		return rc;
	tables_observe(br->tables, &(struct tables_observer){.aux = br,
							     .rule = bridge_on_rule_event,
							     .table = bridge_on_table_event,
							     .retired = c->retired,
							     .retired_aux = c->retired_aux});
	normal = normal_actions();
	if (!normal)
		return -ENOMEM;
	rc = tables_add_default(br->tables, normal);
	if (rc)
		free(normal);
	return rc;
}

/* Makes a bridge with an empty port set and does not publish it. Returns 0 or -ENOMEM. */
static int
bridge_create(struct xlate *x, const char *name, struct xlate_bridge **out)
{
	struct xlate_bridge *br = calloc(1, sizeof *br);
	int rc;

	if (!br)
		return -ENOMEM;
	br->x = x;
	br->id = ++x->last_bridge_id;
	snprintf(br->name, sizeof br->name, "%s", name);
	rc = bridge_fill(br);
	if (rc) {
		bridge_destroy(br);
		return rc;
	}
	*out = br;
	return 0;
}

void
bridge_destroy(struct xlate_bridge *br)
{
	struct port *p = NULL;

	if (br->tables)
		tables_destroy(br->tables);
	mac_table_destroy(br->macs);
	while (br->ports && (p = port_set_next(br->ports, p)) != NULL)
		port_unref(p);
	port_set_free(br->ports);
	mirrors_destroy(br);
	meters_destroy(br);
	bridge_sets_free(br->sets);
	id_map_free(&br->group_targets);
	id_map_free(&br->group_watches);
	if (br->link)
		bridge_link_unref(br->link);
	free(br);
}

static void
bridge_set_free(struct rcu_deferred *d)
{
	free(caa_container_of(d, struct bridge_set, deferred));
}

/* Publishes the bridges without 'del' and with 'add' (either may be NULL), ordered by name. */
static int
bridge_set_replace(struct xlate *x, struct xlate_bridge *del, struct xlate_bridge *add)
{
	struct bridge_set *old = x->bridges, *new;

	new = calloc(1, sizeof *new + (old->n + 1) * sizeof *new->br);
	if (!new)
		return -ENOMEM;
	for (size_t i = 0; i < old->n; i++) {
		if (old->br[i] == del)
			continue;
		if (add && strcmp(add->name, old->br[i]->name) < 0) {
			new->br[new->n++] = add;
			add = NULL;
		}
		new->br[new->n++] = old->br[i];
	}
	if (add)
		new->br[new->n++] = add;
	rcu_publish(&x->bridges, new);
	rcu_defer(&old->deferred, bridge_set_free);
	return 0;
}

int
xlate_bridge_add(struct xlate *x, const char *name, char *err, size_t n_err)
{
	struct xlate_bridge *br;
	int rc = name_check("bridge", name, err, n_err);

	if (rc)
		return rc;
	if (xlate_bridge_find(x, name)) {
		err_print(err, n_err, "bridge \"%s\" exists", name);
		return -EEXIST;
	}
	rc = bridge_create(x, name, &br);
	if (rc)
		goto no_memory;
	rc = bridge_set_replace(x, NULL, br);
	if (rc) {
		bridge_destroy(br);
		goto no_memory;
	}
	xlate_entries_changed(x);
	LOG_INFO(x->config.log, XLATE, "bridge %s: added", name);
	return 0;

no_memory:
	err_print(err, n_err, "bridge \"%s\": out of memory", name);
	return rc;
}

int
xlate_bridge_del(struct xlate *x, const char *name, char *err, size_t n_err)
{
	struct xlate_bridge *br = xlate_bridge_find(x, name);
	int rc;

	if (!br) {
		err_print(err, n_err, "bridge \"%s\" does not exist", name);
		return -ENOENT;
	}
	rc = bridge_set_replace(x, br, NULL);
	if (rc) {
		err_print(err, n_err, "bridge \"%s\": out of memory", name);
		return rc;
	}
	bridge_ports_unlink(br);
	rcu_publish(&br->link->br, NULL);
	xlate_changed(x);
	LOG_INFO(x->config.log, XLATE, "bridge %s: deleted", br->name);
	rcu_sync();
	bridge_destroy(br);
	return 0;
}

struct xlate_bridge *
xlate_bridge_find(const struct xlate *x, const char *name)
{
	const struct bridge_set *set = rcu_read(&x->bridges);

	for (size_t i = 0; i < set->n; i++)
		if (!strcmp(set->br[i]->name, name))
			return set->br[i];
	return NULL;
}

const char *
xlate_bridge_name(const struct xlate_bridge *br)
{
	return br->name;
}

uint64_t
xlate_bridge_id(const struct xlate_bridge *br)
{
	return br->id;
}

void
xlate_bridge_owner_set(struct xlate_bridge *br, void *owner)
{
	br->owner = owner;
}

void *
xlate_bridge_owner(const struct xlate_bridge *br)
{
	return br->owner;
}

int
xlate_bridge_each(const struct xlate *x, int (*cb)(struct xlate_bridge *br, void *aux), void *aux)
{
	const struct bridge_set *set = rcu_read(&x->bridges);
	int rc = 0;

	for (size_t i = 0; !rc && i < set->n; i++)
		rc = cb(set->br[i], aux);
	return rc;
}

int
xlate_mac_each(const struct xlate_bridge *br, uint64_t now_ns,
	       int (*cb)(const struct xlate_mac *m, void *aux), void *aux)
{
	return mac_each(br->macs, now_ns, cb, aux);
}

void
xlate_mac_flush(struct xlate *x, struct xlate_bridge *br)
{
	if (mac_flush(br->macs, 0))
		xlate_entries_changed(x);
}
