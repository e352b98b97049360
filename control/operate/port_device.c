/* SPDX-License-Identifier: Apache-2.0 */
#include "operate/port_device.h"

#include <base/err.h>
#include <base/number.h>

#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#define QUEUES_MAX 16
#define DESCRIPTORS_MAX 32768

static const struct ctl_port_setting settings[] = {
	{"mtu", SWP_MTU_MIN, SWP_MTU_MAX, offsetof(struct swp_port_config, mtu)},
	{"n-rxq", 1, QUEUES_MAX, offsetof(struct swp_port_config, n_rxq)},
	{"n-rxd", 1, DESCRIPTORS_MAX, offsetof(struct swp_port_config, n_rxd)},
	{"n-txd", 1, DESCRIPTORS_MAX, offsetof(struct swp_port_config, n_txd)},
};

void
ctl_port_tso_set(struct swp_port_config *config, bool on)
{
	config->tso = on ? SWP_TSO_ON : SWP_TSO_OFF;
}

static int
tso_word(const char *text, struct swp_port_config *config, char *err, size_t n_err)
{
	bool on = !strcmp(text, "true");

	if (!on && strcmp(text, "false") != 0) {
		err_print(err, n_err, "tso: '%.32s' is unknown; expected true or false", text);
		return -EINVAL;
	}
	ctl_port_tso_set(config, on);
	return 0;
}

const struct ctl_port_setting *
ctl_port_setting_find(const char *key, size_t n)
{
	for (size_t i = 0; i < sizeof settings / sizeof settings[0]; i++)
		if (strlen(settings[i].key) == n && !memcmp(settings[i].key, key, n))
			return &settings[i];
	return NULL;
}

uint16_t *
ctl_port_setting_of(const struct ctl_port_setting *s, struct swp_port_config *config)
{
	return (uint16_t *)((char *)config + s->at);
}

int
ctl_port_setting_word(const char *word, struct swp_port_config *config, char *err, size_t n_err)
{
	size_t n = strcspn(word, "=");
	const struct ctl_port_setting *s = word[n] ? ctl_port_setting_find(word, n) : NULL;
	const char *text = word + n + 1;
	uint64_t value;

	if (!strncmp(word, "tso=", 4))
		return tso_word(text, config, err, n_err);
	if (!s)
		return -ENOENT;
	if (number_parse(text, strlen(text), s->min, s->max, &value)) {
		err_print(err, n_err, "%s: '%.32s' is not a number %u..%u", s->key, text, s->min,
			  s->max);
		return -EINVAL;
	}
	*ctl_port_setting_of(s, config) = (uint16_t)value;
	return 0;
}
