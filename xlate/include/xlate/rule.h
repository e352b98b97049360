/* SPDX-License-Identifier: Apache-2.0 */
/* OpenFlow rules: their text, their changes, their statistics.
 *
 * Text is that of ovs-ofctl:
 *     table=1,priority=100,tcp,in_port=2,tp_dst=80,actions=mod_vlan_vid:5,output:3
 *
 * Thread safety: parse is pure; changes and dumps: control. */
#pragma once

#include <xlate/table_config.h>

/* The key of the OpenFlow pipeline: the packet's, and what only the pipeline knows, in host order. */
#define XLATE_REGS 16
struct xlate_key {
	struct flow_key flow; /* in_port holds the OpenFlow port number */
	uint64_t metadata;
	be32 reg[XLATE_REGS]; /* in network order, so that two or four in a row are one number */
	uint32_t conj_id;     /* of the conjunction that a lookup found */
	uint32_t
		set_output; /* where the action set sends; XLATE_PORT_UNSET: nowhere, or to a group */
};

struct xlate_match {
	struct xlate_key key, mask;
};

/* Compiled actions of one rule. Opaque; one allocation. */
struct xlate_actions;

enum xlate_command {
	XLATE_ADD,
	XLATE_MODIFY, /* loose: every rule that the match covers; none: adds nothing, as in 1.3 */
	XLATE_MODIFY_STRICT,
	XLATE_DELETE,
	XLATE_DELETE_STRICT,
};

#define XLATE_PRIORITY_DEFAULT 0x8000

/* One change. Made by xlate_flow_mod_parse(), freed by xlate_flow_mod_free(). */
struct xlate_flow_mod {
	enum xlate_command command;
	uint8_t table; /* XLATE_TABLE_ALL: every table; not for ADD */
	uint16_t priority;
	struct xlate_match match;
	/* ADD: the rule's cookie. Else only rules whose cookie equals it on 'cookie_mask' are changed. */
	uint64_t cookie, cookie_mask;
	uint64_t new_cookie; /* MODIFY with 'set_cookie': what the rules get */
	bool set_cookie;
	uint16_t idle_timeout_s, hard_timeout_s; /* 0: never */
	uint16_t importance;			 /* ADD: what has less is evicted first */
	bool check_overlap, send_flow_rem;
	bool reset_counts; /* MODIFY, and ADD in place of a rule: counts begin anew, else they go on */
	bool no_packet_counts, no_byte_counts; /* only shown: counting costs nothing here */
	bool add_if_none;  /* MODIFY: a rule is added when there is none to change, as in 1.0 */
	uint16_t out_port; /* DELETE: only rules that output here; XLATE_PORT_NONE: any */
	bool has_out_group;
	uint32_t out_group; /* DELETE, with 'has_out_group': only rules that send to this group */
	struct xlate_actions *actions; /* owned; NULL for DELETE */
};

/* Parses ovs-ofctl flow syntax. On error 'err' says what is wrong where and what is accepted.
 * 'br' gives port names; it is borrowed during the call. Returns 0, -EINVAL or -ENOMEM. */
int xlate_flow_mod_parse(const struct xlate_bridge *br, const char *text,
			 enum xlate_command command, struct xlate_flow_mod *out, char *err,
			 size_t n_err);
void xlate_flow_mod_free(struct xlate_flow_mod *fm);

/* Applies 'n' changes in order, all or none; translations see none or all of them. Takes the
 * actions out of each (their pointers become NULL), on success.
 * MODIFY and DELETE of nothing is no error. '*n_rules' (may be NULL) receives how many rules were
 * added, changed or deleted. Returns, with 'err', 0, -EEXIST (overlap), -ENOENT (no such group), -ENXIO
 * (no such meter), -ENOSPC (the table is full, or has too many masks), -E2BIG or -EBUSY
 * (xlate_actions_check()), -EFBIG (xlate_config.rule_fits()), -EINVAL or -ENOMEM. */
int xlate_flow_mods_apply(struct xlate *x, struct xlate_bridge *br, struct xlate_flow_mod *fms,
			  size_t n, size_t *n_rules, char *err, size_t n_err);

/* What a dump shows of a rule; pointers are valid during the callback. */
struct xlate_rule_view {
	uint8_t table;
	uint16_t priority;
	const struct xlate_match *match;
	const struct xlate_actions *actions;
	const struct xlate_actions *old_actions; /* while MODIFIED is told; else NULL */
	uint64_t cookie;
	uint16_t idle_timeout_s, hard_timeout_s;
	uint16_t importance;
	bool send_flow_rem;
	/* As it was added; only shown. */
	bool check_overlap, reset_counts, no_packet_counts, no_byte_counts;
	uint64_t created_ns, modified_ns;
	uint64_t order; /* of the table's rules in the walk of a cursor */
	struct flow_stats stats;
};

/* Calls 'cb' for each rule that 'filter' covers loosely (a DELETE flow_mod; NULL: all), by table and
 * falling priority. Stops when it returns non-zero, and returns that. */
int xlate_rule_each(const struct xlate_bridge *br, const struct xlate_flow_mod *filter,
		    int (*cb)(const struct xlate_rule_view *rule, void *aux), void *aux);

/* A walk over rules in steps, between which the tables may change.
 *
 * A rule, known by table, match and priority, that is there from the first step to the last is
 * visited exactly once, also when it is modified or replaced meanwhile: as it is at that moment.
 * One that comes or goes meanwhile is visited at most once. Order: by table, then as rules came. A
 * step looks at a bounded number of rules, and no memory is held but the cursor.
 *
 * Thread: control. */
struct xlate_rule_cursor;

/* 'filter' as for xlate_rule_each(); it is copied. The cursor is closed before its bridge goes.
 * Returns 0 or -ENOMEM. */
int xlate_rule_cursor_open(struct xlate_bridge *br, const struct xlate_flow_mod *filter,
			   struct xlate_rule_cursor **out);
/* Looks at 'n_looks' rules at most, and calls 'cb' for those that are meant; a non-zero return ends the
 * step behind that rule. Returns true while there may be more. */
bool xlate_rule_cursor_step(struct xlate_rule_cursor *cur, unsigned int n_looks,
			    int (*cb)(const struct xlate_rule_view *rule, void *aux), void *aux);
/* Returns true if no later step visits 'rule', one that is told or that a walk shows: the cursor was
 * there, or has visited the rule that it replaces. */
bool xlate_rule_cursor_passed(const struct xlate_rule_cursor *cur,
			      const struct xlate_rule_view *rule);
void xlate_rule_cursor_close(struct xlate_rule_cursor *cur);

/* One line as ovs-ofctl dump-flows prints, ports by number, without newline. 'stats': with cookie,
 * duration and counters; else the form that loads back. */
void xlate_rule_print(const struct xlate_bridge *br, const struct xlate_rule_view *rule, bool stats,
		      uint64_t now_ns, FILE *out);

/* True when every packet that 'narrow' matches, 'wide' matches too. Both canonical. */
bool xlate_match_covers(const struct xlate_match *wide, const struct xlate_match *narrow);

/* "priority=..,match" only, and "actions" only: for --json. */
void xlate_match_print(const struct xlate_bridge *br, const struct xlate_match *m, FILE *out);
void xlate_actions_print(const struct xlate_bridge *br, const struct xlate_actions *a, FILE *out);

/* What happened to a rule. */
enum xlate_rule_event {
	XLATE_RULE_ADDED, /* also in place of one with the same match */
	XLATE_RULE_MODIFIED,
	XLATE_RULE_DELETED,
	XLATE_RULE_IDLE,
	XLATE_RULE_HARD,
	XLATE_RULE_GROUP_DELETED, /* went with its group */
	XLATE_RULE_METER_DELETED,
	XLATE_RULE_EVICTED,
	XLATE_RULE_REPLACED, /* never told: the rule in its place is */
};

/* Who wants to know, once a change is in effect. A rule that comes and goes in one change is not told;
 * nor are the rules of a bridge that goes. 'rule' is borrowed during the call, in which nothing may
 * be changed. Thread: control. */
struct xlate_rule_sink {
	void *aux;
	void (*told)(void *aux, struct xlate_bridge *br, enum xlate_rule_event event,
		     const struct xlate_rule_view *rule);
	/* Whether anybody would hear of it from 'told'; NULL: yes. */
	bool (*wanted)(void *aux, struct xlate_bridge *br, enum xlate_rule_event event,
		       bool send_flow_rem);
	/* What a change made of a table's vacancy; never NO_EVENT. */
	void (*table_told)(void *aux, struct xlate_bridge *br, uint8_t table,
			   enum xlate_table_event event);
};

/* 'sink' is copied; NULL: nobody. Thread: control. */
void xlate_rule_sink_set(struct xlate *x, const struct xlate_rule_sink *sink);

/* Lookups and matches of one table since the bridge was made, credited by record pushes. */
struct xlate_table_stats {
	unsigned int n_rules;
	uint64_t lookups, matches;
};
void xlate_table_stats(const struct xlate_bridge *br, uint8_t table, struct xlate_table_stats *out);
