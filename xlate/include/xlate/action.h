/* SPDX-License-Identifier: Apache-2.0 */
/* OpenFlow actions as translation executes them.
 *
 * A kind of action has a row in the tables of action/text/action_parse.c (its verbs), action/text/action_print.c and
 * translate/execute.c, and a case where action/ checks, compares, hashes and frees actions.
 *
 * Thread safety: immutable after parse. */
#pragma once

#include <flow/action.h>
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
	XLATE_ACT_METER,	 /* meter:ID: an instruction of 1.3 and 1.4, an action of 1.5 */
	XLATE_ACT_CLEAR_ACTIONS, /* empties the action set */
	XLATE_ACT_WRITE_ACTIONS, /* write_actions(..): 'nested' */
	XLATE_ACT_EXIT, /* ends every list of actions up to the packet's, or the clone's, own */
	XLATE_ACT_NOTE, /* without effect */
	XLATE_ACT_STACK_PUSH, /* push:src[a..b] */
	XLATE_ACT_STACK_POP,  /* pop:dst[a..b] */
	XLATE_ACT_OUTPUT_REG, /* output:src[a..b] */
	XLATE_ACT_CLONE,      /* clone(..): 'nested', on a copy of the packet */
	XLATE_ACT_PUSH_MPLS,
	XLATE_ACT_POP_MPLS,
	XLATE_ACT_DEC_MPLS_TTL,
	XLATE_ACT_COPY_TTL_OUT,
	XLATE_ACT_COPY_TTL_IN,
	XLATE_ACT_CONJUNCTION,
	XLATE_ACT_LEARN,
	XLATE_ACT_FIN_TIMEOUT,
	XLATE_ACT_MULTIPATH,
	XLATE_ACT_BUNDLE, /* bundle, bundle_load */
	XLATE_ACT_SAMPLE,
	XLATE_ACT_CT,  /* through connection tracking, and a copy on to a table */
	XLATE_ACT_NAT, /* only within CT */
	XLATE_ACT_CT_CLEAR,
	XLATE_ACT_SET_QUEUE,
	XLATE_ACT_POP_QUEUE,
	XLATE_ACT_OUTPUT_TRUNC,
	XLATE_ACT_ENQUEUE,    /* set_queue, output, pop_queue in one, as OpenFlow 1.0 has it */
	XLATE_ACT_CHECK_SIZE, /* check_pkt_larger(bytes)->dst[bit] */
	XLATE_N_ACTIONS,
};

struct xlate_subfield {
	const struct flow_field *field;
	uint16_t ofs, n_bits;
};

/* Bytes of an action. */
struct xlate_bytes {
	size_t n;
	uint8_t b[];
};

/* Why a packet goes to the controller: OFPR_* of OpenFlow 1.4. */
enum xlate_packet_in_reason {
	XLATE_REASON_NO_MATCH,
	XLATE_REASON_ACTION,
	XLATE_REASON_INVALID_TTL,
	XLATE_REASON_ACTION_SET,
	XLATE_REASON_GROUP,
	XLATE_REASON_PACKET_OUT,
	XLATE_N_REASONS, /* of actions */
	/* Kinds of NO_MATCH, of which controllers of some versions are not told (as Open vSwitch
	 * has it). */
	XLATE_REASON_EXPLICIT_MISS = XLATE_N_REASONS, /* an action of a table's last resort */
	XLATE_REASON_IMPLICIT_MISS,		      /* no flow matches */
};

#define XLATE_TRUNC_MIN 14 /* an Ethernet header */

/* What of a packet a hash is made of: NX_HASH_FIELDS_*. */
enum xlate_hash_fields {
	XLATE_HASH_ETH_SRC,
	XLATE_HASH_SYMMETRIC_L4,
	XLATE_HASH_SYMMETRIC_L3L4,
	XLATE_HASH_SYMMETRIC_L3L4_UDP,
	XLATE_HASH_NW_SRC,
	XLATE_HASH_NW_DST,
	XLATE_HASH_SYMMETRIC_L3,
	XLATE_N_HASH_FIELDS,
};

/* NX_MP_ALG_*. */
enum xlate_multipath_algorithm {
	XLATE_MP_MODULO_N,
	XLATE_MP_HASH_THRESHOLD,
	XLATE_MP_HRW,
	XLATE_MP_ITER_HASH,
	XLATE_N_MP_ALGORITHMS,
};

/* NX_BD_ALG_*. */
enum xlate_bundle_algorithm {
	XLATE_BD_ACTIVE_BACKUP,
	XLATE_BD_HRW,
	XLATE_N_BD_ALGORITHMS,
};

struct xlate_bundle {
	enum xlate_hash_fields fields;
	enum xlate_bundle_algorithm algorithm;
	uint16_t basis;
	struct xlate_subfield dst; /* bundle_load; 'field' NULL: output */
	size_t n;
	uint16_t member[]; /* OpenFlow ports */
};

enum xlate_learn_kind {
	XLATE_LEARN_MATCH,  /* dst=src: a match of the learned rule */
	XLATE_LEARN_LOAD,   /* load:src->dst: an action of it */
	XLATE_LEARN_OUTPUT, /* output:src: likewise */
};

struct xlate_learn_spec {
	enum xlate_learn_kind kind;
	bool immediate;
	uint16_t n_bits;
	struct xlate_subfield src; /* unless 'immediate' */
	struct flow_value value;   /* when 'immediate'; right-aligned */
	struct xlate_subfield dst; /* MATCH, LOAD */
};

#define XLATE_LEARN_SPECS_MAX 1024

/* The rule that a learn action makes of a packet. */
struct xlate_learn {
	uint8_t table;
	uint16_t priority;
	uint64_t cookie;
	uint16_t idle_timeout_s, hard_timeout_s;
	uint16_t fin_idle_timeout_s, fin_hard_timeout_s; /* of its fin_timeout; 0: none */
	bool send_flow_rem;
	/* When no rule teaches so with the same table and cookie any more, the rules of that table with
	 * that cookie go. */
	bool delete_learned;
	uint32_t limit; /* of rules of the table with the cookie; 0: none */
	struct xlate_subfield
		result_dst; /* 1 bit: whether the rule is below the limit; 'field' NULL: none */
	size_t n;	    /* up to XLATE_LEARN_SPECS_MAX */
	struct xlate_learn_spec spec[];
};

/* Made zeroed, so that members that a type does not name are 0. Pointers are owned by the list that
 * the action is in. */
struct xlate_action {
	enum xlate_action_type type;
	union {
		struct {
			uint16_t port;
			/* As a controller said it, to be told again; it has a meaning for
			 * CONTROLLER only, which has both at the same places. */
			uint16_t max_len;
		} output;
		struct {
			uint16_t port;	  /* XLATE_PORT_CONTROLLER */
			uint16_t max_len; /* UINT16_MAX: all */
			uint16_t id;
			uint8_t reason;		      /* enum xlate_packet_in_reason */
			struct xlate_bytes *userdata; /* NULL: none */
		} controller;
		uint8_t table; /* GOTO_TABLE */
		struct {
			uint16_t port; /* XLATE_PORT_IN_PORT: as it is */
			uint8_t table; /* XLATE_TABLE_ALL: the current one */
		} resubmit;
		struct {
			const struct flow_field *field;
			struct flow_value value, mask;
			const char *verb; /* the name it was written with, for print */
			/* mod_tp_*: of TCP, UDP or SCTP, whichever the packet is; 'field' is TCP's. */
			bool any_l4;
		} set;
		struct {
			struct xlate_subfield src, dst;
		} move;
		be16 tpid; /* PUSH_VLAN */
		struct {
			uint16_t value; /* SET_VLAN_VID: 0..4095, SET_VLAN_PCP: 0..7 */
			/* Match and actions before say that there is a tag: xlate_actions_check()
			 * finds out. OpenFlow 1.1 and later need a push_vlan before else. */
			bool has_tag;
		} vlan;
		struct xlate_bytes *bytes; /* NOTE; NULL: none. DEC_TTL: controller IDs, big-endian
					      16 bits each; NULL: dec_ttl without any, to ID 0 */
		struct xlate_subfield stack; /* STACK_PUSH, STACK_POP */
		struct {
			struct xlate_subfield src;
			uint16_t max_len; /* when the port is the controller */
		} output_reg;
		struct xlate_actions *nested; /* CLONE, WRITE_ACTIONS, CT */
		be16 eth_type; /* PUSH_MPLS: 0x8847, 0x8848; POP_MPLS: of what is below */
		struct {
			uint32_t id;
			uint8_t k, n; /* dimension k, from 1, of n, 2..64 */
		} conjunction;
		struct xlate_learn *learn;
		struct {
			uint16_t idle_s, hard_s;
		} fin_timeout;
		struct {
			enum xlate_hash_fields fields;
			enum xlate_multipath_algorithm algorithm;
			uint16_t basis;
			uint32_t n_links; /* 1..65536 */
			uint32_t arg;
			struct xlate_subfield dst;
		} multipath;
		struct xlate_bundle *bundle;
		struct {
			uint16_t probability;	/* of 65,535; not 0 */
			uint16_t sampling_port; /* XLATE_PORT_NONE: none */
			uint32_t collector_set_id, obs_domain_id, obs_point_id;
			uint8_t direction; /* 0: none said; 1: ingress; 2: egress */
		} sample;
		uint32_t group;
		uint32_t meter;
		struct {
			/* NULL: none; else not empty. See xlate_ct_wrong(). The place of 'nested'. */
			struct xlate_actions *nested;
			struct xlate_subfield zone_src; /* 16 bits; 'field' NULL: 'zone' */
			uint16_t zone;
			uint8_t table;	/* XLATE_TABLE_ALL: no copy goes on */
			uint8_t helper; /* FLOW_CT_*; 0: none */
			bool commit, force;
		} ct;
		struct flow_nat nat;
		uint32_t queue; /* SET_QUEUE */
		struct {
			uint16_t port; /* a number, IN_PORT or LOCAL */
			uint32_t queue;
		} enqueue;
		struct {
			uint16_t port;	  /* likewise */
			uint32_t max_len; /* bytes of the packet; XLATE_TRUNC_MIN.. */
		} output_trunc;
		struct {
			struct xlate_subfield dst; /* 1 bit */
			uint16_t n_bytes;
		} check_size;
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

/* Of actions that a packet may not have the header for. */
enum xlate_strictness {
	XLATE_LENIENT, /* OpenFlow 1.0: those that it has are accepted, and do nothing to such a packet */
	XLATE_STRICT, /* 1.1 and later: the match says that the header is there */
};

/* Checks the actions against the rule that is to have them: prerequisites of fields, the table that
 * goto_table names ('table' XLATE_TABLE_ALL: not known). Gives mod_tp_* the field of the match's
 * protocol. Actions of write_actions need no prerequisite: they are executed on what the packet is at the
 * end of the pipeline. Returns 0, or with 'err': -E2BIG for a VLAN tag too many, -EBUSY for a conjunction
 * beside other actions, else -EINVAL. */
int xlate_actions_check(struct xlate_actions *a, const struct xlate_match *match, uint8_t table,
			enum xlate_strictness strictness, char *err, size_t n_err);

/* Checks that actions to apply come before clear_actions, write_actions, write_metadata and goto_table, and
 * these in this order, each at most once. nested: the list is part of an action, where none of the four is
 * accepted. Returns 0 or -EINVAL with 'err'. */
int xlate_actions_check_order(const struct xlate_actions *a, bool nested, char *err, size_t n_err);

/* Refuses what an action set does not execute. where: what the set is of, for 'err'. Returns 0, -EINVAL
 * with 'err', or -ENOMEM. */
int xlate_action_set_check(const struct xlate_actions *a, const char *where, char *err,
			   size_t n_err);

/* The fields that are set within ct(exec(..)), and nowhere else. */
bool xlate_field_is_ct(const struct flow_field *f);

/* True for what may stand within ct(exec(..)). */
bool xlate_ct_allows(const struct xlate_action *a);

/* Says what is wrong within a ct action; NULL: nothing is. */
const char *xlate_ct_wrong(const struct xlate_action *a);

/* Copies with everything owned. NULL: no memory. */
struct xlate_actions *xlate_actions_copy(const struct xlate_actions *a);

/* Frees a list made with malloc(), and everything that its actions own. */
void xlate_actions_free(struct xlate_actions *a);

/* Frees what one action owns: for who makes a list step by step. */
void xlate_action_clear(struct xlate_action *a);

bool xlate_actions_equal(const struct xlate_actions *a, const struct xlate_actions *b);

/* Alike of equal lists, within one process. */
uint64_t xlate_actions_hash(const struct xlate_actions *a);

/* True when some action outputs to 'port', or to 'group': for a delete with out_port or out_group. */
bool xlate_actions_output_to(const struct xlate_actions *a, uint16_t port);
bool xlate_actions_sends_to_group(const struct xlate_actions *a, uint32_t group);
