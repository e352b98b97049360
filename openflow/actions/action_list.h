/* SPDX-License-Identifier: Apache-2.0 */
/* Building a list of actions, and reading one action into it.
 *
 * Thread safety: none; one reader. */
#pragma once

#include "actions/action.h"
#include "fields/field.h"

struct ofp_action_list {
	struct xlate_actions *acts; /* owned; NULL if empty */
	size_t n_alloc;
	bool in_ct; /* inside a ct action */
};

/* Appends 'a' and takes the memory that it owns, on failure too. Returns 0 or -ENOMEM. */
int ofp_action_add(struct ofp_action_list *l, const struct xlate_action *a);

/* Passes the list to the caller; an empty one becomes a "drop". Returns 0 or -ENOMEM. */
int ofp_action_list_end(struct ofp_action_list *l, struct xlate_actions **out);

/* One action on the wire, being read. */
struct ofp_action_reader {
	const struct ofp_action_context *ctx;
	const uint8_t *p; /* the whole action */
	size_t n;	  /* a multiple of 8, and long enough for its kind */
	unsigned int depth;
	struct ofp_action_list *list;
	struct ofp_error *err;
};

/* A kind of action on the wire. */
struct ofp_action_kind {
	uint16_t code;
	uint8_t first, last; /* versions; 'last' 0: no end */
	uint8_t n_min;	     /* length in bytes */
	bool longer;	     /* may be longer than 'n_min' */
	int (*read)(struct ofp_action_reader *r);
};

/* Checks a range of bits of a field and makes a subfield of it. 'write': the field
 * must be writable. */
int ofp_subfield_make(const struct flow_field *f, unsigned int ofs, unsigned int n_bits, bool write,
		      struct xlate_subfield *out, struct ofp_error *err);

/* The arguments of a move on the wire. */
struct ofp_move {
	const struct flow_field *src, *dst;
	uint16_t src_ofs, dst_ofs, n_bits;
};

/* Adds a move. Inside a ct action its destination may be a field that is read-only elsewhere.
 * Returns 0, -EINVAL or -ENOMEM. */
int ofp_move_make(struct ofp_action_reader *r, const struct ofp_move *move);

/* Adds an action that has no arguments. Returns 0 or -ENOMEM. */
int ofp_action_add_bare(struct ofp_action_reader *r, enum xlate_action_type type);

/* Adds a set_field of up to 64 bits. 'verb' is a literal. */
int ofp_action_add_set(struct ofp_action_reader *r, const struct flow_field *f, const char *verb,
		       const struct flow_value *value, const struct flow_value *mask);

/* Adds a set_field of the field and value at 'c'. If its mask does not consist of whole bytes, the
 * action is a load, as in Open vSwitch. */
int ofp_action_add_set_field(struct ofp_action_reader *r, struct ofp_cursor *c);

/* Returns a copy of 'n' bytes that an action can own; NULL without memory. */
struct xlate_bytes *ofp_action_bytes(const uint8_t *p, size_t n);

/* Bits of a value: 'n_bits' <= 64 from 'ofs', counted from the least significant bit. */
uint64_t ofp_value_bits(const struct flow_value *v, unsigned int ofs, unsigned int n_bits);
void ofp_value_set_bits(struct flow_value *v, unsigned int ofs, unsigned int n_bits, uint64_t bits);
