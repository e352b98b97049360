/* SPDX-License-Identifier: Apache-2.0 */
/* Accounts per datapath port: the counts of packets that arrived there, and the number of its
 * flows. An account is never removed, so counts survive the port.
 *
 * Thread safety: any RCU thread. */
#pragma once

#include "surplus.h"

#include <base/lock.h>
#include <base/rcu_table.h>
#include <upcall/upc.h>

enum account_part { ACCOUNT_SW, ACCOUNT_HW, ACCOUNT_UPCALLED, ACCOUNT_N_PARTS };

struct account {
	struct cds_lfht_node node;
	struct rcu_deferred deferred;
	uint32_t port;
	_Atomic unsigned int n_flows;
	_Atomic unsigned int n_leaving; /* of these, being evicted */
	atomic_bool offloaded;		/* the port is, or was, offered to a NIC */
	atomic_bool refused;	     /* the port was refused a flow for lack of room since the last
				 * accounts_share_out() */
	struct surplus surplus;	     /* flows to give up in the present sweep */
	unsigned int n_shared_out;   /* flows that stayed at the last accounts_share_out() */
	_Atomic uint64_t handler_ns; /* that handlers spent on packets of the port (cost.h) */
	struct mutex mu;
	struct flow_stats parts[ACCOUNT_N_PARTS] GUARDED_BY(mu);
	uint64_t n_recirculated GUARDED_BY(mu); /* packets of all parts */
};

struct accounts;

int accounts_create(struct accounts **out);

/* No other thread may use it. The caller is RCU-online. */
void accounts_destroy(struct accounts *a);

/* Finds or creates the account of a port. Valid until accounts_destroy(). NULL if out of
 * memory. o: NULL if there is no NIC. */
struct account *accounts_get(struct accounts *a, struct ofl *o, uint32_t port);

/* Returns NULL if the port has no account. */
struct account *accounts_find(struct accounts *a, uint32_t port);

/* Begins the surplus of each port anew: the flows above 'limit', and those that the port must give
 * up so that ports below their share find room. Returns true if a port has a surplus. O(ports). */
bool accounts_share_out(struct accounts *a, unsigned int limit);

/* Chooses the flows of the surplus, after all were noted: as many fewer as the port has fewer flows
 * than at accounts_share_out(), since some left for being idle, for example. O(ports). */
void accounts_cut(struct accounts *a);

/* Marks the ports that a NIC may forward for. Returns true if one was not marked before: its flows
 * may have counts in hardware from here on. O(ports). */
bool accounts_mark_offloaded(struct accounts *a, struct ofl *o);

/* Adds the megaflows that exist and were not offered, as their port has no NIC, to the numbers of
 * megaflows in software. port: UINT32_MAX for all ports. O(ports). */
void accounts_add_unoffered(struct accounts *a, struct ofl *o, uint32_t port,
			    struct ofl_stats *stats);

/* Adds to a part; n_recirculated: how many of its packets were of flows with a recirc_id. */
void account_add(struct account *a, enum account_part part, const struct flow_stats *delta,
		 uint64_t n_recirculated);
