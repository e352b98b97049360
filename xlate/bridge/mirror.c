/* SPDX-License-Identifier: Apache-2.0 */
#include "bridge/mirror.h"

#include "bridge/bridge.h"
#include "bridge/port.h"
#include "bridge/version.h"

#include <base/err.h>

#include <errno.h>
#include <stdlib.h>

static void
names_free(const char *const *names)
{
	for (size_t i = 0; names && names[i]; i++)
		free((void *)(uintptr_t)names[i]);
	free((void *)(uintptr_t)names);
}

static size_t
names_count(const char *const *names)
{
	size_t n = 0;

	while (names && names[n])
		n++;
	return n;
}

/* Returns NULL without memory. */
static const char *const *
names_copy(const char *const *names)
{
	size_t n = names_count(names);
	const char **copy = calloc(n + 1, sizeof *copy);

	for (size_t i = 0; copy && i < n; i++) {
		copy[i] = strdup(names[i]);
		if (!copy[i]) {
			names_free(copy);
			return NULL;
		}
	}
	return copy;
}

static void
mirror_free(struct mirror *m)
{
	rule_count_unref(m->count);
	free((void *)(uintptr_t)m->config.name);
	free((void *)(uintptr_t)m->config.output_port);
	names_free(m->config.src);
	names_free(m->config.dst);
	free(m);
}

static void
mirror_free_cb(struct rcu_deferred *d)
{
	mirror_free(caa_container_of(d, struct mirror, deferred));
}

/* Returns NULL without memory. */
static struct mirror *
mirror_new(const struct xlate_mirror *config)
{
	struct mirror *m = calloc(1, sizeof *m);

	if (!m)
		return NULL;
	m->config = *config;
	m->config.name = strdup(config->name);
	m->config.output_port = config->output_port ? strdup(config->output_port) : NULL;
	m->config.src = names_copy(config->src);
	m->config.dst = names_copy(config->dst);
	m->count = rule_count_new();
	if (m->config.name && (!config->output_port || m->config.output_port) && m->config.src &&
	    m->config.dst && m->count)
		return m;
	mirror_free(m);
	return NULL;
}

void
mirrors_destroy(struct xlate_bridge *br)
{
	for (unsigned int i = 0; i < br->n_mirrors; i++)
		mirror_free(br->mirrors[i]);
	br->n_mirrors = 0;
}

static int
names_check(const char *const *names, char *err, size_t n_err)
{
	for (size_t i = 0; names && names[i]; i++)
		if (name_check("port", names[i], err, n_err))
			return -EINVAL;
	return 0;
}

static int
output_check(const struct xlate_mirror *c, char *err, size_t n_err)
{
	if (c->output_port && c->output_vlan)
		err_print(err, n_err,
			  "mirror \"%s\": output-port and output-vlan exclude each other", c->name);
	else if (!c->output_port && (!c->output_vlan || c->output_vlan > 4095))
		err_print(err, n_err,
			  "mirror \"%s\": no output is given; expected output-port, or output-vlan "
			  "1 to 4095",
			  c->name);
	else if (c->snaplen && c->snaplen < XLATE_SNAPLEN_MIN)
		err_print(err, n_err, "mirror \"%s\": snaplen %u: expected %d to 65535", c->name,
			  c->snaplen, XLATE_SNAPLEN_MIN);
	else
		return c->output_port ? name_check("port", c->output_port, err, n_err) : 0;
	return -EINVAL;
}

static int
mirror_check(const struct xlate_bridge *br, const struct xlate_mirror *c, char *err, size_t n_err)
{
	if (name_check("mirror", c->name, err, n_err) || names_check(c->src, err, n_err) ||
	    names_check(c->dst, err, n_err) || output_check(c, err, n_err))
		return -EINVAL;
	if (!c->select_all && !names_count(c->src) && !names_count(c->dst)) {
		err_print(err, n_err,
			  "mirror \"%s\" selects no port; expected select-all, select-src or "
			  "select-dst",
			  c->name);
		return -EINVAL;
	}
	for (unsigned int i = 0; i < br->n_mirrors; i++)
		if (!strcmp(br->mirrors[i]->config.name, c->name)) {
			err_print(err, n_err, "mirror \"%s\" exists", c->name);
			return -EEXIST;
		}
	if (br->n_mirrors == XLATE_MIRRORS_MAX) {
		err_print(err, n_err,
			  "mirror \"%s\": bridge \"%s\" has %d mirrors, the most it can have",
			  c->name, br->name, XLATE_MIRRORS_MAX);
		return -ENOSPC;
	}
	return 0;
}

/* Publishes the ports with the current mirrors. Returns 0 or -ENOMEM. */
static int
publish(struct xlate *x, struct xlate_bridge *br)
{
	struct port_set *set = port_set_edit(br, NULL, NULL);

	if (!set)
		return -ENOMEM;
	port_set_publish(br, set);
	bridge_changed(x, br);
	return 0;
}

/* Forgets MACs learned on a port that becomes a mirror output: nothing is forwarded there
 * any more. */
static void
flush_output(struct xlate_bridge *br, const struct mirror *m)
{
	const char *name = m->config.output_port;
	const struct port *port = name ? port_find_name(br->x, name, strlen(name)) : NULL;

	if (port && port->br == br && mac_flush(br->macs, port->config.ofp_port))
		xlate_entries_changed(br->x);
}

int
xlate_mirror_add(struct xlate *x, struct xlate_bridge *br, const struct xlate_mirror *mirror,
		 char *err, size_t n_err)
{
	int rc = mirror_check(br, mirror, err, n_err);
	struct mirror *m;

	if (rc)
		return rc;
	m = mirror_new(mirror);
	if (!m)
		goto no_memory;
	br->mirrors[br->n_mirrors++] = m;
	if (publish(x, br)) {
		br->n_mirrors--;
		mirror_free(m);
		goto no_memory;
	}
	flush_output(br, m);
	LOG_INFO(x->config.log, XLATE, "bridge %s: mirror %s added", br->name, m->config.name);
	return 0;

no_memory:
	err_print(err, n_err, "mirror \"%s\": out of memory", mirror->name);
	return -ENOMEM;
}

static void
take_out(struct xlate_bridge *br, unsigned int i)
{
	br->n_mirrors--;
	memmove(&br->mirrors[i], &br->mirrors[i + 1],
		(br->n_mirrors - i) * sizeof(struct mirror *));
}

static void
put_back(struct xlate_bridge *br, unsigned int i, struct mirror *m)
{
	memmove(&br->mirrors[i + 1], &br->mirrors[i],
		(br->n_mirrors - i) * sizeof(struct mirror *));
	br->mirrors[i] = m;
	br->n_mirrors++;
}

int
xlate_mirror_del(struct xlate *x, struct xlate_bridge *br, const char *name, char *err,
		 size_t n_err)
{
	for (unsigned int i = 0; i < br->n_mirrors; i++) {
		struct mirror *m = br->mirrors[i];

		if (strcmp(m->config.name, name) != 0)
			continue;
		take_out(br, i);
		if (publish(x, br)) {
			put_back(br, i, m);
			err_print(err, n_err, "mirror \"%s\": out of memory", name);
			return -ENOMEM;
		}
		LOG_INFO(x->config.log, XLATE, "bridge %s: mirror %s deleted", br->name, name);
		rcu_defer(&m->deferred, mirror_free_cb);
		return 0;
	}
	err_print(err, n_err, "bridge \"%s\" has no mirror \"%s\"", br->name, name);
	return -ENOENT;
}

int
xlate_mirror_each(const struct xlate_bridge *br,
		  int (*cb)(const struct xlate_mirror *mirror, const struct flow_stats *count,
			    void *aux),
		  void *aux)
{
	int rc = 0;

	for (unsigned int i = 0; !rc && i < br->n_mirrors; i++) {
		struct flow_stats count = rule_count_read(br->mirrors[i]->count);

		rc = cb(&br->mirrors[i]->config, &count, aux);
	}
	return rc;
}
