/* SPDX-License-Identifier: Apache-2.0 */
/* OpenFlow actions, as translation executes them.
 *
 * A kind of action has three rows: its verb and its printer in action/text/action_text.c, and its
 * executor in translate/execute.c. With arguments, it has a case in action/action_compare.c, which
 * is a switch since each kind has its own members. Memory that it owns is copied and freed in
 * action/action.c. Some kinds also have a case in action/action_check.c (a reason to be refused),
 * action/action_looks.c (headers below a popped label), or a row in action/action_set.c (a place in
 * action sets). Its wire form is in openflow/actions/: a reader by the numbers of the
 * specification, and a row in action_put.c. These are two tables, since a kind has several numbers
 * and forms, by version of OpenFlow.
 *
 * Thread safety: immutable after parse. */
#pragma once

#include <flow/action.h>
#include <xlate/field.h>

#include <xlate/rule.h>

enum xlate_action_type {
	XLATE_ACT_OUTPUT, /* port: a number, or reserved: in_port, flood, all, normal, ... */
	XLATE_ACT_CONTROLLER,
	XLATE_ACT_DROP,	      /* "drop": the only action of its list */
	XLATE_ACT_GOTO_TABLE, /* the last action of its list */
	XLATE_ACT_RESUBMIT,   /* resubmit(port,table) */
	XLATE_ACT_SET_FIELD, /* set_field, mod_*, load, write_metadata: value and mask of a field */
	XLATE_ACT_MOVE,	     /* move:src[a..b]->dst[c..d] */
	XLATE_ACT_PUSH_VLAN,
	XLATE_ACT_POP_VLAN,
	XLATE_ACT_SET_VLAN_VID, /* mod_vlan_vid: adds a tag if the packet has none */
	XLATE_ACT_SET_VLAN_PCP, /* mod_vlan_pcp: adds a tag if the packet has none */
	XLATE_ACT_DEC_TTL,
	XLATE_ACT_GROUP,	 /* group:ID */
	XLATE_ACT_METER,	 /* meter:ID: an instruction of 1.3 and 1.4, an action of 1.5 */
	XLATE_ACT_CLEAR_ACTIONS, /* empties the action set */
	XLATE_ACT_WRITE_ACTIONS, /* write_actions(..); the list is 'nested' */
	/* ends all lists of actions up to that of the packet, or of the enclosing clone */
	XLATE_ACT_EXIT,
	XLATE_ACT_NOTE,	      /* no effect */
	XLATE_ACT_STACK_PUSH, /* push:src[a..b] */
	XLATE_ACT_STACK_POP,  /* pop:dst[a..b] */
	XLATE_ACT_OUTPUT_REG, /* output:src[a..b] */
	XLATE_ACT_CLONE,      /* clone(..): executes 'nested' on a copy of the packet */
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
	XLATE_ACT_CT,  /* sends the packet through connection tracking, and a copy to a table */
	XLATE_ACT_NAT, /* only within CT */
	XLATE_ACT_CT_CLEAR,
	XLATE_ACT_SET_QUEUE,
	XLATE_ACT_POP_QUEUE,
	XLATE_ACT_OUTPUT_TRUNC,
	XLATE_ACT_ENQUEUE,    /* set_queue, output and pop_queue in one, as in OpenFlow 1.0 */
	XLATE_ACT_CHECK_SIZE, /* check_pkt_larger(bytes)->dst[bit] */
	XLATE_N_ACTIONS,
};

struct xlate_subfield {
	const struct flow_field *field;
	uint16_t ofs, n_bits;
};

/* Bytes owned by an action. */
struct xlate_bytes {
	size_t n;
	uint8_t b[];
};

/* Reason of a packet-in: OFPR_* of OpenFlow 1.4. */
enum xlate_packet_in_reason {
	XLATE_REASON_NO_MATCH,
	XLATE_REASON_ACTION,
	XLATE_REASON_INVALID_TTL,
	XLATE_REASON_ACTION_SET,
	XLATE_REASON_GROUP,
	XLATE_REASON_PACKET_OUT,
	XLATE_N_REASONS, /* the number of reasons that an action can specify */
	/* Kinds of NO_MATCH. As in Open vSwitch, the OpenFlow version decides whether a controller
	 * receives them. */
	XLATE_REASON_EXPLICIT_MISS = XLATE_N_REASONS, /* an action of the table-miss rule */
	XLATE_REASON_IMPLICIT_MISS,		      /* no rule matches */
};

#define XLATE_TRUNC_MIN 14 /* an Ethernet header */

/* Fields that are hashed: NX_HASH_FIELDS_*. */
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
	struct xlate_subfield dst; /* of bundle_load; 'field' is NULL for bundle */
	size_t n;
	uint16_t member[]; /* OpenFlow ports */
};

enum xlate_learn_kind {
	XLATE_LEARN_MATCH,  /* dst=src: a match of the learned rule */
	XLATE_LEARN_LOAD,   /* load:src->dst: an action of the learned rule */
	XLATE_LEARN_OUTPUT, /* output:src: an action of the learned rule */
};

struct xlate_learn_spec {
	enum xlate_learn_kind kind;
	bool immediate;
	uint16_t n_bits;
	struct xlate_subfield src; /* unless 'immediate' */
	struct flow_value value;   /* if 'immediate'; right-aligned */
	struct xlate_subfield dst; /* for MATCH and LOAD */
};

#define XLATE_LEARN_SPECS_MAX 1024

/* The rule that a learn action creates from a packet. */
struct xlate_learn {
	uint8_t table;
	uint16_t priority;
	uint64_t cookie;
	uint16_t idle_timeout_s, hard_timeout_s;
	/* of the rule's fin_timeout action; 0: none */
	uint16_t fin_idle_timeout_s, fin_hard_timeout_s;
	bool send_flow_rem;
	/* If set, removing the last rule with such a learn action (same table and cookie) also
	 * removes the rules with that cookie from that table. */
	bool delete_learned;
	uint32_t limit; /* highest number of rules with the cookie in the table; 0: no limit */
	struct xlate_subfield
		/* 1 bit, set to whether the rule is below the limit; 'field' NULL: none */
		result_dst;
	size_t n; /* at most XLATE_LEARN_SPECS_MAX */
	struct xlate_learn_spec spec[];
};

/* One action. Zeroed before its members are set, so members that a type does not use are 0. The
 * list that holds the action owns what its pointers refer to. */
struct xlate_action {
	enum xlate_action_type type;
	union {
		struct {
			uint16_t port;
			/* Used if the port is CONTROLLER, else only reported as the controller
			 * specified it. 'controller' has both members at the same offsets. */
			uint16_t max_len;
		} output;
		struct {
			uint16_t port;	  /* always XLATE_PORT_CONTROLLER */
			uint16_t max_len; /* UINT16_MAX: the whole packet */
			uint16_t id;
			uint8_t reason;		      /* enum xlate_packet_in_reason */
			struct xlate_bytes *userdata; /* NULL: none */
		} controller;
		uint8_t table; /* GOTO_TABLE */
		struct {
			uint16_t port; /* XLATE_PORT_IN_PORT: unchanged */
			uint8_t table; /* XLATE_TABLE_ALL: the current table */
		} resubmit;
		struct {
			const struct flow_field *field;
			struct flow_value value, mask;
			const char *verb; /* the name under which it was written, to be printed */
			/* mod_tp_* without a known protocol: sets the port of TCP, UDP or SCTP, as
			 * the packet has it; 'field' is that of TCP. */
			bool any_l4;
		} set;
		struct {
			struct xlate_subfield src, dst;
		} move;
		be16 tpid; /* PUSH_VLAN */
		struct {
			uint16_t value; /* SET_VLAN_VID: 0..4095, SET_VLAN_PCP: 0..7 */
			/* Set by xlate_actions_check(): the match and earlier actions guarantee a
			 * tag. If they do not, OpenFlow 1.1 and later express the action with a
			 * push_vlan before it. */
			bool has_tag;
		} vlan;
		/* NOTE: its bytes, or NULL. DEC_TTL: IDs of controllers, 16 bits each, big-endian;
		 * NULL is dec_ttl without IDs, which stands for ID 0. */
		struct xlate_bytes *bytes;
		struct xlate_subfield stack; /* STACK_PUSH, STACK_POP */
		struct {
			struct xlate_subfield src;
			uint16_t max_len; /* used if the port is the controller */
		} output_reg;
		struct xlate_actions *nested; /* CLONE, WRITE_ACTIONS, CT */
		be16 eth_type; /* PUSH_MPLS: 0x8847 or 0x8848; POP_MPLS: type of the payload */
		struct {
			uint32_t id;
			uint8_t k, n; /* dimension k (from 1) of n (2..64) */
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
			uint16_t probability;	/* out of 65,535; not 0 */
			uint16_t sampling_port; /* XLATE_PORT_NONE: none */
			uint32_t collector_set_id, obs_domain_id, obs_point_id;
			uint8_t direction; /* 0: unspecified; 1: ingress; 2: egress */
		} sample;
		uint32_t group;
		uint32_t meter;
		struct {
			/* NULL or not empty; see xlate_ct_wrong(). At the same offset as the
			 * union's 'nested'. */
			struct xlate_actions *nested;
			struct xlate_subfield zone_src; /* 16 bits; 'field' NULL: 'zone' is used */
			uint16_t zone;
			uint8_t table;	/* XLATE_TABLE_ALL: no copy is sent to a table */
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
			uint16_t port;	  /* a number, IN_PORT or LOCAL */
			uint32_t max_len; /* bytes of the packet, at least XLATE_TRUNC_MIN */
		} output_trunc;
		struct {
			struct xlate_subfield dst; /* 1 bit */
			uint16_t n_bytes;
		} check_size;
	};
};

/* A list of actions. An action that sets or moves a field has no effect on a packet that does not
 * meet the field's prerequisite. xlate_actions_check() refuses most rules whose match does not
 * guarantee the prerequisite. */
struct xlate_actions {
	size_t n;
	struct xlate_action a[];
};

/* Parses a list such as "output:1,resubmit(,2)". Returns 0, -EINVAL with 'err', or -ENOMEM. */
int xlate_actions_parse(const struct flow_port_names *names, const char *text,
			struct xlate_actions **out, char *err, size_t n_err);
void xlate_actions_print_names(const struct flow_port_names *names, const struct xlate_actions *a,
			       FILE *out);
void xlate_action_print(const struct flow_port_names *names, const struct xlate_action *a,
			FILE *out);

/* How actions are checked that need a header which the match does not guarantee. */
enum xlate_strictness {
	/* OpenFlow 1.0: accepts the actions that 1.0 has; they have no effect on packets without
	 * it */
	XLATE_LENIENT,
	XLATE_STRICT, /* OpenFlow 1.1 and later: refuses them */
};

/* Checks the actions against the match and table of their rule: prerequisites of fields, and the
 * table of goto_table ('table' XLATE_TABLE_ALL: unknown). Sets the field of mod_tp_* to that of the
 * match's protocol. Actions in write_actions need no prerequisite, since they are executed on the
 * packet at the end of the pipeline. Returns 0, or with 'err': -E2BIG (too many VLAN tags), -EBUSY
 * (a conjunction beside other actions), else -EINVAL. */
int xlate_actions_check(struct xlate_actions *a, const struct xlate_match *match, uint8_t table,
			enum xlate_strictness strictness, char *err, size_t n_err);

/* Checks that apply-actions precede clear_actions, write_actions, write_metadata and goto_table,
 * and that these are in this order, each at most once. nested: the list is part of an action, so
 * none of the four is accepted. Returns 0 or -EINVAL with 'err'. */
int xlate_actions_check_order(const struct xlate_actions *a, bool nested, char *err, size_t n_err);

/* Refuses actions that an action set does not execute. where: the owner of the set, for 'err'.
 * Returns 0, -EINVAL with 'err', or -ENOMEM. */
int xlate_action_set_check(const struct xlate_actions *a, const char *where, char *err,
			   size_t n_err);

/* Returns true for the fields that can be set within ct(exec(..)) and nowhere else. */
bool xlate_field_is_ct(const struct flow_field *f);

/* Returns a sentence about the first mistake in a ct action; NULL if there is none. */
const char *xlate_ct_wrong(const struct xlate_action *a);

/* Returns a deep copy, or NULL if there is no memory. */
struct xlate_actions *xlate_actions_copy(const struct xlate_actions *a);

/* Frees a list made with malloc(), and everything that its actions own. Accepts NULL. */
void xlate_actions_free(struct xlate_actions *a);

/* Frees what one action owns; for callers that build a list step by step. */
void xlate_action_clear(struct xlate_action *a);

bool xlate_actions_equal(const struct xlate_actions *a, const struct xlate_actions *b);

/* Equal lists have equal hashes, within one process. */
uint64_t xlate_actions_hash(const struct xlate_actions *a);

/* Returns true if some action outputs to 'port', or to 'group': for deletes with out_port or
 * out_group. */
bool xlate_actions_output_to(const struct xlate_actions *a, uint16_t port);
bool xlate_actions_sends_to_group(const struct xlate_actions *a, uint32_t group);
