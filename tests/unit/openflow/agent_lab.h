/* SPDX-License-Identifier: Apache-2.0 */
/* An OpenFlow agent with one bridge, "br0", and no datapath. Its event loop runs turn by turn.
 * Clients connect to the bridge's mgmt socket.
 *
 * Thread safety: the test's thread. */
#pragma once

#include <loop/completion.h>
#include <openflow/agent.h>
#include <wire/ofp.h>

#include <base/clock.h>
#include <base/rcu.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct agent_lab {
	struct agent_modules modules;
	struct event_base *base;
	struct agent *agent;
	struct xlate_bridge *br; /* without rules */
	char dir[32];
	char err[FLOW_ERR_BYTES];
};

struct agent_client {
	int fd; /* non-blocking */
	uint8_t version;
	uint8_t *in; /* bytes read; the first 'at' of them were taken as messages */
	size_t at, n_in, n_alloc;
	bool ended; /* the agent hung up */
};

void agent_lab_open(struct agent_lab *lab);

/* Same as agent_lab_open(), with 'packet_rate' packet-ins a second per peer; 0: the default. */
void agent_lab_open_rate(struct agent_lab *lab, unsigned int packet_rate);
void agent_lab_close(struct agent_lab *lab);

/* Runs one turn of the event loop, without blocking. */
void agent_lab_turn(struct agent_lab *lab);

/* Adds 'n' rules to table 0: "priority=1,dl_dst=i,actions=output:1", cookie i, for i from 'first'. */
void agent_lab_rules(struct agent_lab *lab, unsigned int first, unsigned int n);
void agent_lab_flow(struct agent_lab *lab, enum xlate_command command, const char *text);

/* Connects to the bridge and exchanges HELLOs. */
void agent_client_open(struct agent_lab *lab, uint8_t version, struct agent_client *c);
void agent_client_close(struct agent_client *c);

/* Encodes 'm' and sends it. */
void agent_client_send(struct agent_client *c, const struct ofp_message *m);

/* Reads the bytes available, without blocking. Returns the number of bytes read. */
size_t agent_client_read(struct agent_client *c);

/* Returns the next whole message, valid until the next read; NULL if none has arrived. */
const uint8_t *agent_client_take(struct agent_client *c, size_t *n);

/* Turns and reads until a message of 'type' arrives, and returns it; NULL after 'turns' turns. */
const uint8_t *agent_client_wait(struct agent_lab *lab, struct agent_client *c, uint8_t type,
				 unsigned int turns, size_t *n);
