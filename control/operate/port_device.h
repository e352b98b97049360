/* SPDX-License-Identifier: Apache-2.0 */
/* How a port uses its device, in words: "mtu=9000", "n-rxq=4", "n-rxd=2048", "n-txd=2048".
 *
 * Thread safety: pure. */
#pragma once

#include <swpath/swp.h>

/* One setting. */
struct ctl_port_setting {
	const char *key;
	uint16_t min, max;
	size_t at; /* of its uint16_t in struct swp_port_config */
};

/* NULL: there is none of this name. */
const struct ctl_port_setting *ctl_port_setting_find(const char *key, size_t n);

uint16_t *ctl_port_setting_of(const struct ctl_port_setting *s, struct swp_port_config *config);

/* Takes "KEY=N". Returns 0, -ENOENT for a word that is none of these, or -EINVAL with 'err'. */
int ctl_port_setting_word(const char *word, struct swp_port_config *config, char *err,
			  size_t n_err);
