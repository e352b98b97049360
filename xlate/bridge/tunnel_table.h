/* SPDX-License-Identifier: Apache-2.0 */
/* Tunnel ports, by what they receive. Several have one datapath port, which receives for all of them.
 *
 * A port states the key, the far and the near end of its tunnel, or leaves them open, which makes 12
 * kinds of ports. A lookup tries the kinds that exist, in the order of Open vSwitch: those with a key
 * before those without, then those with a far end, then those with a near end; so no two ports are
 * equal candidates. Example, for a packet with key 5 from 10.0.0.1: "remote=flow key=5" is
 * found before "remote=10.0.0.1 key=flow".
 *
 * Cost of a lookup: a hash for each kind that exists, whatever the number of ports.
 *
 * Thread safety: lookups: any RCU thread. Others: the control thread. */
#pragma once

#include <base/rcu_table.h>
#include <flow/key.h>
#include <xlate/tunnel.h>

#include <stdatomic.h>

struct port;

#define TUNNEL_KINDS 12

struct tunnel_table {
	struct rcu_table *ports;
	_Atomic unsigned int n[TUNNEL_KINDS]; /* ports of each kind */
};

/* Returns 0 or -ENOMEM. tunnel_table_free() requires an empty table. */
int tunnel_table_init(struct tunnel_table *t);
void tunnel_table_free(struct tunnel_table *t);

/* Add and remove a port with 'config.tunnel'. */
void tunnel_table_add(struct tunnel_table *t, struct port *p);
void tunnel_table_del(struct tunnel_table *t, struct port *p);

/* Returns the port that receives the same as a new port would; NULL if there is none. */
struct port *tunnel_table_same(const struct tunnel_table *t, uint32_t dp_port,
			       const struct xlate_tunnel *tunnel);

/* Returns the port that receives a packet; NULL if there is none. Adds the fields that the choice depends
 * on to 'looked', which is a mask. */
struct port *tunnel_table_find(const struct tunnel_table *t, const struct flow_key *packet,
			       struct flow_tunnel *looked);
