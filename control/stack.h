/* SPDX-License-Identifier: Apache-2.0 */
/* The composition of Tandem's modules: what a command works on.
 *
 * Order: log, EAL, software path, tables, offload, upcalls; taken down in reverse.
 * Thread safety: control only (RCU-registered, online). */
#pragma once

#include "config.h"

#include <offload/ofl.h>
#include <swpath/swp.h>
#include <upcall/upc.h>
#include <xlate/meter.h>

struct ctl_agent;
struct ctl_completions;
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

/* EAL is initialised. On error nothing is left. */
int ctl_stack_start(struct ctl_stack *s, char *err, size_t n_err);

/* Removes every port, stops every thread. Blocks. */
void ctl_stack_stop(struct ctl_stack *s);

/* Makes the bridges, ports and flows of the configuration. On error some may be there: stop. */
int ctl_stack_populate(struct ctl_stack *s, char *err, size_t n_err);

/* What is due each second: timeouts of rules and MACs, averages. */
void ctl_stack_tick(struct ctl_stack *s, uint64_t now_ns);
