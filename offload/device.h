/* SPDX-License-Identifier: Apache-2.0 */
/* Offload's view of a NIC: its rules in progress, and its counters.
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
	/* Calls of ofl_device_down() without ofl_device_up(), and one while the device failed. */
	unsigned int n_down;
	bool failed;		     /* lost its rules, and takes none yet */
	struct nic_refusal down_why; /* guarded by ofl.lock; reason NONE if it takes rules */
	unsigned int n_losses;
	char last_loss[64]; /* guarded by ofl.lock; the driver's words, or "" */
	/* Slots in progress, by state. */
	struct cds_list_head replaces; /* QUEUED, while a stand-in treats their packets */
	struct cds_list_head turns;    /* ports with QUEUED slots, in order of their turns */
	struct cds_list_head removals; /* LEAVING */
	struct cds_list_head stuck;    /* LEAVING, with a failed removal; in order of due_ns */
	/* Slots passed to the device, by rule. */
	struct cds_list_head in_flight[DEVICE_BUCKETS];
	unsigned int n_in_flight;
	unsigned int n_rules; /* in the device, including those being removed */
	struct shapes shapes;
	struct cds_list_head opened; /* shapes no longer halted that have waiting flows */
	struct room room;
	/* The values of ofl_port_room(): written in each round, read by any thread
	 * under 'ofl.lock'. */
	_Atomic unsigned int published[4];
	/* Counters. */
	struct cds_list_head counted;  /* counters, least recently read first */
	struct cds_list_head quiet;    /* counters that lost their last rule in this round */
	struct cds_list_head settling; /* counters, in order of settle_ns */
	unsigned int n_counted;
	uint64_t stale_ns;	 /* maximal age of a counter's value */
	unsigned int n_to_read;	 /* remaining counters of this sweep */
	bool sweep_over;	 /* it ended in this round; the next round measures it */
	uint64_t sweep_due_ns;	 /* begin of the next sweep */
	uint64_t sweep_start_ns; /* begin of the current or last sweep */
	uint64_t sweep_ns;	 /* duration of the last sweep */
	bool sweep_failed;	 /* one of its counters could not be read */
	bool unread;		 /* the last final reading failed */
	uint64_t swept_ns;	 /* begin of the last sweep that read every counter */
};

/* Publishes the values that ofl_device_room_read() reads. Any thread may read them under 'ofl.lock'. */
void ofl_device_room_publish(struct device *d);
void ofl_device_room_read(const struct device *d, struct ofl_room *out);

int ofl_device_new(struct nic *nic, struct device **out);

/* The device has no rule in progress and no counter. */
void ofl_device_free(struct device *d);

void ofl_device_fly(struct device *d, struct slot *s);
void ofl_device_land(struct device *d, struct slot *s);

/* Returns the slot whose rule is in flight, or NULL. */
struct slot *ofl_device_in_flight(struct device *d, const struct nic_rule *rule);
