/* SPDX-License-Identifier: Apache-2.0 */
#include "recover.h"

#include "event.h"
#include "hold.h"
#include "port_run.h"
#include "txq.h"

#include <rte_errno.h>

#include <errno.h>
#include <stdio.h>

#define EVENTS (SWP_EVENT_REMOVED | SWP_EVENT_RESET | SWP_EVENT_RECOVERED)

static void
take_events(struct swp *s, struct swp_port *p)
{
	unsigned int bits = swp_events_take(s, p->ethdev, EVENTS);

	if (bits & SWP_EVENT_REMOVED) {
		p->n_removals++;
		p->device->made = true; /* a removed device may be unplugged */
		LOG_ERR(s->log, SWPATH, "port %u \"%s\": its device was removed", p->number,
			p->name);
	}
	if (bits & (SWP_EVENT_RESET | SWP_EVENT_RECOVERED)) {
		p->n_resets++;
		LOG_WARN(s->log, SWPATH, "port %u \"%s\": its device was reset%s", p->number,
			 p->name, bits & SWP_EVENT_RECOVERED ? " by its driver" : "");
	}
	if (bits & SWP_EVENT_RECOVERED)
		swp_event_note(s, p->ethdev, SWP_EVENT_LINK);
	if (bits & (SWP_EVENT_REMOVED | SWP_EVENT_RESET)) {
		p->trouble |= bits & (SWP_EVENT_REMOVED | SWP_EVENT_RESET);
		p->tries_left = RECOVER_TRIES;
	}
}

static bool
has_tries_left(struct swp *s, struct swp_port *p)
{
	if (--p->tries_left)
		return true;
	p->trouble = 0;
	LOG_ERR(s->log, SWPATH, "port %u \"%s\" has stopped: %s", p->number, p->name, p->fault);
	return false;
}

/* If the port cannot be paused, because a call of its driver does not return, it is tried again
 * until no tries are left. */
static void
stop(struct swp *s, struct swp_port *p)
{
	int rc = swp_port_pause(s, p);

	if (rc) {
		snprintf(p->fault, sizeof p->fault,
			 "its device was lost, and cannot be stopped: %s", strerror(-rc));
		has_tries_left(s, p);
		return;
	}
	p->link_up = false;
	if (!(p->trouble & SWP_EVENT_REMOVED))
		return;
	p->trouble = 0;
	snprintf(p->fault, sizeof p->fault,
		 "its device was removed; remove all ports of the device, and add them again when "
		 "it is back");
}

/* For some drivers a reset consists of a stop and a start. */
static int
reset(struct swp *s, struct swp_port *p)
{
	int rc;

	rcu_sleep();
	rc = rte_eth_dev_reset(p->ethdev);
	rcu_wake();
	if (!rc || rc == -ENOTSUP)
		return swp_port_resume(s, p, p->fault, sizeof p->fault);
	snprintf(p->fault, sizeof p->fault, "its device cannot be reset: %s", rte_strerror(-rc));
	return rc;
}

static void
start(struct swp *s, struct swp_port *p)
{
	if (reset(s, p)) {
		has_tries_left(s, p);
		return;
	}
	p->trouble = 0;
	LOG_INFO(s->log, SWPATH, "port %u \"%s\" is running again", p->number, p->name);
}

/* All ports that were reset stop before the first one starts. They may be on one device, whose
 * rules are removed with the first and inserted again with the last. */
void
swp_devices_recover(struct swp *s, void (*changed)(uint32_t port, void *aux), void *aux)
{
	bool was_running[SWP_PORTS_MAX] = {false}, troubled[SWP_PORTS_MAX] = {false};

	for (uint32_t i = 0; i < SWP_PORTS_MAX; i++) {
		struct swp_port *p = s->ports[i];

		if (!p)
			continue;
		take_events(s, p);
		was_running[i] = p->running;
		troubled[i] = p->trouble;
		if (p->trouble && (p->running || p->trouble & SWP_EVENT_REMOVED))
			stop(s, p);
	}
	swp_holds_recover(s);
	swp_txq_follow(s);
	for (uint32_t i = 0; i < SWP_PORTS_MAX; i++) {
		struct swp_port *p = s->ports[i];

		if (!troubled[i])
			continue;
		if (p->trouble && !p->running)
			start(s, p);
		if (was_running[i] || p->running)
			changed(i, aux);
	}
}
