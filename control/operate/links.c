/* SPDX-License-Identifier: Apache-2.0 */
#include "operate/links.h"

#include "operate/datapath.h"
#include "operate/netdev.h"

#include <base/err.h>
#include <base/rcu.h>
#include <loop/completion.h>
#include <loop/wake.h>
#include <openflow/agent.h>
#include <xlate/group.h>

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#define POLL_US 500000

struct ctl_links {
	struct ctl_stack *stack;
	int fd;
	bool changed; /* a link changed since the last barrier began */
	bool lost;    /* reports, since all interfaces were listed */
	uint64_t n_resyncs;
	struct loop_completion *call; /* the barrier in progress; NULL if none */
	struct event *readable, *timer;
	struct loop_wake *wake;
};

static void
on_change(uint32_t port, bool up, void *aux)
{
	struct ctl_links *l = aux;

	struct ctl_port_info info;

	if (!l->stack->datapath->port_info(l->stack, port, &info))
		LOG_INFO(l->stack->log, CONTROL, "port %s: link %s", info.name, up ? "up" : "down");
	xlate_port_live_set(l->stack->xlate, port, up);
	l->changed = true;
}

static void report_begin(struct ctl_links *l);

static void
on_flows_done(void *aux, int rc)
{
	struct ctl_links *l = aux;

	l->call = NULL;
	if (rc)
		LOG_WARN(l->stack->log, CONTROL,
			 "a link has changed, but megaflows do not follow yet: %s", strerror(-rc));
	agent_sync(l->stack->agent);
	report_begin(l);
}

/* Reports changed links to controllers, after a barrier: when a controller learns of a port,
 * megaflows already follow the groups that watch it. */
static void
report_begin(struct ctl_links *l)
{
	int rc;

	if (!l->changed || l->call)
		return;
	l->changed = false;
	rc = loop_completion_call(l->stack->completions, l->stack->upc, UPC_CALL_BARRIER,
				  on_flows_done, l, &l->call);
	if (rc)
		on_flows_done(l, rc);
}

static void
on_netdev(const struct ctl_netdev *n, void *aux)
{
	struct ctl_links *l = aux;

	l->stack->datapath->link_report(l->stack, n, on_change, l);
}

static void
netdev_ask(uint32_t port, void *aux)
{
	struct ctl_links *l = aux;
	struct ctl_port_info info;
	struct ctl_netdev netdev;
	int rc;

	if (l->stack->datapath->port_info(l->stack, port, &info) || !info.ifindex)
		return;
	rcu_sleep();
	rc = ctl_netdev_get(info.ifindex, &netdev);
	rcu_wake();
	if (!rc)
		on_netdev(&netdev, l);
	else
		LOG_WARN(l->stack->log, CONTROL,
			 "port %s: the kernel cannot be asked whether its link is up: %s",
			 info.name, strerror(-rc));
}

/* All interfaces, in order of ifindex. */
struct listing {
	struct ctl_links *l;
	struct ctl_netdev *netdevs;
	size_t n;
};

static int
ifindex_compare(const void *key, const void *netdev)
{
	unsigned int x = *(const unsigned int *)key;
	unsigned int y = ((const struct ctl_netdev *)netdev)->ifindex;

	return (x > y) - (x < y);
}

static void
report_missing(uint32_t port, void *aux)
{
	struct listing *all = aux;
	struct ctl_links *l = all->l;
	struct ctl_port_info info;

	if (l->stack->datapath->port_info(l->stack, port, &info) || !info.ifindex)
		return;
	if (!all->n ||
	    !bsearch(&info.ifindex, all->netdevs, all->n, sizeof *all->netdevs, ifindex_compare))
		on_netdev(&(struct ctl_netdev){.ifindex = info.ifindex}, l);
}

/* Reports were lost: takes the state of every interface in place of them. Tried again by the timer if that
 * fails. */
static void
resync(struct ctl_links *l)
{
	struct listing all = {.l = l};
	int rc;

	l->n_resyncs++;
	rcu_sleep();
	ctl_netdev_watch_drain(l->fd);
	rc = ctl_netdev_list(&all.netdevs, &all.n);
	rcu_wake();
	l->lost = rc != 0;
	LOG_WARN(l->stack->log, CONTROL, "reports of interfaces were lost; all are listed%s%s",
		 rc ? ": " : "", rc ? strerror(-rc) : "");
	if (rc)
		return;
	for (size_t i = 0; i < all.n; i++)
		on_netdev(&all.netdevs[i], l);
	l->stack->datapath->port_each(l->stack, report_missing, &all);
	free(all.netdevs);
}

static void
read_all(struct ctl_links *l)
{
	if (ctl_netdev_watch_read(l->fd, on_netdev, l))
		resync(l);
}

uint64_t
ctl_links_resyncs(const struct ctl_links *l)
{
	return l ? l->n_resyncs : 0;
}

static void
on_readable(evutil_socket_t fd, short what, void *aux)
{
	struct ctl_links *l = aux;

	(void)fd, (void)what;
	rcu_wake();
	read_all(l);
	report_begin(l);
	rcu_sleep();
}

static void
on_restart(uint32_t port, void *aux)
{
	struct ctl_links *l = aux;

	ctl_links_port_restarted(l->stack, port);
	l->changed = true;
}

static void
on_timer(evutil_socket_t fd, short what, void *aux)
{
	struct ctl_links *l = aux;

	(void)fd, (void)what;
	rcu_wake();
	if (l->lost)
		resync(l);
	l->stack->datapath->links_read(l->stack, true, on_change, on_restart, l);
	report_begin(l);
	rcu_sleep();
}

static void
on_device_event(void *aux)
{
	struct ctl_links *l = aux;

	l->stack->datapath->links_read(l->stack, false, on_change, on_restart, l);
	report_begin(l);
}

void
ctl_links_device_event(void *aux)
{
	struct ctl_links *l = aux;

	loop_wake_up(l->wake);
}

/* A new port is up in the tables until its link is set here. Pending reports are read first: those
 * from the creation of the device are older than the state that is queried. */
void
ctl_links_port_added(struct ctl_links *l, uint32_t dp_port)
{
	struct ctl_port_info info;

	if (!l)
		return;
	read_all(l);
	netdev_ask(dp_port, l);
	if (!l->stack->datapath->port_info(l->stack, dp_port, &info))
		xlate_port_live_set(l->stack->xlate, dp_port, info.link_up);
}

void
ctl_link_set(struct ctl_stack *s, const struct xlate_port *port, bool up)
{
	int rc = s->datapath->link_set(s, port->dp_port, up);

	if (rc == -ENOTSUP)
		LOG_DBG(s->log, CONTROL, "port %s: its device cannot set its link %s", port->name,
			up ? "up" : "down");
	else if (rc)
		LOG_WARN(s->log, CONTROL, "port %s: its link cannot be set %s: %s", port->name,
			 up ? "up" : "down", strerror(-rc));
}

/* After a restart the driver has set the link, so a port that is configured down is set
 * down again. */
void
ctl_links_port_restarted(struct ctl_stack *s, uint32_t dp_port)
{
	struct xlate_port port;

	if (!xlate_port_by_dp(s->xlate, dp_port, &port, NULL) && port.config & XLATE_CONFIG_DOWN)
		ctl_link_set(s, &port, false);
	ctl_links_port_added(s->links, dp_port);
}

int
ctl_links_create(struct event_base *base, struct ctl_stack *s, struct ctl_links **out, char *err,
		 unsigned int n_err)
{
	const struct timeval poll = {.tv_usec = POLL_US};
	struct ctl_links *l = calloc(1, sizeof *l);
	int rc = -ENOMEM;

	if (!l)
		return -ENOMEM;
	l->stack = s;
	l->fd = ctl_netdev_watch_open();
	if (l->fd < 0) {
		rc = l->fd;
		err_print(err, n_err, "the kernel's network interfaces cannot be watched: %s",
			  strerror(-rc));
		goto fail;
	}
	l->readable = event_new(base, l->fd, EV_READ | EV_PERSIST, on_readable, l);
	l->timer = event_new(base, -1, EV_PERSIST, on_timer, l);
	if (!l->readable || !l->timer || event_add(l->readable, NULL) ||
	    event_add(l->timer, &poll) || loop_wake_create(base, on_device_event, l, &l->wake))
		goto fail;
	*out = l;
	return 0;
fail:
	ctl_links_destroy(l);
	return rc;
}

void
ctl_links_destroy(struct ctl_links *l)
{
	if (!l)
		return;
	loop_completion_cancel(l->call);
	loop_wake_destroy(l->wake);
	if (l->timer)
		event_free(l->timer);
	if (l->readable)
		event_free(l->readable);
	if (l->fd >= 0)
		close(l->fd);
	free(l);
}
