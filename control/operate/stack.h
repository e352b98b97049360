/* SPDX-License-Identifier: Apache-2.0 */
/* operate/: what an operator can do or see, through all modules: ports, links, mirrors, rules,
 * audits. Words of a command or keys of a file are parsed here only if both have them.
 *
 * The modules that the daemon composes, and what the control thread keeps beside them. Types only.
 *
 * Thread safety: control only (RCU-registered, online). */
#pragma once

#include <offload/ofl.h>
#include <swpath/swp.h>
#include <upcall/upc.h>
#include <xlate/meter.h>

struct ctl_agent;
struct ctl_completions;
struct ctl_config;
struct ctl_links;
struct ctl_rpc;
struct ctl_wake;

struct ctl_stack {
	struct log *log;		 /* borrowed */
	const struct ctl_config *config; /* borrowed */
	struct swp *swp;
	struct xlate *xlate;
	struct ofl *ofl;
	struct upc *upc;
	struct xlate_meter_sink meters; /* of the software path, for the tables */
	uint64_t started_ns;
	struct ctl_agent *agent;  /* borrowed; NULL: no OpenFlow */
	struct ctl_links *links;  /* borrowed; NULL: links are not followed */
	struct ctl_wake *retired; /* borrowed: wakes who calls xlate_sweep(); NULL: nobody does */
	struct ctl_wake *learned; /* likewise xlate_learned_apply() */
	struct ctl_completions *completions; /* borrowed; of calls that do not block */
	struct ctl_rpc *rpc;		     /* borrowed; NULL: nobody is served yet */
	unsigned int n_flows_avg;	     /* moving average of the number of megaflows */
	void (*stop)(void *aux);	     /* what the exit command calls */
	void *aux;
};
