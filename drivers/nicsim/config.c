/* SPDX-License-Identifier: Apache-2.0 */
#include "config.h"

#include "log.h"
#include "personality.h"

static int
take_number(const char *key, const char *value, unsigned int max, unsigned int *out)
{
	char *end;
	unsigned long v = strtoul(value, &end, 10);

	if (!*value || *end || v > max) {
		NICSIM_LOG(ERR, "%s=%s: expected a number from 0 to %u\n", key, value, max);
		return -EINVAL;
	}
	*out = (unsigned int)v;
	return 0;
}

/* Device arguments contain commas, so they are in brackets: vf0=[net_tap0,iface=tap0]. */
static int
take_text(const char *key, const char *value, char *out, size_t n_out)
{
	size_t n = strlen(value);

	if (n >= 2 && value[0] == '[' && value[n - 1] == ']') {
		value++;
		n -= 2;
	}
	if (!n || n >= n_out) {
		NICSIM_LOG(ERR, "%s: expected 1 to %zu characters\n", key, n_out - 1);
		return -EINVAL;
	}
	memcpy(out, value, n);
	out[n] = 0;
	return 0;
}

static int
take_vf(const char *key, const char *value, struct nicsim_config *config)
{
	unsigned int vf;

	if (take_number(key, key + 2, NICSIM_VFS_MAX - 1, &vf))
		return -EINVAL;
	return take_text(key, value, config->backing[vf + 1], sizeof config->backing[0]);
}

static int
take_personality(const char *value, struct nicsim_config *config)
{
	config->personality = nicsim_personality_find(value);
	if (config->personality)
		return 0;
	NICSIM_LOG(ERR, "personality=%s: expected %s\n", value, nicsim_personality_names);
	return -EINVAL;
}

static int
take_steering(const char *value, struct nicsim_config *config)
{
	config->connectx = !strcmp(value, "connectx");
	if (config->connectx || !strcmp(value, "rules"))
		return 0;
	NICSIM_LOG(ERR, "steering=%s: expected rules or connectx\n", value);
	return -EINVAL;
}

static int
take_pair(const char *key, const char *value, struct nicsim_config *c)
{
	if (!strcmp(key, "personality"))
		return take_personality(value, c);
	if (!strcmp(key, "steering"))
		return take_steering(value, c);
	if (!strcmp(key, "vfs"))
		return take_number(key, value, NICSIM_VFS_MAX, &c->n_vfs);
	if (!strcmp(key, "capacity"))
		return take_number(key, value, 1u << 24, &c->capacity);
	if (!strcmp(key, "counters"))
		return take_number(key, value, 1u << 24, &c->counters);
	if (!strcmp(key, "insert_us"))
		return take_number(key, value, 1000000, &c->insert_us);
	if (!strcmp(key, "count_ms"))
		return take_number(key, value, 60000, &c->count_ms);
	if (!strcmp(key, "seg_bytes"))
		return take_number(key, value, UINT16_MAX, &c->seg_bytes);
	if (!strcmp(key, "fail_nth"))
		return take_number(key, value, UINT32_MAX, &c->fail_nth);
	if (!strcmp(key, "unsupported"))
		return take_text(key, value, c->unsupported, sizeof c->unsupported);
	if (!strcmp(key, "control"))
		return take_text(key, value, c->control, sizeof c->control);
	if (!strcmp(key, "wire"))
		return take_text(key, value, c->backing[0], sizeof c->backing[0]);
	if (!strncmp(key, "vf", 2))
		return take_vf(key, value, c);
	NICSIM_LOG(ERR,
		   "%s: unknown; expected personality, steering, vfs, wire, vfN, capacity, "
		   "counters, insert_us, count_ms, seg_bytes, fail_nth, unsupported or control\n",
		   key);
	return -EINVAL;
}

/* Cuts off the next "key=value", up to a comma outside brackets. rte_kvargs cannot be used, since
 * it also cuts at '=' inside brackets. */
static char *
next_pair(char **rest)
{
	char *pair = *rest;
	int depth = 0;

	if (!pair)
		return NULL;
	for (char *p = pair; *p; p++) {
		depth += (*p == '[') - (*p == ']');
		if (*p == ',' && !depth) {
			*p = 0;
			*rest = p + 1;
			return pair;
		}
	}
	*rest = NULL;
	return pair;
}

static int
take_all(char *args, struct nicsim_config *c)
{
	for (char *pair; (pair = next_pair(&args));) {
		char *value = strchr(pair, '=');

		if (value)
			*value++ = 0;
		if (take_pair(pair, value ? value : "", c))
			return -EINVAL;
	}
	return 0;
}

int
nicsim_config_parse(const char *args, struct nicsim_config *out)
{
	int rc = 0;

	memset(out, 0, sizeof *out);
	out->personality = nicsim_personality_find("plain");
	out->count_ms = UINT_MAX;
	out->n_vfs = 2;
	out->capacity = out->counters = 65536;
	if (args && *args) {
		char *copy = strdup(args);

		rc = copy ? take_all(copy, out) : -ENOMEM;
		free(copy);
	}
	if (out->count_ms == UINT_MAX)
		out->count_ms = out->personality->count_ms;
	for (unsigned int vf = out->n_vfs; !rc && vf < NICSIM_VFS_MAX; vf++) {
		if (!*out->backing[vf + 1])
			continue;
		NICSIM_LOG(ERR, "vf%u: there are only %u (vfs=%u)\n", vf, out->n_vfs, out->n_vfs);
		rc = -EINVAL;
	}
	return rc;
}
