/* SPDX-License-Identifier: Apache-2.0 */
/* The fake host under the real xlate/, offload/ and upcall/.
 *
 * Bridge br0 has ports p1..pN, whose OpenFlow and datapath numbers are 1..N. Table 0 has a rule per
 * port that counts its packets and goes on in table 1, which is what tests change.
 *
 * Thread safety: control, except where said. */
#pragma once

#include "fake.h"

#include <upcall/upc.h>
#include <xlate/rule.h>

struct world {
	struct fake f;
	struct xlate *x;
	struct ofl *o;
	struct upc *u;
	unsigned int n_ports;
};

struct world_config {
	uint64_t seed;
	unsigned int n_ports, n_offloaded; /* the first of the ports are offered to the NIC */
	void (*learned)(void *aux);	   /* xlate_config's */
	void *learned_aux;
	struct fake_nic_config nic;
	struct upc_config upc; /* what it runs on is filled in */
};

void world_start(struct world *w, const struct world_config *c);
void world_stop(struct world *w);

void world_port_add(struct world *w, uint32_t port);
void world_port_del(struct world *w, uint32_t port);

/* Text in ovs-ofctl's flow syntax. */
void world_flow(struct world *w, enum xlate_command command, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* What the counting rule of a port says. Thread: any RCU thread. */
struct fake_count world_rule_count(struct world *w, uint32_t port);

/* A UDP packet of flow 'i' from host 1.. to host .. (i varies both and the ports). */
struct flow_key world_key(uint32_t port, uint32_t i);

/* Returns when no handler has packets to treat. */
void world_quiet(struct world *w);

/* Compares what upcall/ says of every port, and the rules of all ports but 'unruled', with the
 * fake's own record. Fails the test with 'seed'. */
void world_check(struct world *w, uint32_t unruled, uint64_t seed);
