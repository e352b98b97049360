/* SPDX-License-Identifier: Apache-2.0 */
/* Compiles a megaflow's match to match parameters.
 *
 * The result matches a subset of the packets that the match covers, never more. A match that cannot be
 * expressed exactly is made narrower (software handles the rest), or refused with the field at fault, and
 * what the device would need for it.
 *
 * Thread safety: pure. */
#pragma once

#include "param.h"

#include <flow/nic.h>

#define MLXDR_PARTS_MAX 40

struct mlxdr_part {
	uint8_t param; /* enum mlxdr_param */
	uint32_t mask; /* not 0 */
	uint32_t value;
};

/* Parts in the order of compilation, which their parameters and masks determine: equal shapes have the same
 * parameters and masks at the same places. */
struct mlxdr_match {
	unsigned int n;
	struct mlxdr_part parts[MLXDR_PARTS_MAX];
};

/* How packets of a vport are recognised: by source_port, or by metadata that the kernel writes to reg_c_0. */
struct mlxdr_source {
	bool by_metadata;
	uint32_t mask, value;
};

/* Whether a match's packets have tag 'i'. */
enum mlxdr_tag { MLXDR_TAG_ANY, MLXDR_TAG_NONE, MLXDR_TAG_C, MLXDR_TAG_S };

/* Finds the tags of a match. Returns 0, or -EOPNOTSUPP and 'why'. */
int mlxdr_match_tags(const struct flow_match *m, enum mlxdr_tag tags[FLOW_VLANS],
		     struct nic_refusal *why);

/* Makes a match of all packets of a vport. */
void mlxdr_match_source(const struct mlxdr_source *source, struct mlxdr_match *out);

/* Compiles a match.
 * source: the vport of its in_port.
 * whole:  leave IP fragments to software.
 * Returns 0, or -EOPNOTSUPP and 'why'. */
int mlxdr_match_compile(const struct flow_match *m, const struct mlxdr_source *source, bool whole,
			struct mlxdr_match *out, struct nic_refusal *why);

/* Compare and hash parameters and masks, without values. */
bool mlxdr_match_same_shape(const struct mlxdr_match *a, const struct mlxdr_match *b);
uint64_t mlxdr_match_shape_hash(const struct mlxdr_match *m);

/* Write the masks or the values as match parameters. */
void mlxdr_match_put_masks(const struct mlxdr_match *m, uint8_t out[MLXDR_MATCH_BYTES]);
void mlxdr_match_put_values(const struct mlxdr_match *m, uint8_t out[MLXDR_MATCH_BYTES]);

/* Returns match_criteria_enable: which groups of parameters the match has. */
uint8_t mlxdr_match_criteria(const struct mlxdr_match *m);

/* Returns the number of entries that a packet visits to be compared, at most. */
unsigned int mlxdr_match_n_entries(const struct mlxdr_match *m);
