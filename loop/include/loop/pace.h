/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a peer reads what waits for it: by how much of it went, not by whether anything did.
 *
 * In each period as many bytes are to go as waited when it began, but no more than 'rate' allows.
 *
 * Thread safety: none; one user. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ctl_pace {
	uint64_t since_ns; /* begin of the period; 0: nothing waited */
	size_t goal;
	size_t sent; /* in the period; added to by the user */
};

/* Looks, now and then, while 'pending' bytes wait. Returns false if a period has ended without its goal.
 * bytes_per_s: the rate. */
bool ctl_pace_check(struct ctl_pace *p, size_t pending, size_t bytes_per_s, unsigned int period_s,
		    uint64_t now_ns);
