/* SPDX-License-Identifier: Apache-2.0 */
/* Ethdevs that hardware rules use, held on behalf of drivers (flow/nic.h, nic_devices).
 *
 * A held ethdev is started, whether or not it is a port; for example the transfer proxy of an
 * e-switch may not be one. Without a port it has one receive queue, which no worker polls. Its
 * device is not unplugged. After the last release it is stopped when the control thread next adds
 * or removes a port, since only that thread stops devices.
 *
 * Thread safety: stated per function. hold() runs while the control thread waits for it, in
 * ofl_port_add(); release() at any time. */
#pragma once

#include <base/lock.h>
#include <flow/nic.h>

#include <rte_ethdev.h>

struct swp;
struct swp_device;
struct swp_port;

struct swp_holds {
	struct nic_devices devices;
	struct mutex mu;
	unsigned int n[RTE_MAX_ETHPORTS] GUARDED_BY(mu);
	/* For the control thread and for hold(). */
	struct swp_device *device[RTE_MAX_ETHPORTS]; /* a reference; NULL if not held */
	bool alone[RTE_MAX_ETHPORTS];		     /* started, without a port */
	/* packet buffers that its queues may hold while 'alone' */
	unsigned int n_buffers[RTE_MAX_ETHPORTS];
};

/* Thread: control. */
void swp_holds_init(struct swp *s);

/* Stops an ethdev that is started without a port, so that a port can start it. Its hardware
 * rules are removed; they may be inserted again once the port has started it or has failed to.
 * Returns 0; -ENOMEM or -ETIMEDOUT with nothing changed. Thread: control. */
int swp_hold_lend(struct swp *s, uint16_t ethdev);

/* Called when 'p' leaves its ethdev, or has failed to start it. If the ethdev is held, it stays
 * started while p->running, else it is started again; returns true then. Thread: control. */
bool swp_hold_take_back(struct swp *s, const struct swp_port *p);

/* Handles events of ethdevs that are started without a port, as swp_devices_recover() does for
 * ports. Their hardware rules are removed; after a reset they are inserted again. Thread:
 * control. */
void swp_holds_recover(struct swp *s);

/* Stops ethdevs that are no longer held. O(ethdevs). Thread: control. */
void swp_holds_reap(struct swp *s);
