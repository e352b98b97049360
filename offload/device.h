/* SPDX-License-Identifier: Apache-2.0 */
/* A NIC as offload sees it: its rules on their way, and its counters.
 *
 * Thread safety: the offload thread. */
#pragma once

#include "flow.h"
#include "room.h"

#include <flow/nic.h>

#define DEVICE_BUCKETS 1024

struct device {
	struct nic *nic;
	struct cds_list_head link; /* in ofl.devices */
	struct cds_list_head ports;
	unsigned int n_down; /* ofl_device_down() without ofl_device_up() */
	/* Slots on their way, by where they are. */
	struct cds_list_head replaces; /* QUEUED, a stand-in treats their packets meanwhile */
	struct cds_list_head turns;    /* ports with slots QUEUED, whose turn it is first */
	struct cds_list_head removals; /* LEAVING */
	struct cds_list_head stuck;    /* LEAVING, refused before; in order of due_ns */
	/* Handed to the device, by rule. */
	struct cds_list_head in_flight[DEVICE_BUCKETS];
	unsigned int n_in_flight;
	unsigned int n_rules; /* that the device has, also on their way out */
	struct shapes shapes;
	struct cds_list_head opened; /* shapes that are not halted any more, with flows that wait */
	struct room room;
	/* What ofl_port_room() says: written in each round, read by any thread under 'ofl.lock'. */
	_Atomic unsigned int said[4];
	/* Counters. */
	struct cds_list_head counted;  /* counters, least recently read first */
	struct cds_list_head quiet;    /* counters, without rules since this round */
	struct cds_list_head settling; /* counters, in order of settle_ns */
	unsigned int n_counted;
	uint64_t stale_ns;	 /* how old a counter may be that is read */
	unsigned int n_to_read;	 /* left of this sweep */
	bool sweep_over;	 /* in this round: the next one knows how long it took */
	uint64_t sweep_due_ns;	 /* when the next sweep starts */
	uint64_t sweep_start_ns; /* of the sweep under way, or the last */
	uint64_t sweep_ns;	 /* how long the last one took */
	bool sweep_failed;	 /* a counter of it could not be read */
	bool unread;		 /* nor the last one that was to be read a last time */
	uint64_t swept_ns;	 /* start of the last sweep that read every counter */
};

/* Publishes what ofl_device_said() reads, which any thread may under 'ofl.lock'. */
void ofl_device_say(struct device *d);
void ofl_device_said(const struct device *d, struct ofl_room *out);

int ofl_device_new(struct nic *nic, struct device **out);

/* Nothing is on its way and nothing is counted. */
void ofl_device_free(struct device *d);

void ofl_device_fly(struct device *d, struct slot *s);
void ofl_device_land(struct device *d, struct slot *s);

/* The slot in flight with this rule, or NULL. */
struct slot *ofl_device_in_flight(struct device *d, const struct nic_rule *rule);
