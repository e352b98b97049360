/* SPDX-License-Identifier: Apache-2.0 */
/* OpenFlow meters of a bridge: their text, their changes, their statistics.
 *
 * Text is that of ovs-ofctl:
 *     meter=1,kbps,burst,stats,bands=type=drop,rate=1000,burst_size=100
 *
 * Packets are metered in the datapath. It identifies meters by numbers of its own, unique among all
 * bridges and never reused. xlate configures them through a 'struct xlate_meter_sink'.
 *
 * Thread safety: parsing is pure; changes: control; dumps: any RCU thread. */
#pragma once

#include <xlate/xlate.h>

#include <flow/meter.h>

/* Meter ids as OpenFlow 1.3 section A.3.4.4. */
#define XLATE_METER_MAX 0xffff0000
/* Virtual meters, to which no flow refers. CONTROLLER meters the packets that are sent to
 * controllers, by actions or after a table miss; the packet itself continues. SLOWPATH is for
 * packets that a handler must execute one by one; Tandem has none. Both have bands of type drop. */
#define XLATE_METER_SLOWPATH 0xfffffffd
#define XLATE_METER_CONTROLLER 0xfffffffe
#define XLATE_METER_EVERY 0xffffffff /* DELETE: every meter */

struct xlate_meter_config {
	uint32_t id; /* 1..XLATE_METER_MAX, or a virtual meter */
	/* rates.pktps selects OpenFlow's PKTPS or KBPS. 'burst' and 'stats' are kept only to be
	 * shown; if 'burst' is false, the burst sizes of all bands are 0. */
	bool burst, stats;
	struct flow_meter rates;
};

enum xlate_meter_command {
	XLATE_METER_ADD,    /* -EEXIST if the meter exists */
	XLATE_METER_MODIFY, /* -ENOENT if it does not exist; resets its counts */
	/* also deletes the flows that it meters; succeeds if it does not exist */
	XLATE_METER_DELETE,
};

struct xlate_meter_mod {
	enum xlate_meter_command command;
	struct xlate_meter_config config; /* DELETE: only 'id', which may be XLATE_METER_EVERY */
};

/* Returns true if 'id' is that of a meter, virtual or not. */
bool xlate_meter_id_is_valid(uint32_t id);

/* Parses ovs-ofctl meter syntax. An empty text with DELETE stands for every meter. Returns 0, or
 * -EINVAL with 'err'. */
int xlate_meter_mod_parse(const char *text, enum xlate_meter_command command,
			  struct xlate_meter_mod *out, char *err, size_t n_err);

/* Applies one change. '*n_flows' (may be NULL) receives how many flows were deleted with their
 * meter. Returns, with 'err', 0, -EEXIST, -ENOENT, -EINVAL, -EOPNOTSUPP (a band), -ENOMEM, or an
 * error of the sink's set(). */
int xlate_meter_mod_apply(struct xlate *x, struct xlate_bridge *br,
			  const struct xlate_meter_mod *mm, size_t *n_flows, char *err,
			  size_t n_err);

struct xlate_meter_view {
	const struct xlate_meter_config *config;
	uint32_t dp_meter; /* the datapath's number */
	uint64_t created_ns;
	unsigned int n_refs; /* number of flows that it meters */
	struct flow_meter_stats stats;
};

/* Calls 'cb' for the meter 'id', or for all meters by rising id if it is XLATE_METER_EVERY. Stops
 * if 'cb' returns non-zero and returns that value; else returns 0 or -ENOMEM. */
int xlate_meter_each(const struct xlate_bridge *br, uint32_t id,
		     int (*cb)(const struct xlate_meter_view *meter, void *aux), void *aux);

/* One step of a walk; meters may change between steps. Calls 'cb' for up to 'n_max' meters by
 * rising id, from '*next' to 'last', and sets '*next' behind the last one. A non-zero return of
 * 'cb' ends the step behind that meter. A meter that exists during the whole walk is visited once.
 * Returns true if more may follow. */
bool xlate_meter_step(const struct xlate_bridge *br, uint32_t *next, uint32_t last,
		      unsigned int n_max,
		      int (*cb)(const struct xlate_meter_view *meter, void *aux), void *aux);

/* Print one meter as ovs-ofctl dump-meters and meter-stats do, in several lines. */
void xlate_meter_print(const struct xlate_meter_config *config, FILE *out);
void xlate_meter_stats_print(const struct xlate_meter_view *meter, uint64_t now_ns, FILE *out);

/* The meters of the datapath. Without a sink, meters are refused. */
struct xlate_meter_sink {
	void *aux;
	/* Adds or replaces the meter. Returns 0 or -errno. Thread: control. */
	int (*set)(void *aux, uint32_t dp_meter, const struct flow_meter *rates);
	/* Removes the meter. No rule refers to it any more, but megaflows may for a while. Thread:
	 * control. */
	void (*del)(void *aux, uint32_t dp_meter);
	/* Reads the meter's counts. Returns 0 or -ENOENT. Thread: any RCU thread. */
	int (*stats)(void *aux, uint32_t dp_meter, struct flow_meter_stats *out);
};

/* 'sink' is borrowed until xlate_destroy(). Called before the first meter is added. Thread:
 * control. */
void xlate_meter_sink_set(struct xlate *x, const struct xlate_meter_sink *sink);
