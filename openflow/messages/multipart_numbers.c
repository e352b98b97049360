/* SPDX-License-Identifier: Apache-2.0 */
#include "messages/multipart_numbers.h"

#include "wire/wire.h"

#define V10 OFP_VERSION_10
#define V13 OFP_VERSION_13
#define V14 OFP_VERSION_14
#define V15 OFP_VERSION_15
#define NONE UINT8_MAX

/* Numbers introduced by 1.1 or later do not exist in 1.0, except port_desc, which Open
 * vSwitch has there. */
static const struct {
	uint8_t code, first; /* 'first' NONE: only in experimenters' messages */
} codes[OFP_N_STATS] = {
	[OFP_STATS_DESC] = {0, V10},
	[OFP_STATS_FLOW] = {1, V10},
	[OFP_STATS_AGGREGATE] = {2, V10},
	[OFP_STATS_TABLE] = {3, V10},
	[OFP_STATS_PORT] = {4, V10},
	[OFP_STATS_QUEUE] = {5, V10},
	[OFP_STATS_GROUP] = {6, V13},
	[OFP_STATS_GROUP_DESC] = {7, V13},
	[OFP_STATS_GROUP_FEATURES] = {8, V13},
	[OFP_STATS_METER] = {9, V13},
	[OFP_STATS_METER_CONFIG] = {10, V13},
	[OFP_STATS_METER_FEATURES] = {11, V13},
	[OFP_STATS_TABLE_FEATURES] = {12, V13},
	[OFP_STATS_PORT_DESC] = {13, V10},
	[OFP_STATS_TABLE_DESC] = {14, V14},
	[OFP_STATS_QUEUE_DESC] = {15, V14},
	[OFP_STATS_FLOW_MONITOR] = {16, V14},
	[OFP_STATS_IPFIX_BRIDGE] = {0, NONE},
	[OFP_STATS_IPFIX_FLOW] = {0, NONE},
};

static const struct {
	enum ofp_stats kind;
	uint8_t first, last;
	struct ofp_multipart_number number;
} experimenters[] = {
	{OFP_STATS_FLOW, V10, V10, {OFP_NICIRA, 0}},
	{OFP_STATS_AGGREGATE, V10, V10, {OFP_NICIRA, 1}},
	{OFP_STATS_FLOW_MONITOR, V10, V10, {OFP_NICIRA, 2}},
	{OFP_STATS_FLOW_MONITOR, V13, V13, {OFP_ONF, 1870}},
	{OFP_STATS_IPFIX_BRIDGE, V10, V15, {OFP_NICIRA, 3}},
	{OFP_STATS_IPFIX_FLOW, V10, V15, {OFP_NICIRA, 4}},
	{OFP_STATS_GROUP, V10, V10, {OFP_NICIRA, 7}},
	{OFP_STATS_GROUP_DESC, V10, V10, {OFP_NICIRA, 8}},
	{OFP_STATS_GROUP_FEATURES, V10, V10, {OFP_NICIRA, 9}},
};
#define N_EXPERIMENTERS (sizeof experimenters / sizeof experimenters[0])

bool
ofp_multipart_number(enum ofp_stats kind, bool experimenter, uint8_t version,
		     struct ofp_multipart_number *out)
{
	if (!experimenter) {
		*out = (struct ofp_multipart_number){0, codes[kind].code};
		return version >= codes[kind].first;
	}
	for (size_t i = 0; i < N_EXPERIMENTERS; i++) {
		*out = experimenters[i].number;
		if (experimenters[i].kind == kind && version >= experimenters[i].first &&
		    version <= experimenters[i].last)
			return true;
	}
	return false;
}
