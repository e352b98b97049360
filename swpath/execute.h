/* SPDX-License-Identifier: Apache-2.0 */
/* Execution of actions on packets. */
#pragma once

#include "worker.h"

/* Executes 'acts' on a packet of 'from' and consumes it. 'key' and 'ofs' describe the packet and
 * are updated with its changes. Thread: worker. */
void swp_execute(struct swp_worker *w, struct swp_port *from, const struct swp_actions *acts,
		 struct rte_mbuf *m, struct flow_key *key, struct flow_offsets *ofs);

/* As swp_execute(), for a plain packet that has no key, and a list that does not read the key after
 * its compiled edits. */
void swp_execute_plain(struct swp_worker *w, struct swp_port *from, const struct swp_actions *acts,
		       struct rte_mbuf *m, const struct swp_head *h);

/* As swp_execute_plain() for each of 'n' packets, for a list of compiled edits and one output
 * ('only_outputs'). */
void swp_execute_rewrites(struct swp_worker *w, struct swp_port *from,
			  const struct swp_actions *acts, struct rte_mbuf **mbufs,
			  const struct swp_head *heads, unsigned int n);

/* Sends a packet that 'from' received to port 'number'; consumes it. As swp_execute() with this
 * output alone. */
void swp_output(struct swp_worker *w, struct swp_port *from, uint32_t number, struct rte_mbuf *m);
