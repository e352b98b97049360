/* SPDX-License-Identifier: Apache-2.0 */
/* Compiles a megaflow's actions to what a direct rule does, in the order that the device demands: pops,
 * a header rewrite, pushes, the destinations. The counter may be anywhere.
 *
 * Thread safety: pure. */
#pragma once

#include "match.h"

#define MLXDR_SETS_MAX 16 /* 64-bit commands of a rewrite */
#define MLXDR_PUSHES_MAX 2
#define MLXDR_OUTPUTS_MAX 32 /* as the kernel's driver */

/* What of the device and the rule's source a program depends on. */
struct mlxdr_place {
	unsigned int format; /* steering_format_version: 0 is ConnectX-5, 1 ConnectX-6 Dx */
	bool from_wire;
	unsigned int max_destinations; /* log_max_destination: of an array */
};

/* Finds ports. Returns true if the datapath port is on this NIC. */
struct mlxdr_ports {
	bool (*has)(const void *aux, uint32_t port);
	const void *aux;
};

struct mlxdr_program {
	unsigned int n_pops;
	/* set_action_in commands of the PRM, in network byte order */
	uint64_t sets[MLXDR_SETS_MAX];
	unsigned int n_sets;
	uint32_t pushes[MLXDR_PUSHES_MAX]; /* TPID and TCI; the last becomes the outer tag */
	unsigned int n_pushes;
	bool whole; /* correct for whole packets alone, not for IP fragments */
	uint32_t ports[MLXDR_OUTPUTS_MAX]; /* datapath ports, ascending, each once; none: drop */
	unsigned int n_ports;
};

/* Compiles actions. Returns 0, or -EOPNOTSUPP and 'why'. */
int mlxdr_program_compile(const struct mlxdr_place *place, const struct flow_match *m,
			  const struct flow_actions *actions, const struct mlxdr_ports *ports,
			  struct mlxdr_program *out, struct nic_refusal *why);
