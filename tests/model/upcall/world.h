/* SPDX-License-Identifier: Apache-2.0 */
/* The fake host under the real xlate/, offload/ and upcall/.
 *
 * Bridge br0 has ports p1..pN, whose OpenFlow and datapath numbers are 1..N. Table 0 has a rule
 * per port that counts its packets and goes to table 1, which tests change.
 *
 * Thread safety: control, unless stated otherwise. */
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
	unsigned int n_ports, n_offloaded; /* the first 'n_offloaded' ports are offered to the
					    * NIC */
	void (*learned)(void *aux);	   /* xlate_config's */
	void *learned_aux;
	struct fake_nic_config nic;
	struct upc_config upc; /* world_start() fills in the parts that upcall/ uses */
};

void world_start(struct world *w, const struct world_config *c);
void world_stop(struct world *w);

void world_port_add(struct world *w, uint32_t port);
void world_port_del(struct world *w, uint32_t port);

/* Applies a flow mod in ovs-ofctl's syntax. */
void world_flow(struct world *w, enum xlate_command command, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Returns the count of a port's counting rule. Thread: any RCU thread. */
struct fake_count world_rule_count(struct world *w, uint32_t port);

/* Returns a UDP packet of flow 'i' from a host of 'port', 10.0.port.(i % 4), to 10.0.0.(i % 8);
 * i also varies MAC addresses and UDP ports. */
struct flow_key world_key(uint32_t port, uint32_t i);

/* Waits until no handler has packets to treat. */
void world_quiet(struct world *w);

/* Compares upcall/'s statistics of every port, and the rules of all ports but 'unruled', with
 * the fake's own record. Prints 'seed' if the test fails. */
void world_check(struct world *w, uint32_t unruled, uint64_t seed);
