/* SPDX-License-Identifier: Apache-2.0 */
/* OpenFlow meters of a bridge: their text, their changes, their statistics.
 *
 * Text is that of ovs-ofctl:
 *     meter=1,kbps,burst,stats,bands=type=drop,rate=1000,burst_size=100
 *
 * Packets meet meters in the datapath, which knows them by numbers of its own, unique among all
 * bridges and never used twice. xlate tells it by a 'struct xlate_meter_sink'.
 *
 * Thread safety: parse is pure; changes: control; dumps: any RCU thread. */
#pragma once

#include <xlate/xlate.h>

#include <flow/meter.h>

/* Meter ids as OpenFlow 1.3 section A.3.4.4. */
#define XLATE_METER_MAX 0xffff0000
/* Virtual meters, which no flow names. CONTROLLER decides which packets are sent to controllers, by
 * actions or for want of a rule; the packet itself goes on. SLOWPATH would meter packets that a handler
 * has to execute one by one, of which there are none. They have bands of type drop. */
#define XLATE_METER_SLOWPATH 0xfffffffd
#define XLATE_METER_CONTROLLER 0xfffffffe
#define XLATE_METER_EVERY 0xffffffff /* DELETE: every meter */

struct xlate_meter_config {
	uint32_t id; /* 1..XLATE_METER_MAX, or a virtual meter */
	/* 'pktps' of 'rates' is OpenFlow's KBPS or PKTPS; these two are kept to be shown. 'burst'
	 * false: burst sizes of bands are 0. */
	bool burst, stats;
	struct flow_meter rates;
};

enum xlate_meter_command {
	XLATE_METER_ADD,    /* -EEXIST when it is there */
	XLATE_METER_MODIFY, /* -ENOENT when it is not; counts begin anew */
	XLATE_METER_DELETE, /* with every flow that it meters; of none: no error */
};

struct xlate_meter_mod {
	enum xlate_meter_command command;
	struct xlate_meter_config config; /* DELETE: 'id' only, may be XLATE_METER_EVERY */
};

/* Returns whether 'id' is that of a meter, virtual or not. */
bool xlate_meter_id_is_valid(uint32_t id);

/* Parses ovs-ofctl meter syntax. An empty text with DELETE is every meter. Returns 0 or -EINVAL with
 * 'err'. */
int xlate_meter_mod_parse(const char *text, enum xlate_meter_command command,
			  struct xlate_meter_mod *out, char *err, size_t n_err);

/* Applies one change. '*n_flows' (may be NULL) receives how many flows went with their meter.
 * Returns, with 'err', 0, -EEXIST, -ENOENT, -EINVAL, -EOPNOTSUPP (a band), -ENOMEM, or what the sink's
 * set() returned. */
int xlate_meter_mod_apply(struct xlate *x, struct xlate_bridge *br,
			  const struct xlate_meter_mod *mm, size_t *n_flows, char *err,
			  size_t n_err);

struct xlate_meter_view {
	const struct xlate_meter_config *config;
	uint32_t dp_meter; /* the datapath's number */
	uint64_t created_ns;
	unsigned int n_refs; /* flows that it meters */
	struct flow_meter_stats stats;
};

/* Calls 'cb' for the meter 'id', or with XLATE_METER_EVERY for all by rising id. Stops when it returns
 * non-zero, and returns that; -ENOMEM. */
int xlate_meter_each(const struct xlate_bridge *br, uint32_t id,
		     int (*cb)(const struct xlate_meter_view *meter, void *aux), void *aux);

/* One step of a walk between whose steps meters may change: calls 'cb' for up to 'n_max' meters by rising
 * id, from '*next' to 'last', and moves '*next' behind them; a non-zero return of 'cb' ends the step
 * behind that meter. A meter that is there all the time is visited once. Returns true while there
 * may be more. */
bool xlate_meter_step(const struct xlate_bridge *br, uint32_t *next, uint32_t last,
		      unsigned int n_max,
		      int (*cb)(const struct xlate_meter_view *meter, void *aux), void *aux);

/* As ovs-ofctl dump-meters and meter-stats print one meter, several lines. */
void xlate_meter_print(const struct xlate_meter_config *config, FILE *out);
void xlate_meter_stats_print(const struct xlate_meter_view *meter, uint64_t now_ns, FILE *out);

/* The datapath, as far as meters go. Without a sink, meters are refused. */
struct xlate_meter_sink {
	void *aux;
	/* Makes the meter, or replaces what it was. 0 or -errno. Thread: control. */
	int (*set)(void *aux, uint32_t dp_meter, const struct flow_meter *rates);
	/* No rule names it any more; megaflows may for a while. Thread: control. */
	void (*del)(void *aux, uint32_t dp_meter);
	/* 0, or -ENOENT. Thread: any RCU thread. */
	int (*stats)(void *aux, uint32_t dp_meter, struct flow_meter_stats *out);
};

/* 'sink' is borrowed until xlate_destroy(). Before the first meter. Thread: control. */
void xlate_meter_sink_set(struct xlate *x, const struct xlate_meter_sink *sink);
