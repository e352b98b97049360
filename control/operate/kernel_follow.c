/* SPDX-License-Identifier: Apache-2.0 */
#include "operate/kernel_follow.h"

#include "operate/netdev.h"

#include <errno.h>

static void
link_take(struct ctl_kernel_port *p, bool up, ctl_link_cb changed, void *aux)
{
	if (p->link_up == up)
		return;
	p->link_up = up;
	changed(p->number, up, aux);
}

/* The kernel gives internal ports and tunnels no other interface than theirs, so these are made again at once. */
static void
lose(const struct ctl_kernel_follow *f, struct ctl_kernel_port *p, const char *what,
     ctl_link_cb changed, void *aux)
{
	p->n_lost++;
	snprintf(p->fault, sizeof p->fault, "%s %s", p->interface, what);
	LOG_WARN(f->log, CONTROL, "port %s: %s", p->name, p->fault);
	link_take(p, false, changed, aux);
	p->was_ifindex = p->ifindex;
	ctl_kernel_ports_move(f->ports, p, 0);
	p->may_return = p->config.kind != KDP_PORT_SYSTEM;
}

static void
rename_take(const struct ctl_kernel_follow *f, struct ctl_kernel_port *p, const char *name)
{
	if (!strcmp(p->interface, name))
		return;
	LOG_INFO(f->log, CONTROL, "port %s: interface %s is now named %s", p->name, p->interface,
		 name);
	snprintf(p->interface, sizeof p->interface, "%s", name);
	p->n_renamed++;
}

/* An internal port has no master; others have one as long as they are ports of a datapath. */
static bool
is_removed(const struct ctl_kernel_follow *f, const struct ctl_kernel_port *p,
	   const struct ctl_netdev *n)
{
	struct kdp_port_stats stats;

	return p->config.kind != KDP_PORT_INTERNAL && !n->has_master &&
	       kdp_port_stats(f->kdp, p->number, &stats) == -ENODEV;
}

void
ctl_kernel_follow(const struct ctl_kernel_follow *f, const struct ctl_netdev *n,
		  ctl_link_cb changed, void *aux)
{
	struct ctl_kernel_port *p = ctl_kernel_ports_of(f->ports, n->ifindex);

	if (!p && n->there) {
		p = ctl_kernel_ports_lost(f->ports, n->name);
		if (p)
			p->may_return = true;
		return;
	}
	if (!p)
		return;
	if (!n->there) {
		lose(f, p, "was removed, or moved to another network namespace", changed, aux);
		return;
	}
	rename_take(f, p, n->name);
	p->mtu = n->mtu;
	p->mac = n->mac;
	if (!is_removed(f, p, n)) {
		link_take(p, n->up, changed, aux);
		return;
	}
	lose(f, p, "was removed from the datapath by another program", changed, aux);
	p->may_return |= !strcmp(p->interface, p->config.name);
}

/* Returns true if the port has returned. After another error than -ENODEV, which means that there is no such
 * interface, it is tried again, and the error is its fault. */
static bool
add_again(const struct ctl_kernel_follow *f, struct ctl_kernel_port *p)
{
	char err[256] = "";
	int rc = kdp_port_restore(f->kdp, p->number, &p->config, err, sizeof err);
	unsigned int ifindex = rc ? 0 : ctl_netdev_ifindex(p->config.name);

	if (!ifindex) {
		p->may_return = rc != -ENODEV || p->config.kind != KDP_PORT_SYSTEM;
		if (rc && p->may_return)
			snprintf(p->fault, sizeof p->fault, "%.*s", (int)sizeof p->fault - 1, err);
		return false;
	}
	LOG_INFO(f->log, CONTROL, "port %s: interface %s is back", p->name, p->config.name);
	memcpy(p->interface, p->config.name, sizeof p->interface);
	p->fault[0] = '\0';
	if (ifindex != p->was_ifindex) /* another device, whose counts begin at 0 */
		p->before = p->last;
	ctl_kernel_ports_move(f->ports, p, ifindex);
	return true;
}

/* Ports are reported when all are added, as a report may change the list of those that are lost. */
void
ctl_kernel_return(const struct ctl_kernel_follow *f, ctl_port_cb returned, void *aux)
{
	struct ctl_kernel_port *p, *next;
	bool any = false;

	for (p = f->ports->lost; p; p = next) {
		next = p->next_by_ifindex;
		p->is_back = p->may_return && add_again(f, p);
		any |= p->is_back;
	}
	for (unsigned int i = 0; any && i < f->ports->n; i++) {
		p = f->ports->by_number[i];
		if (!p->is_back)
			continue;
		p->is_back = false;
		returned(p->number, aux);
	}
}
