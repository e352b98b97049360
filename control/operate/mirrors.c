/* SPDX-License-Identifier: Apache-2.0 */
#include "operate/mirrors.h"

#include <base/err.h>
#include <base/number.h>

#include <errno.h>
#include <stdlib.h>

static int
number_take(const char *key, const char *text, size_t n, uint64_t min, uint64_t max, uint16_t *out,
	    char *err, size_t n_err)
{
	uint64_t value;

	if (number_parse(text, n, min, max, &value)) {
		err_print(err, n_err, "%s: '%.*s' is not a number %llu..%llu", key, (int)n, text,
			  (unsigned long long)min, (unsigned long long)max);
		return -EINVAL;
	}
	*out = (uint16_t)value;
	return 0;
}

static int
vlans_take(struct ctl_mirror *m, const char *text, char *err, size_t n_err)
{
	int rc;

	do {
		size_t n = strcspn(text, ",");
		uint16_t vlan;

		rc = number_take("select-vlan", text, n, 0, 4095, &vlan, err, n_err);
		if (!rc)
			m->config.vlans[vlan / 64] |= UINT64_C(1) << (vlan % 64);
		text += n;
	} while (!rc && *text++ == ',');
	return rc;
}

/* Splits the text at its commas. '*list' is NULL-terminated; its names are in '*own'. */
static int
names_take(const char *const **list, char **own, const char *text)
{
	size_t n = 1;
	const char **names;

	for (const char *p = text; *p; p++)
		n += *p == ',';
	free((void *)(uintptr_t)*list);
	free(*own);
	*own = strdup(text);
	*list = names = calloc(n + 1, sizeof *names);
	if (!*own || !names)
		return -ENOMEM;
	names[0] = *own;
	n = 1;
	for (char *p = *own; *p; p++)
		if (*p == ',') {
			*p = '\0';
			names[n++] = p + 1;
		}
	return 0;
}

static int
output_take(struct ctl_mirror *m, const char *text)
{
	free(m->output);
	m->config.output_port = m->output = strdup(text);
	return m->output ? 0 : -ENOMEM;
}

static int
value_take(struct ctl_mirror *m, const char *key, const char *value, char *err, size_t n_err)
{
	size_t n = strlen(value);

	if (!strcmp(key, "select-src"))
		return names_take(&m->config.src, &m->src, value);
	if (!strcmp(key, "select-dst"))
		return names_take(&m->config.dst, &m->dst, value);
	if (!strcmp(key, "output-port"))
		return output_take(m, value);
	if (!strcmp(key, "select-vlan"))
		return vlans_take(m, value, err, n_err);
	if (!strcmp(key, "output-vlan"))
		return number_take(key, value, n, 1, 4095, &m->config.output_vlan, err, n_err);
	if (!strcmp(key, "snaplen"))
		return number_take(key, value, n, XLATE_SNAPLEN_MIN, UINT16_MAX, &m->config.snaplen,
				   err, n_err);
	return -ENOENT;
}

int
ctl_mirror_word(struct ctl_mirror *m, const char *word, char *err, size_t n_err)
{
	size_t n_key = strcspn(word, "=");
	char key[16] = "";
	int rc = -ENOENT;

	if (!strcmp(word, "select-all")) {
		m->config.select_all = true;
		return 0;
	}
	if (word[n_key] && n_key < sizeof key) {
		memcpy(key, word, n_key);
		rc = value_take(m, key, word + n_key + 1, err, n_err);
	}
	if (rc == -ENOENT) {
		err_print(err, n_err,
			  "'%.64s' is unknown; expected select-all, select-src=PORT,.., "
			  "select-dst=PORT,.., select-vlan=VLAN,.., output-port=PORT, "
			  "output-vlan=VLAN or snaplen=BYTES",
			  word);
		return -EINVAL;
	}
	if (rc == -ENOMEM)
		err_print(err, n_err, "out of memory");
	return rc;
}

static int
port_check(const struct xlate *x, const struct xlate_bridge *br, const char *name, char *err,
	   size_t n_err)
{
	struct xlate_bridge *owner;
	struct xlate_port port;

	if (!xlate_port_by_name(x, name, &port, &owner) && owner == br)
		return 0;
	err_print(err, n_err, "bridge %s has no port '%s'", xlate_bridge_name(br), name);
	return -ENOENT;
}

static int
ports_check(const struct xlate *x, const struct xlate_bridge *br, const char *const *names,
	    char *err, size_t n_err)
{
	for (size_t i = 0; names && names[i]; i++)
		if (port_check(x, br, names[i], err, n_err))
			return -ENOENT;
	return 0;
}

int
ctl_mirror_add(struct xlate *x, struct xlate_bridge *br, const struct ctl_mirror *m, char *err,
	       size_t n_err)
{
	const char *output = m->config.output_port;

	if (ports_check(x, br, m->config.src, err, n_err) ||
	    ports_check(x, br, m->config.dst, err, n_err) ||
	    (output && port_check(x, br, output, err, n_err)))
		return -ENOENT;
	return xlate_mirror_add(x, br, &m->config, err, n_err);
}

void
ctl_mirror_free(struct ctl_mirror *m)
{
	free((void *)(uintptr_t)m->config.src);
	free((void *)(uintptr_t)m->config.dst);
	free(m->src);
	free(m->dst);
	free(m->output);
	*m = (struct ctl_mirror){0};
}
