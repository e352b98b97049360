/* SPDX-License-Identifier: Apache-2.0 */
/* Offload in simulated time on the device of bed.h, one round at a time, for tests of single cases.
 *
 * Ports 0 and 1 are on one e-switch, 2 on another, 3 on none. A function that cannot do its work
 * fails the test.
 *
 * Thread safety: the test's thread. */
#pragma once

#include "bed.h"

#include <offload/ofl.h>

struct sim {
	struct bed *bed;
	struct fake_world *fake; /* of the bed, for cases that need it */
	struct ofl *o;
	uint32_t n_ids;
};

extern uint64_t sim_now_ns;

/* Returns the device that sim_start() uses by default. */
struct fake_config sim_device(unsigned int capacity);

void sim_start(struct sim *s, struct ofl_config config, unsigned int capacity);
void sim_start_on(struct sim *s, struct ofl_config config, const struct fake_config *device);

/* Ends both; asserts that nothing is left in the device. */
void sim_end(struct sim *s);

/* Runs 'n' rounds, a microsecond apart. */
void sim_steps(struct sim *s, unsigned int n);

/* Makes the match of a flow, which differs from others by its port and nw_src, its ID. Each device refuses those of
 * FAKE_BAD_FLOW(). */
void sim_match(uint32_t in_port, uint32_t id, struct flow_match *out);

/* Returns a flow with the next ID, with one action or none. */
struct ofl_flow *sim_flow(struct sim *s, uint32_t in_port, const struct flow_action *a);

/* Many flows. */
struct sim_flows {
	struct ofl_flow **flow;
	unsigned int n;
};

/* Adds 'n' flows that the device accepts, with the next IDs and one action or none. */
void sim_flows_add(struct sim *s, struct sim_flows *fs, uint32_t in_port,
		   const struct flow_action *a, unsigned int n);

/* Same as sim_flows_add(), for flows that also match tp_src; see fake_config.refuses_odd. */
void sim_flows_add_odd(struct sim *s, struct sim_flows *fs, uint32_t in_port, unsigned int n);

/* Lets 'ns' pass in steps of 'step_ns', each longer by the time that the device works in it.
 * Returns the time that passed. */
uint64_t sim_pass(struct sim *s, uint64_t ns, uint64_t step_ns);

/* Ends flow 'i'; the last takes its place. */
void sim_flows_end_one(struct sim_flows *fs, unsigned int i);
void sim_flows_end(struct sim_flows *fs);

/* Runs rounds until the device has 'n' rules. */
void sim_until_in(struct sim *s, unsigned int n);

struct ofl_stats sim_stats(const struct sim *s);

enum nic_reason sim_reason(const struct ofl_flow *f);
bool sim_in_hardware(const struct ofl_flow *f);

/* Group setup and teardown: register the test's thread with RCU. */
int sim_thread_start(void **state);
int sim_thread_stop(void **state);
