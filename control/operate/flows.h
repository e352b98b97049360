/* SPDX-License-Identifier: Apache-2.0 */
/* Changes of OpenFlow rules, from text into the tables. Flows follow; who has to know when waits for a
 * barrier after it.
 *
 * Thread safety: control only. */
#pragma once

#include <xlate/rule.h>

struct ctl_stack;

#define CTL_FLOWS_ERR_BYTES 2048

/* Parses lines of ovs-ofctl flow syntax, each an addition unless it starts with add, modify,
 * modify_strict, delete or delete_strict; blank lines and what follows a '#' are skipped.
 *
 * replace: puts a deletion of every rule first.
 * On error 'err' names the line. '*out' is an array for ctl_flows_free(). */
int ctl_flows_parse(const struct xlate_bridge *br, const char *text, bool replace,
		    struct xlate_flow_mod **out, size_t *n, char *err, size_t n_err);
void ctl_flows_free(struct xlate_flow_mod *fms, size_t n);

/* Parses and applies, all or none. '*n_rules' may be NULL. */
int ctl_flows_load(struct ctl_stack *s, struct xlate_bridge *br, const char *text, bool replace,
		   size_t *n_rules, char *err, size_t n_err);

/* Replaces all rules of a bridge by "priority=0,actions=NORMAL", or by none. */
int ctl_flows_reset(struct ctl_stack *s, struct xlate_bridge *br, bool normal, char *err,
		    size_t n_err);
