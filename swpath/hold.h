/* SPDX-License-Identifier: Apache-2.0 */
/* Ethdevs that hardware rules go through, held on behalf of drivers (flow/nic.h, nic_devices).
 *
 * An ethdev that is held is started, whether it has a port or not: the transfer proxy of an e-switch may
 * have none. Without a port it has one queue, which nobody polls. Its device is not unplugged. After the
 * last release it goes at the control thread's next call that adds or removes a port, since only that
 * thread stops devices.
 *
 * Thread safety: said per function. hold() runs while the control thread waits for it, in
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
	/* Of the control thread, and of hold(). */
	struct swp_device *device[RTE_MAX_ETHPORTS]; /* a reference; NULL: not held */
	bool alone[RTE_MAX_ETHPORTS];		     /* started, without a port */
	unsigned int n_buffers[RTE_MAX_ETHPORTS];    /* that its queues may hold while 'alone' */
};

/* Thread: control. */
void swp_holds_init(struct swp *s);

/* Stops an ethdev that is started without a port, so that a port may start it. Its rules leave it: when
 * the port has started it, or could not, they may come back. -ENOMEM, -ETIMEDOUT: it goes on.
 * Thread: control. */
int swp_hold_lend(struct swp *s, uint16_t ethdev);

/* 'p' leaves its ethdev, or has not started it. If the ethdev is held it goes on as it is while p->running,
 * or starts again; returns true then. Thread: control. */
bool swp_hold_take_back(struct swp *s, const struct swp_port *p);

/* Acts upon events of ethdevs that are started without a port, as swp_devices_recover() does. Their rules
 * leave; they come back with a reset. Thread: control. */
void swp_holds_recover(struct swp *s);

/* Lets go of what is not held any more, O(ethdevs). Thread: control. */
void swp_holds_reap(struct swp *s);
