/* SPDX-License-Identifier: Apache-2.0 */
/* Match parameters of direct rules: the fields of fte_match_param that the driver uses, with the names
 * of the PRM (Mellanox Adapters Programmer's Reference Manual).
 *
 * Thread safety: constant data and pure functions. */
#pragma once

#include <stdint.h>

enum mlxdr_param {
	/* fte_match_set_lyr_2_4, outer headers */
	MLXDR_SMAC_47_16,
	MLXDR_SMAC_15_0,
	MLXDR_ETHERTYPE,
	MLXDR_DMAC_47_16,
	MLXDR_DMAC_15_0,
	MLXDR_FIRST_PRIO,
	MLXDR_FIRST_VID,
	MLXDR_IP_PROTOCOL,
	MLXDR_IP_DSCP,
	MLXDR_IP_ECN,
	MLXDR_CVLAN_TAG,
	MLXDR_SVLAN_TAG,
	MLXDR_FRAG,
	MLXDR_IP_VERSION,
	MLXDR_TCP_FLAGS,
	MLXDR_TCP_SPORT,
	MLXDR_TCP_DPORT,
	MLXDR_TTL_HOPLIMIT,
	MLXDR_UDP_SPORT,
	MLXDR_UDP_DPORT,
	MLXDR_SRC_IP_127_96, /* IPv4: in 31_0 */
	MLXDR_SRC_IP_95_64,
	MLXDR_SRC_IP_63_32,
	MLXDR_SRC_IP_31_0,
	MLXDR_DST_IP_127_96,
	MLXDR_DST_IP_95_64,
	MLXDR_DST_IP_63_32,
	MLXDR_DST_IP_31_0,
	/* fte_match_set_misc */
	MLXDR_SOURCE_PORT,
	MLXDR_SECOND_PRIO,
	MLXDR_SECOND_VID,
	MLXDR_SECOND_CVLAN_TAG,
	MLXDR_SECOND_SVLAN_TAG,
	MLXDR_IPV6_FLOW_LABEL,
	/* fte_match_set_misc2 */
	MLXDR_METADATA_REG_C_0,
	MLXDR_N_PARAMS,
};

#define MLXDR_GROUP_BITS 512
#define MLXDR_MATCH_BYTES (4 * MLXDR_GROUP_BITS / 8) /* outer, misc, inner, misc2 */

/* Headers that the device looks at in one entry, at most: bits of 'entry' of a row. */
enum mlxdr_entry {
	MLXDR_ENTRY_SOURCE = 1 << 0,
	MLXDR_ENTRY_L2_DST = 1 << 1,
	MLXDR_ENTRY_L2_SRC = 1 << 2,
	MLXDR_ENTRY_IP_SRC = 1 << 3,
	MLXDR_ENTRY_IP_DST = 1 << 4,
	MLXDR_ENTRY_IP_TTL = 1 << 5,
	MLXDR_ENTRY_L4 = 1 << 6,
	MLXDR_ENTRY_REG = 1 << 7,
};

struct mlxdr_param_row {
	const char *name;
	uint16_t at;   /* first bit */
	uint8_t width; /* bits, at most 32 */
	uint8_t entry; /* enum mlxdr_entry */
};

extern const struct mlxdr_param_row mlxdr_params[MLXDR_N_PARAMS];

/* Returns the bit of match_criteria_enable of the group that has the parameter. */
uint8_t mlxdr_param_criterion(enum mlxdr_param p);
