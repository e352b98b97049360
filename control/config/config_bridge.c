/* SPDX-License-Identifier: Apache-2.0 */
#include "config/config_bridge.h"

#include <base/err.h>
#include <openflow/agent.h>
#include <openflow/fit.h>
#include <openflow/target.h>

#include "operate/flows.h"
#include "operate/port_config.h"
#include "operate/port_device.h"
#include "util/file.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>

struct place {
	char path[96]; /* "bridges[0].ports[1]" */
	char *err;
	size_t n_err;
};

__attribute__((format(printf, 3, 4))) static int
refuse(const struct place *at, const char *key, const char *fmt, ...)
{
	int n = snprintf(at->err, at->n_err, "%s%s%.100s: ", at->path, key[0] ? "." : "", key);
	va_list args;

	va_start(args, fmt);
	err_vprint(at->err + n, at->n_err - (size_t)n, fmt, args);
	va_end(args);
	return -EINVAL;
}

static int
text_take(const struct place *at, const char *key, const json_t *value, const char **out)
{
	*out = json_string_value(value);
	if (!*out || !**out)
		return refuse(at, key, "expected a text");
	return 0;
}

static int
number_take(const struct place *at, const char *key, const json_t *value, json_int_t min,
	    json_int_t max, uint16_t *out)
{
	json_int_t v = json_integer_value(value);

	if (!json_is_integer(value) || v < min || v > max)
		return refuse(at, key, "expected a number %lld..%lld", (long long)min,
			      (long long)max);
	*out = (uint16_t)v;
	return 0;
}

static int
trunks_take(const struct place *at, const json_t *value, struct ctl_port *port)
{
	size_t i;
	json_t *item;

	if (!json_is_array(value) || json_array_size(value) == 0)
		return refuse(at, "trunks", "expected a list of VLANs 0..4095, as in [1, 2]");
	json_array_foreach (value, i, item) {
		uint16_t vlan = 0;
		int rc = number_take(at, "trunks", item, 0, 4095, &vlan);

		if (!rc)
			rc = ctl_port_trunk(port, vlan, at->err, at->n_err);
		if (rc)
			return rc;
	}
	return 0;
}

static int
vlan_mode_take(const struct place *at, const json_t *value, struct ctl_port *port)
{
	char why[FLOW_ERR_BYTES];
	const char *mode = NULL;
	int rc = text_take(at, "vlan-mode", value, &mode);

	if (rc)
		return rc;
	if (ctl_port_vlan_mode(port, mode, why, sizeof why))
		return refuse(at, "vlan-mode", "%s", why);
	return 0;
}

static int
config_take(const struct place *at, const json_t *value, struct ctl_port *port)
{
	char why[FLOW_ERR_BYTES];
	uint32_t mask = 0;
	size_t i;
	json_t *item;

	if (!json_is_array(value))
		return refuse(at, "config", "expected a list of words, as in [down, no-flood]");
	json_array_foreach (value, i, item) {
		const char *word = json_string_value(item);

		if (!word)
			return refuse(at, "config", "item %zu: expected a text", i + 1);
		if (ctl_port_config_word(word, strlen(word), &port->config, &mask, why, sizeof why))
			return refuse(at, "config", "%s", why);
	}
	return 0;
}

static int
type_take(const struct place *at, const json_t *value, struct ctl_port *port)
{
	char why[FLOW_ERR_BYTES];
	const char *type = NULL;
	int rc = text_take(at, "type", value, &type);

	if (rc)
		return rc;
	if (ctl_port_type(port, type, why, sizeof why))
		return refuse(at, "type", "%s", why);
	return 0;
}

static int
tso_take(const struct place *at, const json_t *value, struct ctl_port *port)
{
	ctl_port_tso_set(&port->device, json_is_true(value));
	return json_is_boolean(value) ? 0 : refuse(at, "tso", "expected true or false");
}

/* Takes an option of a tunnel; -ENOENT if the key is none. */
static int
tunnel_take(const struct place *at, const char *key, const json_t *value, struct ctl_port *port)
{
	const char *text = json_string_value(value);
	char why[FLOW_ERR_BYTES], number[24];
	int rc;

	snprintf(number, sizeof number, "%lld", (long long)json_integer_value(value));
	if (json_is_integer(value))
		text = number;
	else if (json_is_boolean(value))
		text = json_is_true(value) ? "true" : "false";
	rc = ctl_tunnel_set(&port->tunnel, key, strlen(key), text ? text : "", why, sizeof why);
	return rc && rc != -ENOENT ? refuse(at, key, "%s", why) : rc;
}

static int
port_key_take(const struct place *at, const char *key, const json_t *value, struct ctl_port *port)
{
	const struct ctl_port_setting *setting = ctl_port_setting_find(key, strlen(key));
	int rc;

	if (setting)
		return number_take(at, key, value, setting->min, setting->max,
				   ctl_port_setting_of(setting, &port->device));
	if (!strcmp(key, "tso"))
		return tso_take(at, value, port);
	if (!strcmp(key, "name"))
		return text_take(at, key, value, &port->name);
	if (!strcmp(key, "dev"))
		return text_take(at, key, value, &port->dev);
	if (!strcmp(key, "type"))
		return type_take(at, value, port);
	if (!strcmp(key, "peer"))
		return text_take(at, key, value, &port->peer);
	if (!strcmp(key, "id"))
		return number_take(at, key, value, 1, XLATE_PORT_MAX, &port->id);
	if (!strcmp(key, "udp-port"))
		return number_take(at, key, value, 1, UINT16_MAX, &port->udp_port);
	if (!strcmp(key, "vlan-mode"))
		return vlan_mode_take(at, value, port);
	if (!strcmp(key, "tag")) {
		ctl_port_tagged(port);
		return number_take(at, key, value, 1, 4095, &port->tag);
	}
	if (!strcmp(key, "trunks"))
		return trunks_take(at, value, port);
	if (!strcmp(key, "config"))
		return config_take(at, value, port);
	rc = tunnel_take(at, key, value, port);
	if (rc != -ENOENT)
		return rc;
	return refuse(at, key,
		      "unknown key; expected name, dev, type, peer, udp-port, remote, local, key, "
		      "in-key, out-key, tos, ttl, df-default, csum, id, tag, trunks, vlan-mode, "
		      "config, mtu, n-rxq, n-rxd, n-txd or tso");
}

static int
port_take(const struct place *at, json_t *object, struct ctl_port *port)
{
	char why[FLOW_ERR_BYTES];
	const char *key;
	json_t *value;

	if (!json_is_object(object))
		return refuse(at, "", "expected {name: .., dev: ..}");
	*port = ctl_port_default();
	port->may_wait = true;
	json_object_foreach (object, key, value) {
		int rc = port_key_take(at, key, value, port);

		if (rc)
			return rc;
	}
	if (!port->name)
		return refuse(at, "name", "is missing");
	if (ctl_port_check(port, why, sizeof why))
		return refuse(at, "", "%s", why);
	return 0;
}

static int
ports_take(const struct place *at, const json_t *list, struct ctl_config_bridge *b)
{
	size_t n = json_array_size(list);

	if (!json_is_array(list))
		return refuse(at, "ports", "expected a list of {name: .., dev: ..}");
	b->ports = calloc(n ? n : 1, sizeof *b->ports);
	if (!b->ports)
		return -ENOMEM;
	b->n_ports = (unsigned int)n;
	for (size_t i = 0; i < n; i++) {
		struct place port_at = *at;
		int rc;

		snprintf(port_at.path, sizeof port_at.path, "%.40s.ports[%zu]", at->path, i);
		rc = port_take(&port_at, json_array_get(list, i), &b->ports[i]);
		if (rc)
			return rc;
	}
	return 0;
}

/* Returns a word for ctl_mirror_word(), "KEY=VALUE,..", or "KEY" if the value is true. The caller
 * frees it. NULL without memory, or if the value is no text, number, list of these or true. */
static char *
mirror_word(const char *key, const json_t *value)
{
	char *word = NULL;
	size_t n, i;
	FILE *f = json_is_array(value) || json_is_string(value) || json_is_integer(value)
			  ? open_memstream(&word, &n)
			  : NULL;

	if (!f)
		return json_is_true(value) ? strdup(key) : NULL;
	fprintf(f, "%s=", key);
	for (i = 0; i < (json_is_array(value) ? json_array_size(value) : 1); i++) {
		const json_t *item = json_is_array(value) ? json_array_get(value, i) : value;

		fputs(i ? "," : "", f);
		if (json_is_integer(item))
			fprintf(f, "%lld", (long long)json_integer_value(item));
		else
			fputs(json_is_string(item) ? json_string_value(item) : "", f);
	}
	if (!fclose(f))
		return word;
	free(word);
	return NULL;
}

static int
mirror_take(const struct place *at, json_t *object, struct ctl_mirror *m)
{
	char why[FLOW_ERR_BYTES];
	const char *key;
	json_t *value;

	if (!json_is_object(object))
		return refuse(at, "", "expected {name: .., output-port: ..}");
	json_object_foreach (object, key, value) {
		char *word;
		int rc;

		if (!strcmp(key, "name")) {
			rc = text_take(at, key, value, &m->config.name);
			if (rc)
				return rc;
			continue;
		}
		word = mirror_word(key, value);
		rc = word ? ctl_mirror_word(m, word, why, sizeof why) : -EINVAL;
		if (rc)
			rc = refuse(at, key, "%s",
				    word ? why : "expected a text, a number or a list of them");
		free(word);
		if (rc)
			return rc;
	}
	return m->config.name ? 0 : refuse(at, "name", "is missing");
}

static int
mirrors_take(const struct place *at, const json_t *list, struct ctl_config_bridge *b)
{
	size_t n = json_array_size(list);
	int rc = 0;

	if (!json_is_array(list))
		return refuse(at, "mirrors", "expected a list of {name: .., output-port: ..}");
	b->mirrors = calloc(n ? n : 1, sizeof *b->mirrors);
	if (!b->mirrors)
		return -ENOMEM;
	b->n_mirrors = (unsigned int)n;
	for (size_t i = 0; !rc && i < n; i++) {
		struct place mirror_at = *at;

		snprintf(mirror_at.path, sizeof mirror_at.path, "%.40s.mirrors[%zu]", at->path, i);
		rc = mirror_take(&mirror_at, json_array_get(list, i), &b->mirrors[i]);
	}
	return rc;
}

static int
table_words_take(const struct place *at, const json_t *list, struct xlate_table_config *config)
{
	char why[FLOW_ERR_BYTES];
	size_t i;
	json_t *item;

	if (!json_is_array(list))
		return refuse(at, "config",
			      "expected a list of words, as in [flow-limit=9, evict]");
	json_array_foreach (list, i, item) {
		const char *word = json_string_value(item);

		if (!word)
			return refuse(at, "config", "item %zu: expected a text", i + 1);
		if (ctl_table_config_word(word, config, why, sizeof why))
			return refuse(at, "config", "%s", why);
	}
	return 0;
}

static int
table_take(const struct place *at, json_t *object, struct ctl_config_table *table)
{
	const char *key;
	json_t *value;

	table->config.flow_limit = XLATE_TABLE_NO_LIMIT;
	if (!json_object_get(object, "id"))
		return refuse(at, "id", "is missing; expected {id: .., config: [..]}");
	json_object_foreach (object, key, value) {
		int rc;

		if (!strcmp(key, "id"))
			rc = number_take(at, key, value, 0, XLATE_TABLES - 1, &table->id);
		else if (!strcmp(key, "config"))
			rc = table_words_take(at, value, &table->config);
		else
			rc = refuse(at, key, "unknown key; expected id or config");
		if (rc)
			return rc;
	}
	return 0;
}

static int
tables_take(const struct place *at, const json_t *list, struct ctl_config_bridge *b)
{
	size_t n = json_array_size(list);

	if (!json_is_array(list))
		return refuse(at, "tables", "expected a list of {id: .., config: [..]}");
	b->tables = calloc(n ? n : 1, sizeof *b->tables);
	if (!b->tables)
		return -ENOMEM;
	b->n_tables = (unsigned int)n;
	for (size_t i = 0; i < n; i++) {
		struct place table_at = *at;
		int rc;

		snprintf(table_at.path, sizeof table_at.path, "%.40s.tables[%zu]", at->path, i);
		rc = table_take(&table_at, json_array_get(list, i), &b->tables[i]);
		for (size_t k = 0; !rc && k < i; k++)
			if (b->tables[k].id == b->tables[i].id)
				rc = refuse(&table_at, "id", "%u is given twice", b->tables[i].id);
		if (rc)
			return rc;
	}
	return 0;
}

int
ctl_config_tables_apply(struct xlate *x, struct xlate_bridge *br, const struct ctl_config_bridge *b,
			char *err, size_t n_err)
{
	int rc = 0;

	for (unsigned int i = 0; !rc && i < b->n_tables; i++)
		rc = xlate_table_configure(x, br, (uint8_t)b->tables[i].id, &b->tables[i].config,
					   NULL, err, n_err);
	return rc;
}

/* Joins the list into lines: item i becomes line i. */
static int
flows_take(const struct place *at, const json_t *list, struct ctl_config_bridge *b)
{
	size_t n_text, i;
	json_t *item;
	FILE *text;

	if (!json_is_array(list))
		return refuse(at, "flows", "expected a list of flows, as in ovs-ofctl add-flow");
	if (b->flows)
		return refuse(at, "flows", "expected either flows or flows-file");
	json_array_foreach (list, i, item) {
		const char *flow = json_string_value(item);

		if (!flow || strpbrk(flow, "\r\n"))
			return refuse(at, "flows", "item %zu: expected a text of one line", i + 1);
	}
	text = open_memstream(&b->flows, &n_text);
	if (!text)
		return -ENOMEM;
	json_array_foreach (list, i, item)
		fprintf(text, "%s\n", json_string_value(item));
	return fclose(text) ? -ENOMEM : 0;
}

static int
flows_file_take(const struct place *at, const json_t *value, const char *config_path,
		struct ctl_config_bridge *b)
{
	const char *name = json_string_value(value);
	const char *slash = strrchr(config_path, '/');
	size_t n;
	int rc;

	if (!name || !*name)
		return refuse(at, "flows-file", "expected the path of a file");
	if (b->flows)
		return refuse(at, "flows-file", "expected either flows or flows-file");
	if (name[0] == '/' || !slash)
		rc = asprintf(&b->flows_file, "%s", name);
	else
		rc = asprintf(&b->flows_file, "%.*s/%s", (int)(slash - config_path), config_path,
			      name);
	if (rc < 0) {
		b->flows_file = NULL;
		return -ENOMEM;
	}
	rc = ctl_file_read(b->flows_file, &b->flows, &n);
	if (rc)
		return refuse(at, "flows-file", "%s: %s", b->flows_file, strerror(-rc));
	if (strlen(b->flows) != n)
		return refuse(at, "flows-file", "%s: holds a NUL character", b->flows_file);
	return 0;
}

static int
controllers_take(const struct place *at, const json_t *list, struct ctl_config_bridge *b)
{
	size_t n = json_array_size(list);

	if (!json_is_array(list) || n > AGENT_TARGETS_MAX)
		return refuse(at, "controllers", "expected a list of up to %d targets",
			      AGENT_TARGETS_MAX);
	b->controllers = calloc(n ? n : 1, sizeof *b->controllers);
	if (!b->controllers)
		return -ENOMEM;
	for (size_t i = 0; i < n; i++) {
		struct ofp_target target;
		char why[CTL_FLOWS_ERR_BYTES];
		int rc = text_take(at, "controllers", json_array_get(list, i), &b->controllers[i]);

		if (rc)
			return rc;
		if (ofp_target_parse(b->controllers[i], &target, why, sizeof why))
			return refuse(at, "controllers", "%s", why);
		b->n_controllers++;
	}
	return 0;
}

static int
fail_mode_take(const struct place *at, const json_t *value, struct ctl_config_bridge *b)
{
	const char *text = json_string_value(value);

	for (enum agent_fail_mode mode = 0; text && mode < AGENT_N_FAIL_MODES; mode++)
		if (!strcmp(text, agent_fail_mode_names[mode])) {
			b->fail_mode = mode;
			return 0;
		}
	return refuse(at, "fail-mode", "expected " AGENT_FAIL_MODE_WORDS);
}

static int
fragments_take(const struct place *at, const json_t *value, struct ctl_config_bridge *b)
{
	const char *text = json_string_value(value);

	for (enum xlate_fragments mode = 0; text && mode < XLATE_N_FRAGMENTS; mode++)
		if (!strcmp(text, xlate_fragments_names[mode])) {
			b->fragments = mode;
			return 0;
		}
	return refuse(at, "fragments", "expected normal, drop or nx-match");
}

static int
forward_bpdu_take(const struct place *at, const json_t *value, struct ctl_config_bridge *b)
{
	b->forward_bpdu = json_is_true(value);
	return json_is_boolean(value) ? 0 : refuse(at, "forward-bpdu", "expected true or false");
}

static int
local_take(const struct place *at, const json_t *value, struct ctl_config_bridge *b)
{
	b->local = json_is_true(value);
	return json_is_boolean(value) ? 0 : refuse(at, "local", "expected true or false");
}

static int
datapath_id_take(const struct place *at, const json_t *value, struct ctl_config_bridge *b)
{
	const char *text = json_string_value(value);
	char *end;

	if (!text || strlen(text) != 16 || strspn(text, "0123456789abcdefABCDEF") != 16)
		return refuse(at, "datapath-id", "expected a text of 16 hexadecimal digits");
	b->datapath_id = strtoull(text, &end, 16);
	b->has_datapath_id = true;
	return 0;
}

static int
bridge_key_take(const struct place *at, const char *key, const json_t *value,
		const char *config_path, struct ctl_config_bridge *b)
{
	if (!strcmp(key, "name"))
		return text_take(at, key, value, &b->name);
	if (!strcmp(key, "ports"))
		return ports_take(at, value, b);
	if (!strcmp(key, "mirrors"))
		return mirrors_take(at, value, b);
	if (!strcmp(key, "tables"))
		return tables_take(at, value, b);
	if (!strcmp(key, "flows"))
		return flows_take(at, value, b);
	if (!strcmp(key, "flows-file"))
		return flows_file_take(at, value, config_path, b);
	if (!strcmp(key, "controllers"))
		return controllers_take(at, value, b);
	if (!strcmp(key, "fail-mode"))
		return fail_mode_take(at, value, b);
	if (!strcmp(key, "fragments"))
		return fragments_take(at, value, b);
	if (!strcmp(key, "forward-bpdu"))
		return forward_bpdu_take(at, value, b);
	if (!strcmp(key, "local"))
		return local_take(at, value, b);
	if (!strcmp(key, "datapath-id"))
		return datapath_id_take(at, value, b);
	return refuse(at, key,
		      "unknown key; expected name, ports, tables, mirrors, flows, flows-file, "
		      "controllers, fail-mode, fragments, forward-bpdu, local or datapath-id");
}

static int
bridge_take(const struct place *at, json_t *object, const char *config_path,
	    struct ctl_config_bridge *b)
{
	const char *key;
	json_t *value;

	if (!json_is_object(object))
		return refuse(at, "", "expected {name: .., ports: [..], flows: [..]}");
	json_object_foreach (object, key, value) {
		int rc = bridge_key_take(at, key, value, config_path, b);

		if (rc)
			return rc;
	}
	return b->name ? 0 : refuse(at, "name", "is missing");
}

int
ctl_config_bridges(struct ctl_config *c, const json_t *list, const char *path, char *err,
		   size_t n_err)
{
	struct place at = {.path = "bridges", .err = err, .n_err = n_err};
	size_t n = json_array_size(list);
	int rc = 0;

	if (!json_is_array(list))
		return refuse(&at, "", "expected a list of {name: .., ports: [..], flows: [..]}");
	c->bridges = calloc(n ? n : 1, sizeof *c->bridges);
	if (!c->bridges)
		return -ENOMEM;
	c->n_bridges = (unsigned int)n;
	for (size_t i = 0; !rc && i < n; i++) {
		snprintf(at.path, sizeof at.path, "bridges[%zu]", i);
		rc = bridge_take(&at, json_array_get(list, i), path, &c->bridges[i]);
	}
	return rc;
}

static int
bridge_rehearse(struct xlate *x, const struct ctl_config_bridge *b, const struct place *at,
		uint32_t *dp_port)
{
	char why[CTL_FLOWS_ERR_BYTES] = "";
	struct xlate_flow_mod *fms;
	struct xlate_bridge *br;
	char key[32];
	size_t n;

	if (xlate_bridge_add(x, b->name, why, sizeof why))
		return refuse(at, "name", "%s", why);
	br = xlate_bridge_find(x, b->name);
	for (unsigned int i = 0; i < b->n_ports; i++) {
		struct xlate_port xp = ctl_port_xlate(&b->ports[i], (*dp_port)++);

		snprintf(key, sizeof key, "ports[%u]", i);
		if (xlate_port_add(x, br, &xp, NULL, why, sizeof why))
			return refuse(at, key, "%s", why);
	}
	if (b->local) {
		struct xlate_port xp = {
			.name = b->name, .ofp_port = XLATE_PORT_LOCAL, .dp_port = (*dp_port)++};

		if (xlate_port_add(x, br, &xp, NULL, why, sizeof why))
			return refuse(at, "local", "%s", why);
	}
	for (unsigned int i = 0; i < b->n_mirrors; i++) {
		snprintf(key, sizeof key, "mirrors[%u]", i);
		if (ctl_mirror_add(x, br, &b->mirrors[i], why, sizeof why))
			return refuse(at, key, "%s", why);
	}
	if (ctl_config_tables_apply(x, br, b, why, sizeof why))
		return refuse(at, "tables", "%s", why);
	if (!b->flows)
		return 0;
	if (ctl_flows_parse(br, b->flows, true, &fms, &n, why, sizeof why))
		return b->flows_file ? refuse(at, "flows-file", "%s: %s", b->flows_file, why)
				     : refuse(at, "flows", "%s", why);
	if (xlate_flow_mods_apply(x, br, fms, n, NULL, why, sizeof why)) {
		ctl_flows_free(fms, n);
		return refuse(at, "flows", "%s", why);
	}
	ctl_flows_free(fms, n);
	return 0;
}

int
ctl_config_rehearse(const struct ctl_config *c, char *err, size_t n_err)
{
	struct place at = {.err = err, .n_err = n_err};
	struct xlate_config xc = {
		.seed = 1, .rule_fits = ofp_rule_fits, .group_fits = ofp_group_fits};
	uint32_t dp_port = 0;
	struct xlate *x;
	int rc = xlate_create(&xc, &x);

	for (unsigned int i = 0; !rc && i < c->n_bridges; i++) {
		snprintf(at.path, sizeof at.path, "bridges[%u]", i);
		rc = bridge_rehearse(x, &c->bridges[i], &at, &dp_port);
		if (rc)
			xlate_destroy(x);
	}
	if (!rc)
		xlate_destroy(x);
	return rc;
}
