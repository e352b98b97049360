/* SPDX-License-Identifier: Apache-2.0 */
/* Commands bridge/.. and fdb/..: bridges and the MAC addresses that they learned. */
#include "command/bridge_rules.h"
#include "command/cmd_plug.h"
#include "command/commands.h"
#include "operate/local.h"
#include "util/text_table.h"

#include <base/clock.h>
#include <openflow/agent.h>
#include <openflow/operator.h>

#include <errno.h>
#include <stdlib.h>

int
ctl_bridge_add(struct ctl_call *c)
{
	int rc = xlate_bridge_add(c->stack->xlate, c->argv[0], c->err, sizeof c->err);

	if (!rc)
		agent_sync(c->stack->agent);
	return rc;
}

struct name_list {
	char **names;
	unsigned int n, n_alloc;
};

static int
name_collect(const struct xlate_port *port, void *aux)
{
	struct name_list *l = aux;

	if (l->n == l->n_alloc) {
		unsigned int n_alloc = l->n_alloc ? 2 * l->n_alloc : 16;
		char **names = realloc(l->names, n_alloc * sizeof *names);

		if (!names)
			return -ENOMEM;
		l->names = names;
		l->n_alloc = n_alloc;
	}
	l->names[l->n] = strdup(port->name);
	return l->names[l->n++] ? 0 : -ENOMEM;
}

static void
names_free(struct name_list *l)
{
	for (unsigned int i = 0; i < l->n; i++)
		free(l->names[i]);
	free(l->names);
}

static int
ports_removed(struct ctl_call *c, int rc)
{
	struct xlate_bridge *br;

	if (!rc)
		rc = ctl_call_bridge(c, c->argv[0], &br);
	if (rc)
		return rc;
	ctl_commands_dumps_end(c->commands, br);
	agent_bridge_close(c->stack->agent, c->argv[0]);
	return xlate_bridge_del(c->stack->xlate, c->argv[0], c->err, sizeof c->err);
}

int
ctl_bridge_del(struct ctl_call *c)
{
	struct name_list ports = {0};
	struct xlate_bridge *br;
	int rc = ctl_call_bridge(c, c->argv[0], &br);

	if (rc)
		return rc;
	rc = xlate_port_each(br, name_collect, &ports);
	if (!rc)
		rc = ctl_call_ports_del(c, (const char *const *)ports.names, ports.n,
					ports_removed);
	names_free(&ports);
	return rc;
}

/* New settings of a bridge. A setting whose 'has_..' is false stays unchanged. */
struct bridge_settings {
	bool has_fail_mode, has_fragments, has_forward_bpdu, has_local;
	enum agent_fail_mode fail_mode;
	enum xlate_fragments fragments;
	bool forward_bpdu, local;
};

/* Returns the index in 'names' of the value that follows 'key' in 'word'; 'n' if none matches. */
static unsigned int
value_find(const char *word, const char *key, const char *const *names, unsigned int n)
{
	size_t n_key = strlen(key);
	unsigned int i = strncmp(word, key, n_key) ? n : 0;

	while (i < n && strcmp(word + n_key, names[i]) != 0)
		i++;
	return i;
}

static int
setting_take(struct ctl_call *c, const char *word, struct bridge_settings *s)
{
	static const char *const booleans[] = {"false", "true"};
	unsigned int forward = value_find(word, "forward-bpdu=", booleans, 2);
	unsigned int local = value_find(word, "local=", booleans, 2);
	unsigned int mode =
		value_find(word, "fail-mode=", agent_fail_mode_names, AGENT_N_FAIL_MODES);
	unsigned int fragments =
		value_find(word, "fragments=", xlate_fragments_names, XLATE_N_FRAGMENTS);

	if (mode < AGENT_N_FAIL_MODES) {
		s->has_fail_mode = true;
		s->fail_mode = (enum agent_fail_mode)mode;
	} else if (fragments < XLATE_N_FRAGMENTS) {
		s->has_fragments = true;
		s->fragments = (enum xlate_fragments)fragments;
	} else if (forward < 2) {
		s->has_forward_bpdu = true;
		s->forward_bpdu = forward;
	} else if (local < 2) {
		s->has_local = true;
		s->local = local;
	} else {
		return ctl_fail(c, -EINVAL,
				"\"%s\": expected fail-mode=auto, fail-mode=secure, "
				"fail-mode=standalone, fragments=normal, fragments=drop, "
				"fragments=nx-match, forward-bpdu=false, forward-bpdu=true, "
				"local=false or local=true",
				word);
	}
	return 0;
}

static int
settings_apply(struct ctl_call *c, struct xlate_bridge *br, const struct bridge_settings *s)
{
	bool was_switch = ctl_bridge_is_switch(c->stack->agent, c->argv[0]);

	if (s->has_fragments && xlate_fragments_set(c->stack->xlate, br, s->fragments))
		return -ENOMEM;
	if (s->has_forward_bpdu && xlate_forward_bpdu_set(c->stack->xlate, br, s->forward_bpdu))
		return -ENOMEM;
	if (s->has_fail_mode && agent_fail_mode_set(c->stack->agent, c->argv[0], s->fail_mode))
		return ctl_fail(c, -ENOENT, "bridge %s is not served by OpenFlow", c->argv[0]);
	if (was_switch != ctl_bridge_is_switch(c->stack->agent, c->argv[0]))
		return ctl_call_rules_reset(c, br);
	return 0;
}

static int
settings_take(struct ctl_call *c, struct bridge_settings *s)
{
	int rc = 0;

	*s = (struct bridge_settings){0};
	for (unsigned int i = 1; i < c->argc && !rc; i++)
		rc = setting_take(c, c->argv[i], s);
	return rc;
}

/* Continues when the LOCAL port is as wanted, so nothing is in effect if it was refused. */
static int
settings_set(struct ctl_call *c, int rc)
{
	struct bridge_settings s;
	struct xlate_bridge *br;

	if (!rc)
		rc = ctl_call_bridge(c, c->argv[0], &br);
	if (!rc)
		rc = settings_take(c, &s);
	if (!rc)
		rc = settings_apply(c, br, &s);
	agent_sync(c->stack->agent);
	return rc ? rc : ctl_call_barrier(c, "the bridge is configured");
}

int
ctl_bridge_set(struct ctl_call *c)
{
	struct bridge_settings s;
	struct xlate_bridge *br;
	const char *name;
	int rc = ctl_call_bridge(c, c->argv[0], &br);
	bool there;

	if (!rc)
		rc = settings_take(c, &s);
	if (rc)
		return rc;
	there = ctl_local_find(br, &name);
	if (!s.has_local || s.local == there)
		return settings_set(c, 0);
	return there ? ctl_call_ports_del(c, &name, 1, settings_set)
		     : ctl_call_local_add(c, settings_set);
}

struct bridge_rows {
	struct agent *agent;
	json_t *rows;
};

static int
bridge_row(struct xlate_bridge *br, void *aux)
{
	const struct bridge_rows *r = aux;
	const char *name = xlate_bridge_name(br);
	enum agent_fail_mode mode = AGENT_FAIL_AUTO;
	unsigned int n_flows = 0;

	agent_fail_mode_get(r->agent, name, &mode);
	for (unsigned int t = 0; t < XLATE_TABLES; t++) {
		struct xlate_table_stats stats;

		xlate_table_stats(br, (uint8_t)t, &stats);
		n_flows += stats.n_rules;
	}
	return json_array_append_new(
		r->rows,
		json_pack("{ss si si ss sb ss sb sb}", "name", name, "ports", xlate_port_count(br),
			  "flows", n_flows, "fail_mode", agent_fail_mode_names[mode], "standalone",
			  (int)xlate_standalone(br), "fragments",
			  xlate_fragments_names[xlate_fragments(br)], "forward_bpdu",
			  (int)xlate_forward_bpdu(br), "local", (int)ctl_local_find(br, NULL)));
}

int
ctl_bridge_list(struct ctl_call *c)
{
	static const struct ctl_column columns[] = {{"name", "BRIDGE"},
						    {"ports", "PORTS"},
						    {"flows", "FLOWS"},
						    {"fail_mode", "FAIL-MODE"},
						    {"fragments", "FRAGMENTS"}};
	struct bridge_rows r = {.agent = c->stack->agent, .rows = json_array()};

	xlate_bridge_each(c->stack->xlate, bridge_row, &r);
	if (c->json)
		return ctl_call_json(c, r.rows);
	ctl_table_print(r.rows, columns, sizeof columns / sizeof columns[0], c->out);
	json_decref(r.rows);
	return 0;
}

int
ctl_bridge_show(struct ctl_call *c)
{
	struct bridge_rows r = {.agent = c->stack->agent};
	struct xlate_bridge *br;
	json_t *object;
	int rc = ctl_call_bridge(c, c->argv[0], &br);

	if (rc)
		return rc;
	r.rows = json_array();
	bridge_row(br, &r);
	object = json_incref(json_array_get(r.rows, 0));
	json_decref(r.rows);
	if (c->json || !object)
		return ctl_call_json(c, object);
	ctl_object_print(object, c->out);
	json_decref(object);
	return 0;
}

static int
mac_row(const struct xlate_mac *m, void *aux)
{
	char mac[18];

	snprintf(mac, sizeof mac, "%02x:%02x:%02x:%02x:%02x:%02x", m->mac.b[0], m->mac.b[1],
		 m->mac.b[2], m->mac.b[3], m->mac.b[4], m->mac.b[5]);
	return json_array_append_new(aux, json_pack("{si si ss sI}", "port", m->ofp_port, "vlan",
						    m->vlan, "mac", mac, "age",
						    (json_int_t)(m->age_ns / NS_PER_S)));
}

static json_int_t
member(const json_t *row, const char *key)
{
	return json_integer_value(json_object_get(row, key));
}

int
ctl_fdb_show(struct ctl_call *c)
{
	struct xlate_bridge *br;
	size_t i;
	json_t *rows, *row;
	int rc = ctl_call_bridge(c, c->argv[0], &br);

	if (rc)
		return rc;
	rows = json_array();
	xlate_mac_each(br, clock_now_ns(), mac_row, rows);
	if (c->json)
		return ctl_call_json(c, rows);
	fprintf(c->out, " port  VLAN  MAC                Age\n");
	json_array_foreach (rows, i, row)
		fprintf(c->out, "%5lld  %4lld  %s  %3lld\n", (long long)member(row, "port"),
			(long long)member(row, "vlan"),
			json_string_value(json_object_get(row, "mac")),
			(long long)member(row, "age"));
	json_decref(rows);
	return 0;
}

static int
bridge_fdb_flush(struct xlate_bridge *br, void *aux)
{
	xlate_mac_flush(aux, br);
	return 0;
}

int
ctl_fdb_flush(struct ctl_call *c)
{
	struct xlate_bridge *br;
	int rc;

	if (c->argc == 0) {
		xlate_bridge_each(c->stack->xlate, bridge_fdb_flush, c->stack->xlate);
	} else {
		rc = ctl_call_bridge(c, c->argv[0], &br);
		if (rc)
			return rc;
		xlate_mac_flush(c->stack->xlate, br);
	}
	if (!c->json)
		fprintf(c->out, "table successfully flushed\n");
	return 0;
}
