/* SPDX-License-Identifier: Apache-2.0 */
/* A meter: a rate that packets share, and the treatment of packets that exceed it.
 *
 * Each band has its own token bucket. If a packet finds too few tokens in some bands, the one of
 * them with the highest rate treats it. Buckets start full.
 *
 * Thread safety: plain data. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define FLOW_METER_BANDS_MAX 8

enum flow_meter_band_type {
	FLOW_METER_DROP,
	FLOW_METER_DSCP_REMARK, /* raises the drop precedence of an assured-forwarding DSCP */
	FLOW_N_METER_BANDS,
};

struct flow_meter_band {
	enum flow_meter_band_type type;
	uint32_t rate;	    /* kbit/s or packets/s; not 0 */
	uint32_t burst;	    /* kbit or packets; 0 means one second's worth */
	uint8_t prec_level; /* DSCP_REMARK: levels to raise, 1.. */
};

struct flow_meter {
	bool pktps; /* packets per second, otherwise kbit/s */
	uint8_t n_bands;
	struct flow_meter_band band[FLOW_METER_BANDS_MAX];
};

struct flow_meter_count {
	uint64_t packets, bytes;
};

struct flow_meter_stats {
	struct flow_meter_count in;			    /* all packets received */
	struct flow_meter_count band[FLOW_METER_BANDS_MAX]; /* packets that the band treated */
};
