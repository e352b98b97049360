/* SPDX-License-Identifier: Apache-2.0 */
/* Changes of OpenFlow rules, from text into the tables. Megaflows follow later; a barrier waits
 * for them.
 *
 * Thread safety: control only. */
#pragma once

#include <xlate/rule.h>

struct ctl_stack;

#define CTL_FLOWS_ERR_BYTES 2048

/* Parses lines of ovs-ofctl flow syntax. A line adds a flow unless it starts with add, modify,
 * modify_strict, delete or delete_strict. Blank lines and comments, from '#' to the end of the
 * line, are skipped. With 'replace', the first change deletes every rule. Returns 0 and an array
 * for ctl_flows_free(), or -errno with 'err', which names the line. */
int ctl_flows_parse(const struct xlate_bridge *br, const char *text, bool replace,
		    struct xlate_flow_mod **out, size_t *n, char *err, size_t n_err);
void ctl_flows_free(struct xlate_flow_mod *fms, size_t n);

/* Parses changes and applies all or none. '*n_rules' (may be NULL) receives how many rules changed.
 * Returns 0, or -errno with 'err'. */
int ctl_flows_load(struct ctl_stack *s, struct xlate_bridge *br, const char *text, bool replace,
		   size_t *n_rules, char *err, size_t n_err);

/* Replaces all rules of a bridge by "priority=0,actions=NORMAL" if 'normal', else by none. Returns
 * 0, or -errno with 'err'. */
int ctl_flows_reset(struct ctl_stack *s, struct xlate_bridge *br, bool normal, char *err,
		    size_t n_err);
