/* SPDX-License-Identifier: Apache-2.0 */
/* nicsim: an emulated SmartNIC e-switch as a DPDK poll-mode driver.
 *
 * One device ("e-switch") has port 0, the uplink, and ports 1..n, virtual functions. Each is an
 * ethdev for the host (the uplink itself, and a representor per VF), and has a backing ethdev that
 * plays the wire or the guest. Packets received from a backing ethdev are matched against the flow
 * rules; packets that no rule takes are received on the port's host-side ethdev. Packets that the
 * host sends there leave by the backing ethdev without matching rules.
 *
 * The e-switch has no thread: it runs in the rx burst of the ethdev whose backing is read. So its
 * behaviour is repeatable, and it uses the poller's cycles. No measurement of it shows the speed of
 * hardware.
 *
 * This header has the e-switch itself; each .c file beside it has a header for what it defines.
 *
 * With steering=connectx the emulated ConnectX of the process (tests/mlx5emu/) decides in place of
 * the flow rules, of which none can be created.
 *
 * Shares no code with the rest of Tandem, so that it is an independent implementation of parsing
 * and actions.
 *
 * Thread safety: rules change under the write side of 'lock'; packets are processed under its read
 * side. When the destruction of a rule returns, no packet is being processed by it. */
#pragma once

#include "config.h"
#include "port.h"
#include "steer.h"
#include "table.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include <bus_vdev_driver.h>
#include <rte_rwlock.h>

#define NICSIM_GROUPS_MAX 256

/* Rules by id. */
struct nicsim_ids {
	struct nicsim_rule **rules; /* NULL if the id is free */
	uint32_t *free;
	uint32_t n, n_free; /* ids 1..n exist */
};

struct nicsim {
	LIST_ENTRY(nicsim) next;
	struct rte_vdev_device *vdev;
	const struct rte_driver *shown; /* driver shown to applications; NULL: the bus's own */
	rte_rwlock_t lock;
	struct nicsim_config config;
	uint16_t domain;
	unsigned int n_ports; /* created so far */
	struct nicsim_port ports[NICSIM_PORTS_MAX];
	struct nicsim_masks groups[NICSIM_GROUPS_MAX];
	LIST_HEAD(, nicsim_rule) rules;
	struct nicsim_ids ids;
	unsigned int n_rules, n_counters;
	uint64_t n_insertions, n_resets;
	_Atomic uint64_t n_unfit; /* rules that passed validation but could not be created */
	uint64_t n_stale;  /* handles of destroyed rules that were passed to destroy or query */
	_Atomic bool dead; /* fatal error: accepts no packet and no rule any more */
	const struct nicsim_steering *steering; /* decides in place of 'groups'; NULL: none */
	_Atomic bool fault_logged;		/* of the steering */
	int control_fd;
	pthread_t control_thread;
};

static inline bool
nicsim_is_dead(const struct nicsim *sw)
{
	return atomic_load_explicit(&sw->dead, memory_order_relaxed);
}
