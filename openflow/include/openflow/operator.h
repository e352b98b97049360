/* SPDX-License-Identifier: Apache-2.0 */
/* What the operator sets and sees of OpenFlow. Thread safety: control only. */
#pragma once

#include <openflow/agent_config.h>

#include <jansson.h>

struct ctl_agent;

/* What is due each second: links, fail modes, waiting peers. */
void ctl_agent_tick(struct ctl_agent *a, uint64_t now_ns);

/* Replaces the controllers of a bridge; none is accepted. 0, or -errno with 'err': nothing changed. */
int ctl_agent_controllers_set(struct ctl_agent *a, const char *bridge, const char *const *targets,
			      unsigned int n, char *err, size_t n_err);

/* Writes the targets there are, CTL_AGENT_TARGETS_MAX at most; valid until the next set. Returns how
 * many. */
unsigned int ctl_agent_controllers_get(struct ctl_agent *a, const char *bridge,
				       const char **targets);

/* Takes effect at once. -ENOENT. */
int ctl_agent_fail_mode_set(struct ctl_agent *a, const char *bridge, enum ctl_fail_mode mode);

/* -ENOENT. */
int ctl_agent_fail_mode_get(struct ctl_agent *a, const char *bridge, enum ctl_fail_mode *mode);

/* A bridge's own datapath id in place of the one made of host and bridge name. */
int ctl_agent_datapath_id_set(struct ctl_agent *a, const char *bridge, uint64_t id);

/* A row per controller and connection: bridge, target, state, role, version, counters. 'bridge' NULL:
 * every one. */
json_t *ctl_agent_show(struct ctl_agent *a, const char *bridge);

/* A row per bridge and counter of what befell connections: bridge, counter, count. */
json_t *ctl_agent_counters(struct ctl_agent *a, const char *bridge);
