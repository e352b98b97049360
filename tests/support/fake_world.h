/* SPDX-License-Identifier: Apache-2.0 */
/* State shared by the fake NIC (fake_nic.c) and the world around it (fake_world.c).
 *
 * Thread safety: the world's lock guards all of it. */
#pragma once

#include "support/fake_nic.h"

#include "list.h"

#include <stdlib.h>

#define DEVICES 4
#define DEV_IDS 128

#define FAKE_OUTPUTS 4

struct fake_output {
	uint32_t port;
	int extra_bytes;
};

struct nic_rule {
	struct cds_list_head link;    /* in the device's rules */
	struct cds_list_head id_link; /* in the world's list of its flow */
	struct cds_list_head flight;  /* in the device's operations in flight */
	struct fake_device *dev;
	uint32_t port, id;
	unsigned int version, prio;
	struct nic_counter *counter;
	unsigned int n_outputs;
	struct fake_output outputs[FAKE_OUTPUTS];
	bool in; /* treats packets */
	bool lost;
	bool odd;
	void *content; /* NULL without a fake_meaning */
	/* In flight. */
	bool flying, inserting;
	uint64_t due; /* poll, or time */
};

struct nic_counter {
	struct nic_count real, seen;
	uint64_t seen_ns;
	unsigned int n_rules;
	bool forgotten;
	struct cds_list_head link; /* in the device's counters */
};

struct fake_device {
	struct nic nic;
	struct nic_caps caps;
	struct fake_world *w;
	unsigned int index;
	unsigned int n_ports;
	struct cds_list_head rules, flights, counters;
	unsigned int n_in, n_flying, n_polls;
	bool lost, back;
	struct nic_devices *devices;
	uint16_t dev_ids[FAKE_NIC_PORTS]; /* by port */
};

struct fake_world {
	struct mutex lock;
	struct fake_config config;
	unsigned int seed;
	bool faults, blocked, hung, vanished, failed;
	_Atomic bool remove_stalls;
	struct nic_devices devices;
	unsigned int holds[DEV_IDS];
	bool stopped[DEVICES];
	uint64_t n_calls, n_reads, busy_ns;
	unsigned int n_read_errors;
	struct fake_device *devices_of[DEVICES];
	unsigned int n_rules, n_counters, n_devices;
	struct nic_count truth[FAKE_FLOWS], truth_port[FAKE_NIC_PORTS], truth_sent[FAKE_NIC_PORTS];
	struct cds_list_head by_id[FAKE_FLOWS];
};

/* Counts a packet that a rule treated. */
void fake_rule_count(struct fake_world *w, const struct nic_rule *r, unsigned int bytes)
	REQUIRES(w->lock);

static inline void
must(bool ok)
{
	if (!ok)
		abort();
}
