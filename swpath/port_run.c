/* SPDX-License-Identifier: Apache-2.0 */
#include "port_run.h"

#include "buffers.h"
#include "device.h"
#include "ethdev.h"
#include "txq.h"

#include <base/err.h>

#include <rte_cycles.h>

#include <errno.h>

/* Distributes the port's receive queues over workers, and workers over its transmit queues, before
 * workers and handlers use the port. A queue stays with the worker that it had before the port was
 * paused. */
static void
share_queues(struct swp *s, struct swp_port *p)
{
	for (uint16_t q = 0; q < p->n_rxq; q++) {
		if (!p->rxq_worker[q])
			p->rxq_worker[q] = swp_worker_least(s, p);
		if (!p->rxqs[q].window.n)
			swp_window_add(&p->rxqs[q].window, (struct swp_sample){.tsc = rte_rdtsc()});
	}
	if (!p->executor)
		p->executor = p->rxq_worker[0];
	swp_txq_share(s, p);
}

void
swp_port_device_stop(struct swp *s, struct swp_port *p)
{
	rcu_sleep();
	swp_ethdev_stop(p);
	rcu_wake();
	swp_buffers_update(s);
}

int
swp_port_device_start(struct swp *s, struct swp_port *p, char *err, size_t n_err)
{
	int rc;

	rcu_sleep();
	rc = swp_ethdev_start(s, p, err, n_err);
	rcu_wake();
	if (rc)
		swp_buffers_update(s);
	else
		share_queues(s, p);
	return rc;
}

int
swp_port_pause(struct swp *s, struct swp_port *p)
{
	int rc;

	if (!p->running)
		return 0;
	rc = swp_device_down(s, p->ethdev);
	if (rc == -ENOMEM || rc == -ETIMEDOUT)
		return rc;
	p->running = false;
	rc = swp_workers_assign(s);
	if (rc) {
		p->running = true;
		swp_device_up(s, p->ethdev);
		return rc;
	}
	swp_port_sending_set(p, false);
	rcu_sync();
	swp_port_device_stop(s, p);
	return 0;
}

int
swp_port_resume(struct swp *s, struct swp_port *p, char *err, size_t n_err)
{
	int rc = swp_port_device_start(s, p, err, n_err);

	if (rc)
		return rc;
	p->running = true;
	rc = swp_workers_assign(s);
	if (rc) {
		err_print(err, n_err, "port \"%s\": out of memory", p->name);
		p->running = false;
		swp_port_device_stop(s, p);
		return rc;
	}
	p->fault[0] = '\0';
	swp_port_sending_set(p, true);
	swp_device_up(s, p->ethdev);
	return 0;
}
