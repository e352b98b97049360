/* SPDX-License-Identifier: Apache-2.0 */
/* The words that configure a mirror: select-all, select-src=PORT,.., select-dst=PORT,..,
 * select-vlan=VLAN,.., output-port=PORT or output-vlan=VLAN, snaplen=BYTES.
 *
 * Thread safety: pure; ctl_mirror_add(): control only. */
#pragma once

#include <xlate/mirror.h>

struct ctl_mirror {
	struct xlate_mirror config; /* 'name' is borrowed, the rest owned */
	char *src, *dst, *output;   /* hold the names of 'config' */
};

/* Adds one word to 'm'. Returns 0, or -EINVAL or -ENOMEM with 'err'. */
int ctl_mirror_word(struct ctl_mirror *m, const char *word, char *err, size_t n_err);

/* Adds the mirror to the bridge. Returns 0, or -errno with 'err'; -ENOENT if the bridge lacks a
 * port that the mirror names. */
int ctl_mirror_add(struct xlate *x, struct xlate_bridge *br, const struct ctl_mirror *m, char *err,
		   size_t n_err);
void ctl_mirror_free(struct ctl_mirror *m);
