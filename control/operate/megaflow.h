/* SPDX-License-Identifier: Apache-2.0 */
/* Megaflows in text, one line each as in dpctl/dump-flows, or in JSON.
 *
 * Thread safety: control only. */
#pragma once

#include "operate/stack.h"

#include <jansson.h>

struct ctl_megaflow_dump {
	struct ctl_stack *stack;
	FILE *out;
	bool json;
	bool more;		 /* -m: UFID, wildcards, counts by path */
	bool names;		 /* names of ports instead of numbers */
	bool placement;		 /* each line has the UFID and the placement */
	unsigned int placements; /* shown; one bit per enum ofl_placement */
	bool filtered;
	struct flow_match filter; /* shows megaflows whose key it matches */
	uint64_t now_ns;
	struct upc_flow_cursor *cursor; /* owned */
	bool any;			/* true after the first row, for JSON's commas */
};

/* Parses a filter: ovs-ofctl match syntax with datapath ports, or dpctl syntax. Returns 0, -ENOMEM,
 * or -EINVAL with 'err'. */
int ctl_megaflow_filter(struct ctl_megaflow_dump *d, const char *text, char *err, size_t n_err);

/* Writes the next piece of the dump to 'out'. A piece ends after 'n_rows' megaflows were
 * visited, or with the row that reaches 'n_bytes'. Returns 1 if more follow, 0 after the last,
 * or -ENOMEM. */
int ctl_megaflow_dump_piece(struct ctl_megaflow_dump *d, unsigned int n_rows, size_t n_bytes);

/* Returns a megaflow as a new JSON object; NULL without memory. */
json_t *ctl_megaflow_json(const struct ctl_megaflow_dump *d, const struct upc_flow_view *v);

/* Prints a megaflow as a line. */
void ctl_megaflow_print(const struct ctl_megaflow_dump *d, const struct upc_flow_view *v);
