/* SPDX-License-Identifier: Apache-2.0 */
/* OpenFlow rules: their text, their changes, their statistics.
 *
 * Text is that of ovs-ofctl:
 *     table=1,priority=100,tcp,in_port=2,tp_dst=80,actions=mod_vlan_vid:5,output:3
 *
 * Thread safety: parsing is pure; changes and dumps: control. */
#pragma once

#include <xlate/table_config.h>

/* The key of the OpenFlow pipeline: the packet's key, and the pipeline's own state in host
 * order. */
#define XLATE_REGS 16
struct xlate_key {
	union {
		struct flow_key flow;	       /* of the packet; its in_port is not used */
		struct xlate_ofp_port in_port; /* in its place */
	};
	uint64_t metadata;
	/* in network order, so that two or four adjacent registers form one number */
	be32 reg[XLATE_REGS];
	uint32_t conj_id;    /* of the conjunction that a lookup found */
	uint32_t set_output; /* output port of the action set; XLATE_PORT_UNSET: none, or a group */
};

/* Compares all bytes; a key has no padding. */
static inline bool
xlate_key_equal(const struct xlate_key *a, const struct xlate_key *b)
{
	const void *x = a, *y = b;

	return !memcmp(x, y, sizeof *a);
}

struct xlate_match {
	struct xlate_key key, mask;
};

/* Actions of one rule, in one allocation: action.h. */
struct xlate_actions;

enum xlate_command {
	XLATE_ADD,
	/* non-strict: all rules that the match covers; adds nothing if there are none, as in 1.3 */
	XLATE_MODIFY,
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
	/* ADD: the rule's cookie. Others: only rules whose cookie equals it on 'cookie_mask' are
	 * changed. */
	uint64_t cookie, cookie_mask;
	uint64_t new_cookie; /* MODIFY with 'set_cookie': the new cookie of the rules */
	bool set_cookie;
	uint16_t idle_timeout_s, hard_timeout_s; /* 0: never */
	/* ADD: rules of lower importance are evicted first */
	uint16_t importance;
	bool check_overlap, send_flow_rem;
	/* MODIFY, and ADD that replaces a rule: resets its counts instead of continuing them */
	bool reset_counts;
	bool no_packet_counts, no_byte_counts; /* only shown; they do not turn counting off */
	bool add_if_none;  /* MODIFY adds a rule if there is none to modify, as in 1.0 */
	uint16_t out_port; /* DELETE: only rules that output to this port; XLATE_PORT_NONE: any */
	bool has_out_group;
	uint32_t out_group; /* DELETE, with 'has_out_group': only rules that send to this group */
	struct xlate_actions *actions; /* owned; NULL for DELETE */
};

/* Parses ovs-ofctl flow syntax. 'br' supplies port names and is borrowed during the call. Returns
 * 0, -ENOMEM, or -EINVAL: 'err' then names the mistake, its place and the accepted values. */
int xlate_flow_mod_parse(const struct xlate_bridge *br, const char *text,
			 enum xlate_command command, struct xlate_flow_mod *out, char *err,
			 size_t n_err);
void xlate_flow_mod_free(struct xlate_flow_mod *fm);

/* Applies 'n' changes in order, all or none; translations see none or all of them. On success,
 * takes the actions out of each (their pointers become NULL). MODIFY and DELETE succeed if no rule
 * matches. '*n_rules' (may be NULL) receives how many rules were added, changed or deleted.
 * Returns, with 'err', 0, -EEXIST (overlap), -ENOENT (no such group), -ENXIO (no such meter),
 * -ENOSPC (the table is full, or has too many masks), -E2BIG or -EBUSY (xlate_actions_check()),
 * -EFBIG (xlate_config.rule_fits()), -EINVAL or -ENOMEM. */
int xlate_flow_mods_apply(struct xlate *x, struct xlate_bridge *br, struct xlate_flow_mod *fms,
			  size_t n, size_t *n_rules, char *err, size_t n_err);

/* A rule as a dump shows it; pointers are valid during the callback. */
struct xlate_rule_view {
	uint8_t table;
	uint16_t priority;
	const struct xlate_match *match;
	const struct xlate_actions *actions;
	const struct xlate_actions *old_actions; /* in the event MODIFIED; else NULL */
	uint64_t cookie;
	uint16_t idle_timeout_s, hard_timeout_s;
	uint16_t importance;
	bool send_flow_rem;
	/* Flags of the change that added it; only shown. */
	bool check_overlap, reset_counts, no_packet_counts, no_byte_counts;
	uint64_t created_ns, modified_ns;
	uint64_t order; /* position among the table's rules in the walk of a cursor */
	struct flow_stats stats;
};

/* Calls 'cb' for each rule that 'filter' (a non-strict DELETE; NULL: all) selects, by table and
 * falling priority. Stops if 'cb' returns non-zero and returns that value. */
int xlate_rule_each(const struct xlate_bridge *br, const struct xlate_flow_mod *filter,
		    int (*cb)(const struct xlate_rule_view *rule, void *aux), void *aux);

/* A walk over rules in steps; tables may change between steps.
 *
 * A rule is identified by table, match and priority. A rule that exists during the whole walk is
 * visited exactly once, even if it is modified or replaced meanwhile: in its state at that moment.
 * A rule that is added or removed meanwhile is visited at most once. Order: by table, then by time
 * of addition. A step looks at a bounded number of rules, and needs no memory besides the cursor.
 *
 * Thread: control. */
struct xlate_rule_cursor;

/* Opens a cursor. 'filter' as for xlate_rule_each(); it is copied. The cursor must be closed before
 * its bridge is deleted. Returns 0 or -ENOMEM. */
int xlate_rule_cursor_open(struct xlate_bridge *br, const struct xlate_flow_mod *filter,
			   struct xlate_rule_cursor **out);
/* Looks at up to 'n_looks' rules and calls 'cb' for those that the filter selects. A non-zero
 * return of 'cb' ends the step behind that rule. Returns true if more may follow. */
bool xlate_rule_cursor_step(struct xlate_rule_cursor *cur, unsigned int n_looks,
			    int (*cb)(const struct xlate_rule_view *rule, void *aux), void *aux);
/* Returns true if no later step visits 'rule' (one that a sink reports or a walk shows): the cursor
 * has passed its position, or has visited the rule that it replaces. */
bool xlate_rule_cursor_passed(const struct xlate_rule_cursor *cur,
			      const struct xlate_rule_view *rule);
void xlate_rule_cursor_close(struct xlate_rule_cursor *cur);

/* Prints one line like ovs-ofctl dump-flows; ports by number, without newline. stats: with cookie,
 * duration and counters; else in the form that can be parsed again. */
void xlate_rule_print(const struct xlate_bridge *br, const struct xlate_rule_view *rule, bool stats,
		      uint64_t now_ns, FILE *out);

/* Returns true if 'wide' matches every packet that 'narrow' matches. Both are canonical. */
bool xlate_match_covers(const struct xlate_match *wide, const struct xlate_match *narrow);

/* Print only "priority=..,match", and only "actions": for --json. */
void xlate_match_print(const struct xlate_bridge *br, const struct xlate_match *m, FILE *out);
void xlate_actions_print(const struct xlate_bridge *br, const struct xlate_actions *a, FILE *out);

/* Event of a rule. */
enum xlate_rule_event {
	XLATE_RULE_ADDED, /* also if it replaced a rule with the same match */
	XLATE_RULE_MODIFIED,
	XLATE_RULE_DELETED,
	XLATE_RULE_IDLE,
	XLATE_RULE_HARD,
	XLATE_RULE_GROUP_DELETED, /* deleted with its group */
	XLATE_RULE_METER_DELETED,
	XLATE_RULE_EVICTED,
	XLATE_RULE_REPLACED, /* never reported; the new rule is */
};

/* Receives events, after their change has taken effect. Not reported: a rule that one change adds
 * and removes, and the rules of a deleted bridge. 'rule' is borrowed during the call, which may not
 * change anything. Thread: control. */
struct xlate_rule_sink {
	void *aux;
	void (*on_rule_event)(void *aux, struct xlate_bridge *br, enum xlate_rule_event event,
			      const struct xlate_rule_view *rule);
	/* Returns whether any receiver wants the event; NULL: all events are wanted. */
	bool (*wanted)(void *aux, struct xlate_bridge *br, enum xlate_rule_event event,
		       bool send_flow_rem);
	/* Reports that a change altered a table's vacancy state; never NO_EVENT. */
	void (*on_table_event)(void *aux, struct xlate_bridge *br, uint8_t table,
			       enum xlate_table_event event);
};

/* Sets the sink, which is copied; NULL: none. Thread: control. */
void xlate_rule_sink_set(struct xlate *x, const struct xlate_rule_sink *sink);

/* Rules of one table, and its lookups and matches since the bridge was added, as credited by
 * xlate_record_push(). */
struct xlate_table_stats {
	unsigned int n_rules;
	uint64_t lookups, matches;
};
void xlate_table_stats(const struct xlate_bridge *br, uint8_t table, struct xlate_table_stats *out);
