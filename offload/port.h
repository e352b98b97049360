/* SPDX-License-Identifier: Apache-2.0 */
/* Offload's data about datapath ports: their devices and totals.
 *
 * A record is made when a port is first seen, also as the input port of a flow, and stays until
 * ofl_destroy(), so that totals survive the port. Hence the table only grows, and any thread may
 * walk it without RCU.
 *
 * Thread safety: ofl_port_find() and the published members any thread; the rest the offload
 * thread. */
#pragma once

#include "heap.h"
#include "heat.h"
#include "seqlock.h"
#include "tally.h"

struct device;

struct port {
	uint32_t number;
	struct port *next; /* in its bucket; written before the record is published */
	struct tally tally;
	/* Packets and bytes that hardware treated for flows with this input port; written by
	 * the offload thread. */
	struct nic_count count;
	_Atomic uint32_t count_seq;
	_Atomic uint64_t count_words[2];
	/* Packets and bytes that hardware sent out of the port. */
	struct nic_count sent;
	_Atomic uint32_t sent_seq;
	_Atomic uint64_t sent_words[2];
	_Atomic uint64_t known_ns; /* hardware's use of its flows is known up to then */
	/* Offload thread only. */
	bool present, leaving;
	struct device *dev; /* NULL if fallback-only */
	struct nic_refusal why;
	struct cds_list_head flows;	/* flows with this input port, of any placement */
	struct cds_list_head outputs;	/* output_use: flows that send to the port */
	unsigned int n_held;		/* of 'flows', those of which the device has something */
	unsigned int n_named;		/* outputs of rules in the device, or about to be there */
	struct cds_list_head dev_link;	/* in device.ports */
	struct cds_list_head turn_link; /* in device.turns; or self-linked */
	struct cds_list_head inserts;	/* QUEUED slots */
	/* For room.h. */
	struct heat_lists waiting;  /* flows that wait for room */
	struct heat_lists in;	    /* flows in hardware, by their use */
	struct cds_list_head young; /* flows in hardware whose use is unknown, newest last */
	unsigned int n_in;
	struct heap_node by_most, by_least, by_heat;
	/* The values of ofl_port_caps(), under 'ofl.lock'. */
	const struct device *published_dev; /* NULL if fallback-only */
	bool has_caps;
	struct nic_caps caps;
	struct nic_refusal caps_why;
};

#define PORT_BUCKETS 256
struct port_table {
	struct port *_Atomic buckets[PORT_BUCKETS];
};

/* Returns NULL if the port was never seen. */
struct port *ofl_port_find(const struct port_table *t, uint32_t number);

/* Finds or creates a record. NULL if out of memory. */
struct port *ofl_port_get(struct port_table *t, uint32_t number);

void ofl_port_table_free(struct port_table *t);

/* Returns the device that takes the rules of a port's flows; NULL and 'why' if none does. */
struct device *ofl_port_device(const struct port_table *t, uint32_t number,
			       struct nic_refusal *why);

void ofl_port_known(struct port *p, uint64_t until_ns);

/* Add to a port's totals and publish them. */
void ofl_port_count_add(struct port *p, const struct nic_count *delta);
void ofl_port_sent_add(struct port *p, const struct nic_count *delta);
