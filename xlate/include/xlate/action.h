/* SPDX-License-Identifier: Apache-2.0 */
/* OpenFlow actions as translation executes them.
 *
 * One table (action.c) has a row per kind: name, parse, print; translate.c has the row that executes
 * it. A new action is a row in each.
 *
 * Thread safety: immutable after parse. */
#pragma once

#include <xlate/field.h>

#include <xlate/rule.h>

enum xlate_action_type {
	XLATE_ACT_OUTPUT, /* port: a number, or reserved: in_port, flood, all, normal, ... */
	XLATE_ACT_CONTROLLER,
	XLATE_ACT_DROP,	      /* "drop": alone */
	XLATE_ACT_GOTO_TABLE, /* last */
	XLATE_ACT_RESUBMIT,   /* resubmit(port,table) */
	XLATE_ACT_SET_FIELD, /* set_field, mod_*, load, write_metadata: value and mask of a field */
	XLATE_ACT_MOVE,	     /* move:src[a..b]->dst[c..d] */
	XLATE_ACT_PUSH_VLAN,
	XLATE_ACT_POP_VLAN,
	XLATE_ACT_SET_VLAN_VID, /* mod_vlan_vid: adds a tag when there is none */
	XLATE_ACT_SET_VLAN_PCP, /* mod_vlan_pcp: likewise */
	XLATE_ACT_DEC_TTL,
	XLATE_ACT_GROUP,	 /* group:ID */
	XLATE_ACT_METER,	 /* meter:ID: an instruction, before all else */
	XLATE_ACT_CLEAR_ACTIONS, /* empties the action set */
	XLATE_ACT_WRITE_ACTIONS, /* write_actions(..): the 'n_nested' actions that follow it */
	XLATE_N_ACTIONS,
};

struct xlate_subfield {
	const struct flow_field *field;
	uint16_t ofs, n_bits;
};

struct xlate_action {
	enum xlate_action_type type;
	union {
		struct {
			uint16_t port;
			uint16_t max_len;
		} output;      /* also CONTROLLER: max_len */
		uint8_t table; /* GOTO_TABLE */
		struct {
			uint16_t port; /* XLATE_PORT_IN_PORT: as it is */
			uint8_t table; /* XLATE_TABLE_ALL: the current one */
		} resubmit;
		struct {
			const struct flow_field *field;
			struct flow_value value, mask;
			const char *verb; /* the name it was written with, for print */
		} set;
		struct {
			struct xlate_subfield src, dst;
		} move;
		be16 tpid;     /* PUSH_VLAN */
		uint16_t vlan; /* SET_VLAN_VID: 0..4095, SET_VLAN_PCP: 0..7; host order */
		uint32_t group;
		uint32_t meter;
		uint32_t n_nested; /* WRITE_ACTIONS: how many of the list belong to it */
	};
};

/* A set or a move whose field's prerequisite the packet does not meet is without effect. Where the
 * match says that it can never be met, xlate_actions_check() refuses it. */
struct xlate_actions {
	size_t n;
	struct xlate_action a[];
};

/* Parses "output:1,resubmit(,2)". Returns 0, -EINVAL with 'err', -ENOMEM. */
int xlate_actions_parse(const struct flow_port_names *names, const char *text,
			struct xlate_actions **out, char *err, size_t n_err);
void xlate_actions_print_names(const struct flow_port_names *names, const struct xlate_actions *a,
			       FILE *out);
void xlate_action_print(const struct flow_port_names *names, const struct xlate_action *a,
			FILE *out);

/* Checks the actions against the rule that is to have them: prerequisites of fields, the table that
 * goto_table names ('table' XLATE_TABLE_ALL: not known). Gives mod_tp_* the field of the match's
 * protocol. Returns 0 or -EINVAL with 'err'. */
int xlate_actions_check(struct xlate_actions *a, const struct xlate_match *match, uint8_t table,
			char *err, size_t n_err);

/* NULL: no memory. */
struct xlate_actions *xlate_actions_copy(const struct xlate_actions *a);

bool xlate_actions_equal(const struct xlate_actions *a, const struct xlate_actions *b);

/* True when some action outputs to 'port': for a delete with out_port. */
bool xlate_actions_output_to(const struct xlate_actions *a, uint16_t port);
