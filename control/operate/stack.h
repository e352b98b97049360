/* SPDX-License-Identifier: Apache-2.0 */
/* operate/: operations and views that span modules: ports, links, mirrors, rules, audits. Words
 * that both a command and the configuration file use are parsed here; others by their users.
 *
 * The modules that the daemon composes, and the state that the control thread keeps beside them.
 * Types only.
 *
 * Thread safety: control only (RCU-registered, online). */
#pragma once

#include "operate/offload_driver.h"

#include <offload/ofl.h>
#include <swpath/swp.h>
#include <upcall/upc.h>
#include <xlate/meter.h>

struct agent;
struct loop_completions;
struct ctl_config;
struct ctl_datapath;
struct ctl_kernel;
struct ctl_links;
struct ctl_restore;
struct ctl_rpc;
struct ctl_zone_timeouts;
struct loop_wake;

struct ctl_stack {
	struct log *log;		 /* borrowed */
	const struct ctl_config *config; /* borrowed */
	const struct ctl_datapath *datapath;
	struct ctl_offload_choice nics;	    /* that ports are offered to; all zero: none */
	struct dp *dp;			    /* of the datapath */
	char dp_name[32];		    /* as Open vSwitch's tools write it: TYPE@NAME */
	struct swp *swp;		    /* NULL: the kernel's datapath */
	struct ctl_kernel *kernel;	    /* NULL: the software path */
	bool keep_datapath;		    /* 'kernel' outlives the daemon */
	struct ctl_zone_timeouts *timeouts; /* policies of the datapath */
	struct xlate *xlate;
	struct ofl *ofl;
	struct upc *upc;
	struct xlate_meter_sink meters; /* meters of the datapath, used by the tables */
	uint64_t started_ns;
	struct agent *agent;	     /* borrowed; NULL: no OpenFlow */
	struct ctl_links *links;     /* borrowed; NULL: links are not monitored */
	struct ctl_restore *restore; /* borrowed; NULL before the daemon has its stack */
	struct loop_wake *retired;   /* borrowed; causes xlate_reclaim(); may be NULL */
	struct loop_wake *learned;   /* borrowed; causes xlate_learned_apply(); may be NULL */
	struct loop_completions *completions; /* borrowed; for calls that do not block */
	struct ctl_rpc *rpc;		      /* borrowed; NULL before the socket exists */
	unsigned int n_flows_avg;	      /* moving average of the number of megaflows */
	unsigned int n_ticks;		      /* seconds since the start */
	void (*stop)(void *aux);	      /* called by the exit command */
	void *aux;
};
