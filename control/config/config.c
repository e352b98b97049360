/* SPDX-License-Identifier: Apache-2.0 */
#include "config/config.h"

#include "config/config_bridge.h"
#include "config/config_timeouts.h"
#include "config/yaml_json.h"
#include "operate/log_levels.h"
#include "util/file.h"

#include <base/err.h>

#include <errno.h>
#include <net/if.h>
#include <stdlib.h>

enum row_type { ROW_UINT, ROW_BOOL, ROW_STRING, ROW_UINTS, ROW_STRINGS };

/* A key of a section: where its value is stored, and which values are accepted. */
struct row {
	const char *section, *key;
	enum row_type type;
	size_t ofs, n_ofs; /* n_ofs: of the number of list items */
	uint64_t min, max;
};

#define AT(member) offsetof(struct ctl_config, member)

static const struct row rows[] = {
	{"log", "level", ROW_STRING, AT(log_level)},
	{"log", "file", ROW_STRING, AT(log_file)},
	{"dpdk", "eal", ROW_STRING, AT(eal)},
	{"dpdk", "pci", ROW_BOOL, AT(pci)},
	{"dpdk", "drivers", ROW_STRINGS, AT(drivers), AT(n_drivers)},
	{"workers", "n", ROW_UINT, AT(n_workers), 0, 1, CTL_CORES_MAX},
	{"workers", "cores", ROW_UINTS, AT(cores), AT(n_cores), 0, 1023},
	{"workers", "idle-sleep-us", ROW_UINT, AT(idle_sleep_us), 0, 0, 1000000},
	{"workers", "packet-buffers", ROW_UINT, AT(n_packet_buffers), 0, 1024, 1u << 24},
	{"workers", "packet-buffer-bytes", ROW_UINT, AT(packet_buffer_bytes), 0, 2048, 16384},
	{"workers", "flow-cache-entries", ROW_UINT, AT(n_cache_entries), 0, 16, 1u << 24},
	{"workers", "rebalance-interval-s", ROW_UINT, AT(rebalance_interval_s), 0, 0, 3600},
	{"upcall", "handlers", ROW_UINT, AT(n_handlers), 0, 1, 16},
	{"upcall", "revalidators", ROW_UINT, AT(n_revalidators), 0, 1, 16},
	{"upcall", "flow-limit", ROW_UINT, AT(flow_limit), 0, 1, 10000000},
	{"upcall", "idle-ms", ROW_UINT, AT(idle_ms), 0, 100, 3600000},
	{"upcall", "sweep-ms", ROW_UINT, AT(sweep_ms), 0, 10, 60000},
	{"upcall", "dispatch", ROW_STRING, AT(dispatch)},
	{"offload", "enabled", ROW_BOOL, AT(offload_enabled)},
	{"offload", "driver", ROW_STRING, AT(offload_driver)},
	{"offload", "devices", ROW_STRINGS, AT(offload_devices), AT(n_offload_devices)},
	{"offload", "counter-interval-ms", ROW_UINT, AT(counter_interval_ms), 0, 1, 60000},
	{"offload", "counter-settle-ms", ROW_UINT, AT(counter_settle_ms), 0, 0, 60000},
	{"offload", "insert-rate", ROW_UINT, AT(insert_rate), 0, 0, 100000000},
	{"openflow", "private-key", ROW_STRING, AT(of_private_key)},
	{"openflow", "certificate", ROW_STRING, AT(of_certificate)},
	{"openflow", "ca-certificate", ROW_STRING, AT(of_ca_certificate)},
	{"openflow", "revocation-list", ROW_STRING, AT(of_revocation_list)},
	{"openflow", "probe-s", ROW_UINT, AT(of_probe_s), 0, 1, 3600},
	{"openflow", "packet-in-rate", ROW_UINT, AT(of_packet_rate), 0, 1, 1000000},
};
#define N_ROWS (sizeof rows / sizeof rows[0])

static const char *const sections[] = {
	"log",	   "datapath", "keep-datapath", "flow-restore-wait", "ct-timeouts", "dpdk",
	"workers", "upcall",   "offload",	"openflow",	     "bridges"};

static int
row_refuse(const struct row *row, char *err, size_t n_err)
{
	int n = snprintf(err, n_err, "%s.%s: ", row->section, row->key);

	if (row->type == ROW_BOOL)
		snprintf(err + n, n_err - (size_t)n, "expected true or false");
	else if (row->type == ROW_STRING)
		snprintf(err + n, n_err - (size_t)n, "expected a text");
	else if (row->type == ROW_STRINGS)
		snprintf(err + n, n_err - (size_t)n, "expected a list of texts, as in [a, b]");
	else
		snprintf(err + n, n_err - (size_t)n, "expected %s %llu..%llu",
			 row->type == ROW_UINT ? "a number" : "a list of up to 16 numbers",
			 (unsigned long long)row->min, (unsigned long long)row->max);
	return -EINVAL;
}

static bool
uint_take(const struct row *row, const json_t *value, uint64_t *out)
{
	json_int_t v = json_integer_value(value);

	if (!json_is_integer(value) || v < 0 || (uint64_t)v < row->min || (uint64_t)v > row->max)
		return false;
	*out = (uint64_t)v;
	return true;
}

static bool
uints_take(const struct row *row, const json_t *value, uint64_t *out, unsigned int *n)
{
	if (!json_is_array(value) || json_array_size(value) > CTL_CORES_MAX)
		return false;
	*n = (unsigned int)json_array_size(value);
	for (unsigned int i = 0; i < *n; i++)
		if (!uint_take(row, json_array_get(value, i), &out[i]))
			return false;
	return true;
}

static bool
strings_take(const json_t *value, const char ***out, unsigned int *n)
{
	size_t n_items = json_array_size(value);

	if (!json_is_array(value))
		return false;
	*out = calloc(n_items ? n_items : 1, sizeof **out);
	if (!*out)
		return false;
	for (size_t i = 0; i < n_items; i++) {
		(*out)[i] = json_string_value(json_array_get(value, i));
		if (!(*out)[i])
			return false;
	}
	*n = (unsigned int)n_items;
	return true;
}

static bool
row_take(const struct row *row, const json_t *value, struct ctl_config *c)
{
	char *to = (char *)c + row->ofs;
	unsigned int *n = (unsigned int *)((char *)c + row->n_ofs);

	switch (row->type) {
	case ROW_UINT:
		return uint_take(row, value, (uint64_t *)to);
	case ROW_UINTS:
		return uints_take(row, value, (uint64_t *)to, n);
	case ROW_STRINGS:
		return strings_take(value, (const char ***)to, n);
	case ROW_BOOL:
		*(bool *)to = json_is_true(value);
		return json_is_boolean(value);
	case ROW_STRING:
		*(const char **)to = json_string_value(value);
		return json_is_string(value);
	}
	return false;
}

static const struct row *
row_find(const char *section, const char *key)
{
	for (size_t i = 0; i < N_ROWS; i++)
		if (!strcmp(rows[i].section, section) && !strcmp(rows[i].key, key))
			return &rows[i];
	return NULL;
}

static int
key_refuse(const char *section, const char *key, char *err, size_t n_err)
{
	int n = snprintf(err, n_err, "%s.%.100s: unknown key; expected ", section, key);
	const char *last = NULL, *comma = "";

	for (size_t i = 0; i < N_ROWS; i++) {
		if (strcmp(rows[i].section, section) != 0)
			continue;
		if (last && (size_t)n < n_err) {
			n += snprintf(err + n, n_err - (size_t)n, "%s%s", comma, last);
			comma = ", ";
		}
		last = rows[i].key;
	}
	if (last && (size_t)n < n_err)
		snprintf(err + n, n_err - (size_t)n, "%s%s", comma[0] ? " or " : "", last);
	return -EINVAL;
}

static int
section_take(struct ctl_config *c, const char *section, json_t *object, char *err, size_t n_err)
{
	const char *key;
	json_t *value;

	if (!json_is_object(object)) {
		err_print(err, n_err, "%s: expected keys and values, as in {key: value}", section);
		return -EINVAL;
	}
	json_object_foreach (object, key, value) {
		const struct row *row = row_find(section, key);

		if (!row)
			return key_refuse(section, key, err, n_err);
		if (!row_take(row, value, c))
			return row_refuse(row, err, n_err);
	}
	return 0;
}

static bool
section_known(const char *name)
{
	for (size_t i = 0; i < sizeof sections / sizeof sections[0]; i++)
		if (!strcmp(sections[i], name))
			return true;
	return false;
}

static int
level_check(const struct ctl_config *c, char *err, size_t n_err)
{
	char why[FLOW_ERR_BYTES];

	if (!c->log_level || !ctl_vlog_apply(NULL, c->log_level, false, why, sizeof why))
		return 0;
	err_print(err, n_err, "log.level: %s", why);
	return -EINVAL;
}

static int
dispatch_check(struct ctl_config *c, char *err, size_t n_err)
{
	c->dispatch_by_port = c->dispatch && !strcmp(c->dispatch, "port");
	if (!c->dispatch || c->dispatch_by_port || !strcmp(c->dispatch, "processor"))
		return 0;
	err_print(err, n_err, "upcall.dispatch: '%.40s' is unknown; expected processor or port",
		  c->dispatch);
	return -EINVAL;
}

static int
driver_check(struct ctl_config *c, char *err, size_t n_err)
{
	const char *name = c->offload_driver ? c->offload_driver : "auto";
	char why[200];
	int rc = ctl_offload_driver(name, &c->offload.classes, why, sizeof why);

	if (rc) {
		err_print(err, n_err, "offload.driver: %s", why);
		return rc;
	}
	c->offload.devices = c->offload_devices;
	c->offload.n_devices = c->n_offload_devices;
	rc = ctl_offload_choice_check(&c->offload, why, sizeof why);
	if (rc)
		err_print(err, n_err, "offload.devices: %s", why);
	return rc;
}

/* Checks what the range of one key does not. */
static int
workers_check(const struct ctl_config *c, char *err, size_t n_err)
{
	uint64_t n = c->n_cache_entries;

	if (n & (n - 1)) {
		uint64_t above = UINT64_C(1) << (64 - __builtin_clzll(n));

		err_print(err, n_err,
			  "workers.flow-cache-entries: %llu is no power of two; expected %llu or "
			  "%llu, for example",
			  (unsigned long long)n, (unsigned long long)above / 2,
			  (unsigned long long)above);
		return -EINVAL;
	}
	if (c->n_cores && c->n_cores < c->n_workers) {
		err_print(err, n_err,
			  "workers.cores: %u cores for %llu workers; expected one for each worker, "
			  "or no list",
			  c->n_cores, (unsigned long long)c->n_workers);
		return -EINVAL;
	}
	return 0;
}

int
ctl_config_datapath(struct ctl_config *c, const char *text, char *err, size_t n_err)
{
	size_t n = text ? strlen(text) : 0;

	c->kernel = NULL;
	if (text && !strcmp(text, "software"))
		return 0;
	if (text && !strcmp(text, "kernel"))
		c->kernel = CTL_KERNEL_NAME;
	else if (text && !strncmp(text, "kernel:", 7) && n > 7 && n < 7 + IFNAMSIZ)
		c->kernel = text + 7;
	else
		err_print(err, n_err,
			  "datapath: '%.40s' is unknown; expected software, kernel or kernel:NAME, "
			  "a name of 1..%d bytes",
			  text ? text : "", IFNAMSIZ - 1);
	return c->kernel ? 0 : -EINVAL;
}

static int
bool_take(const char *key, const json_t *value, bool *out, char *err, size_t n_err)
{
	if (!json_is_boolean(value)) {
		err_print(err, n_err, "%s: expected true or false", key);
		return -EINVAL;
	}
	*out = json_is_true(value);
	return 0;
}

static int
key_take(struct ctl_config *c, const char *path, const char *key, json_t *value, char *err,
	 size_t n_err)
{
	if (!strcmp(key, "datapath"))
		return ctl_config_datapath(c, json_string_value(value), err, n_err);
	if (!strcmp(key, "keep-datapath"))
		return bool_take(key, value, &c->keep_datapath, err, n_err);
	if (!strcmp(key, "flow-restore-wait"))
		return bool_take(key, value, &c->flow_restore_wait, err, n_err);
	if (!strcmp(key, "ct-timeouts"))
		return ctl_config_timeouts(c, value, err, n_err);
	if (!strcmp(key, "bridges"))
		return ctl_config_bridges(c, value, path, err, n_err);
	return section_take(c, key, value, err, n_err);
}

static int
root_take(struct ctl_config *c, const char *path, char *err, size_t n_err)
{
	const char *key;
	json_t *value;
	int rc = 0;

	if (!json_is_object(c->root)) {
		err_print(err, n_err,
			  "expected the sections log, dpdk, workers, upcall, offload, "
			  "openflow and bridges, and the keys datapath, keep-datapath, "
			  "flow-restore-wait and ct-timeouts");
		return -EINVAL;
	}
	json_object_foreach (c->root, key, value) {
		if (!section_known(key)) {
			err_print(err, n_err,
				  "%.100s: unknown section; expected log, datapath, keep-datapath, "
				  "flow-restore-wait, ct-timeouts, dpdk, workers, upcall, offload, "
				  "openflow or "
				  "bridges",
				  key);
			return -EINVAL;
		}
		rc = key_take(c, path, key, value, err, n_err);
		if (rc)
			return rc;
	}
	/* A worker that has a CPU of its own polls without sleeping. */
	if (c->n_cores && !json_object_get(json_object_get(c->root, "workers"), "idle-sleep-us"))
		c->idle_sleep_us = 0;
	rc = level_check(c, err, n_err);
	if (!rc)
		rc = workers_check(c, err, n_err);
	if (!rc)
		rc = dispatch_check(c, err, n_err);
	if (!rc)
		rc = driver_check(c, err, n_err);
	return rc ? rc : ctl_config_rehearse(c, err, n_err);
}

int
ctl_config_default(struct ctl_config **out)
{
	struct ctl_config *c = calloc(1, sizeof *c);

	if (!c)
		return -ENOMEM;
	c->n_workers = 1;
	c->idle_sleep_us = 100;
	c->rebalance_interval_s = 5;
	c->packet_buffer_bytes = 2048;
	c->n_handlers = 1;
	c->n_revalidators = 1;
	c->offload_enabled = true;
	ctl_offload_driver("auto", &c->offload.classes, NULL, 0);
	*out = c;
	return 0;
}

int
ctl_config_parse(const char *path, const char *text, size_t n, struct ctl_config **out, char *err,
		 size_t n_err)
{
	char why[CTL_CONFIG_ERR_BYTES - 256] = "out of memory";
	struct ctl_config *c;
	int rc = ctl_config_default(&c);

	if (rc) {
		err_print(err, n_err, "%s: out of memory", path);
		return rc;
	}
	rc = ctl_yaml_parse(text, n, &c->root, why, sizeof why);
	if (!rc)
		rc = root_take(c, path, why, sizeof why);
	if (rc) {
		err_print(err, n_err, "%s: %s", path, why);
		ctl_config_free(c);
		return rc;
	}
	*out = c;
	return 0;
}

int
ctl_config_read(const char *path, struct ctl_config **out, char *err, size_t n_err)
{
	char *text;
	size_t n;
	int rc = ctl_file_read(path, &text, &n);

	if (rc) {
		err_print(err, n_err, "%s: %s", path, strerror(-rc));
		return rc;
	}
	rc = ctl_config_parse(path, text, n, out, err, n_err);
	free(text);
	return rc;
}

static void
bridge_clear(struct ctl_config_bridge *b)
{
	free(b->ports);
	free(b->tables);
	for (unsigned int i = 0; i < b->n_mirrors; i++)
		ctl_mirror_free(&b->mirrors[i]);
	free(b->mirrors);
	free(b->flows);
	free(b->flows_file);
	free(b->controllers);
}

void
ctl_config_free(struct ctl_config *c)
{
	if (!c)
		return;
	for (unsigned int i = 0; i < c->n_bridges; i++)
		bridge_clear(&c->bridges[i]);
	free(c->bridges);
	free(c->timeouts);
	free(c->drivers);
	free(c->offload_devices);
	json_decref(c->root);
	free(c);
}
