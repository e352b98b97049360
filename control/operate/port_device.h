/* SPDX-License-Identifier: Apache-2.0 */
/* The words for the settings of a port's device: "mtu=9000", "n-rxq=4", "n-rxd=2048", "n-txd=2048",
 * "tso=true".
 *
 * Thread safety: pure. */
#pragma once

#include <swpath/swp.h>

struct ctl_port_setting {
	const char *key;
	uint16_t min, max;
	size_t at; /* offset of its uint16_t in struct swp_port_config */
};

/* Returns the setting with a name of 'n' characters; NULL if none has it. */
const struct ctl_port_setting *ctl_port_setting_find(const char *key, size_t n);

/* Returns the place of the setting's value in 'config'. */
uint16_t *ctl_port_setting_of(const struct ctl_port_setting *s, struct swp_port_config *config);

/* Leaves checksums and segments to the device, or does not. */
void ctl_port_tso_set(struct swp_port_config *config, bool on);

/* Applies a word "KEY=N" or "tso=true" or "tso=false" to 'config'. Returns 0, -ENOENT if it is none
 * of the settings, or -EINVAL with 'err'. */
int ctl_port_setting_word(const char *word, struct swp_port_config *config, char *err,
			  size_t n_err);
