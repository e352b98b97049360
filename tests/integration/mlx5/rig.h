/* SPDX-License-Identifier: Apache-2.0 */
/* The driver on the emulated ConnectX, used as offload/ uses it. A failing step fails the test.
 * A test calls these functions from one thread. */
#pragma once
#include <mlx5/mlx5.h>
#include <walk.h>

#define RIG_PORTS 4 /* datapath ports 0, the wire, to 3, vports 1 to 3 */

struct rig {
	struct nic *nic;
};

/* The vport of a datapath port. */
uint16_t rig_vport(uint32_t port);

/* Adds a port to a NIC that may not exist yet. Returns what port_add() does. */
int rig_port_add(struct rig *rig, uint32_t port, struct nic_refusal *why);

/* Starts the device and adds all ports. */
void rig_start(struct rig *rig, const struct emu_config *config);

/* Removes the ports, and checks that the device has no object left and that none had leaked. */
void rig_stop(struct rig *rig);

/* Insert or remove a rule and poll its result. Returns 0 or the event's error and 'why'. */
int rig_insert(struct rig *rig, struct nic_rule *rule, struct nic_refusal *why);
int rig_remove(struct rig *rig, struct nic_rule *rule);

/* Compiles a rule of texts as `tandem megaflow dump` has them. Returns what compile() does. */
int rig_compile(struct rig *rig, const char *match, const char *actions, unsigned prio,
		struct nic_counter *counter, struct nic_rule **rule, struct nic_refusal *why);

/* Compile and insert a rule; remove and free it. */
struct nic_rule *rig_add(struct rig *rig, const char *match, const char *actions, unsigned prio,
			 struct nic_counter *counter);
void rig_drop(struct rig *rig, struct nic_rule *rule);

struct nic_counter *rig_counter_new(struct rig *rig);

/* What a counter has, once it is final. */
struct nic_count rig_read(struct rig *rig, struct nic_counter *counter);

/* Takes one event. Returns false if there is none. */
bool rig_poll(struct rig *rig, struct nic_event *event);
