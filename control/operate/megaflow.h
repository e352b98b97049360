/* SPDX-License-Identifier: Apache-2.0 */
/* Megaflows as people and scripts read them: one line each as dpctl/dump-flows, or JSON.
 *
 * Thread safety: control only. */
#pragma once

#include "operate/stack.h"

#include <jansson.h>

struct ctl_megaflow_dump {
	struct ctl_stack *stack;
	FILE *out;
	bool json;
	bool more;		 /* -m: identifier, wildcards, counts by path */
	bool names;		 /* of ports, in place of numbers */
	bool placement;		 /* identifier and placement with every line */
	unsigned int placements; /* bit per enum ofl_placement to show */
	bool filtered;
	struct flow_match filter; /* shows flows whose key it covers */
	uint64_t now_ns;
	struct upc_flow_cursor *cursor; /* owned */
	bool any;			/* something was shown: for JSON's commas */
};

/* Reads a filter: ovs-ofctl match syntax over datapath ports, or dpctl syntax. -EINVAL. */
int ctl_megaflow_filter(struct ctl_megaflow_dump *d, const char *text, char *err, size_t n_err);

/* Writes the next piece of the dump to 'out', of 'n_rows' flows looked at or 'n_bytes', and what is left
 * of the row that reaches these. Returns 1 if there are more, 0 after the last, or -ENOMEM. */
int ctl_megaflow_dump_piece(struct ctl_megaflow_dump *d, unsigned int n_rows, size_t n_bytes);

/* One megaflow as an object; NULL: no memory. */
json_t *ctl_megaflow_json(const struct ctl_megaflow_dump *d, const struct upc_flow_view *v);

/* One line, with its newline. */
void ctl_megaflow_print(const struct ctl_megaflow_dump *d, const struct upc_flow_view *v);
