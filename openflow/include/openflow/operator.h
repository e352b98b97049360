/* SPDX-License-Identifier: Apache-2.0 */
/* Settings and reports of OpenFlow for the operator. Thread safety: control only. */
#pragma once

#include <openflow/agent_config.h>

#include <jansson.h>

struct agent;

/* Does the periodic work, once a second: ports, fail modes, misses for controllers, idle bundles,
 * slow peers, TLS files. */
void agent_tick(struct agent *a, uint64_t now_ns);

/* Replaces the controllers of a bridge; 'n' may be 0. Returns 0, or -errno with 'err'
 * and changes nothing. */
int agent_controllers_set(struct agent *a, const char *bridge, const char *const *targets,
			  unsigned int n, char *err, size_t n_err);

/* Keeps the agent from connecting to controllers, listening for them, and making bridges standalone, until
 * agent_proceed(): the operator restores the tables by RUNDIR/BRIDGE.mgmt. Called before controllers
 * are set. */
void agent_wait(struct agent *a);
void agent_proceed(struct agent *a);

/* Writes the targets of the bridge, at most AGENT_TARGETS_MAX; they are valid until the next
 * set. Returns their number. */
unsigned int agent_controllers_get(struct agent *a, const char *bridge, const char **targets);

/* Sets the fail mode, which takes effect at once. Returns 0 or -ENOENT. */
int agent_fail_mode_set(struct agent *a, const char *bridge, enum agent_fail_mode mode);

/* Returns 0 or -ENOENT. */
int agent_fail_mode_get(struct agent *a, const char *bridge, enum agent_fail_mode *mode);

/* Returns the datapath id that a bridge of this name has on this host unless another is set. It is the
 * same at each start and differs between hosts; its low 48 bits have the form of a locally
 * administered MAC address. */
uint64_t agent_datapath_id_default(const char *bridge);

/* Sets a bridge's datapath id, in place of the one derived from the names of host and bridge. */
int agent_datapath_id_set(struct agent *a, const char *bridge, uint64_t id);

/* Returns a row per controller and connection: bridge, target, state, role, version, counters.
 * 'bridge' NULL: of all bridges. */
json_t *agent_show(struct agent *a, const char *bridge);

/* Returns a row per bridge and counter of its connections' events: bridge, counter, count. */
json_t *agent_counters(struct agent *a, const char *bridge);
