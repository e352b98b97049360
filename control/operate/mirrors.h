/* SPDX-License-Identifier: Apache-2.0 */
/* A mirror in words: select-all, select-src=PORT,.., select-dst=PORT,.., select-vlan=VLAN,..,
 * output-port=PORT or output-vlan=VLAN, snaplen=BYTES.
 *
 * Thread safety: pure, but for what takes a bridge: control. */
#pragma once

#include <xlate/mirror.h>

struct ctl_mirror {
	struct xlate_mirror config; /* 'name' is borrowed, the rest owned */
	char *src, *dst, *output;   /* what names are cut out of */
};

/* Takes one word. -EINVAL or -ENOMEM with 'err'. */
int ctl_mirror_word(struct ctl_mirror *m, const char *word, char *err, size_t n_err);

/* Adds the mirror; the ports that it names are there. 0, or -errno with 'err'. */
int ctl_mirror_add(struct xlate *x, struct xlate_bridge *br, const struct ctl_mirror *m, char *err,
		   size_t n_err);
void ctl_mirror_free(struct ctl_mirror *m);
