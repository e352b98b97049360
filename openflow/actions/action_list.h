/* SPDX-License-Identifier: Apache-2.0 */
/* Making a list of actions, and reading one action into it.
 *
 * Thread safety: none; one reader. */
#pragma once

#include "actions/action.h"
#include "fields/field.h"

struct ofp_action_list {
	struct xlate_actions *acts; /* owned; NULL: empty */
	size_t n_alloc;
	bool in_ct; /* within a ct action */
};

/* Takes over what 'a' owns, on failure too. Returns 0 or -ENOMEM. */
int ofp_action_add(struct ofp_action_list *l, const struct xlate_action *a);

/* Gives the list away; an empty one as a "drop". Returns 0 or -ENOMEM. */
int ofp_action_list_end(struct ofp_action_list *l, struct xlate_actions **out);

/* One action as it lies on the wire. */
struct ofp_action_reader {
	const struct ofp_action_context *ctx;
	const uint8_t *p; /* the whole action */
	size_t n;	  /* a multiple of 8, as long as its kind asks for */
	unsigned int depth;
	struct ofp_action_list *list;
	struct ofp_error *err;
};

/* A kind of action on the wire. */
struct ofp_action_kind {
	uint16_t code;
	uint8_t first, last; /* versions; 'last' 0: every later one */
	uint8_t n_min;	     /* bytes */
	bool longer;	     /* may be longer than 'n_min' */
	int (*read)(struct ofp_action_reader *r);
};

/* Checks bits of a field and makes a subfield of them. 'write': it is to be set. */
int ofp_subfield_make(const struct ofp_field *row, unsigned int ofs, unsigned int n_bits,
		      bool write, struct xlate_subfield *out, struct ofp_error *err);

/* A move as it is on the wire. */
struct ofp_move {
	const struct ofp_field *src, *dst;
	uint16_t src_ofs, dst_ofs, n_bits;
};

int ofp_move_make(struct ofp_action_reader *r, const struct ofp_move *move);

/* Adds a set of up to 64 bits. 'verb': a literal. */
int ofp_action_add_set(struct ofp_action_reader *r, const struct flow_field *f, const char *verb,
		       const struct flow_value *value, const struct flow_value *mask);

/* Adds the set_field that the field at 'c' with its value is. With a mask of bits that do not fill bytes
 * it is a load, as Open vSwitch tells it. */
int ofp_action_add_set_field(struct ofp_action_reader *r, struct ofp_cursor *c);

/* 'n' bytes as an action owns them; NULL: no memory. */
struct xlate_bytes *ofp_action_bytes(const uint8_t *p, size_t n);

/* Bits of a value: 'n_bits' <= 64 of them from 'ofs', counted from the least significant. */
uint64_t ofp_value_bits(const struct flow_value *v, unsigned int ofs, unsigned int n_bits);
void ofp_value_set_bits(struct flow_value *v, unsigned int ofs, unsigned int n_bits, uint64_t bits);
