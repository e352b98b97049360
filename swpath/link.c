/* SPDX-License-Identifier: Apache-2.0 */
#include "link.h"
#include "event.h"

const char *const swp_link_source_names[SWP_N_LINK_SOURCES] = {
	[SWP_LINK_POLLED] = "poll",
	[SWP_LINK_INTERRUPT] = "interrupt",
	[SWP_LINK_NETDEV] = "netdev",
};

/* Network interfaces use the kernel's reports, whatever their DPDK driver reports: net_af_packet
 * always reports "up". */
void
swp_link_choose(struct swp_port *p, const struct rte_eth_dev_info *info)
{
	p->ifindex = info->if_index;
	p->speed_capa = info->speed_capa;
	if (p->ifindex)
		p->link_source = SWP_LINK_NETDEV;
	else if (*info->dev_flags & RTE_ETH_DEV_INTR_LSC)
		p->link_source = SWP_LINK_INTERRUPT;
	else
		p->link_source = SWP_LINK_POLLED;
}

/* Returns whether the link is up. Stores its speed, duplex and autonegotiation. */
static bool
ask(struct swp_port *p)
{
	struct rte_eth_link link = {0};
	bool up = !rte_eth_link_get_nowait(p->ethdev, &link) && link.link_status == RTE_ETH_LINK_UP;

	p->link_mbps = up && link.link_speed != RTE_ETH_SPEED_NUM_UNKNOWN ? link.link_speed : 0;
	p->link_full_duplex = link.link_duplex == RTE_ETH_LINK_FULL_DUPLEX;
	p->link_autoneg = link.link_autoneg == RTE_ETH_LINK_AUTONEG;
	return up;
}

void
swp_link_begin(struct swp *s, struct swp_port *p)
{
	swp_events_take(s, p->ethdev, SWP_EVENT_LINK);
	p->link_up = ask(p);
}

static void
link_report(struct swp_port *p, bool up, void (*changed)(uint32_t port, bool up, void *aux),
	    void *aux)
{
	/* The driver may still report a speed. */
	if (!up)
		p->link_mbps = 0;
	if (p->link_up == up)
		return;
	p->link_up = up;
	changed(p->number, up, aux);
}

void
swp_links_read(struct swp *s, bool poll, void (*changed)(uint32_t port, bool up, void *aux),
	       void *aux)
{
	for (uint32_t i = 0; i < SWP_PORTS_MAX; i++) {
		struct swp_port *p = s->ports[i];

		if (!p || p->link_source == SWP_LINK_NETDEV)
			continue;
		if ((poll && p->link_source == SWP_LINK_POLLED) ||
		    swp_events_take(s, p->ethdev, SWP_EVENT_LINK))
			link_report(p, p->running && ask(p), changed, aux);
	}
}

/* An interface that has left the network namespace, or was deleted, is not reported any more. Its
 * device can be asked. */
static bool
ask_if_moved(struct swp_port *p)
{
	struct rte_eth_dev_info info;

	if (!rte_eth_dev_info_get(p->ethdev, &info) && info.if_index != p->ifindex)
		swp_link_choose(p, &info);
	return p->link_source != SWP_LINK_NETDEV && p->running && ask(p);
}

void
swp_netdev_link_set(struct swp *s, unsigned int ifindex, bool up,
		    void (*changed)(uint32_t port, bool up, void *aux), void *aux)
{
	for (uint32_t i = 0; i < SWP_PORTS_MAX; i++) {
		struct swp_port *p = s->ports[i];

		if (!p || p->link_source != SWP_LINK_NETDEV || p->ifindex != ifindex)
			continue;
		if (up && p->running && !p->link_up)
			ask(p);
		link_report(p, up ? p->running : ask_if_moved(p), changed, aux);
	}
}

unsigned int
swp_links_polled(const struct swp *s)
{
	unsigned int n = 0;

	for (uint32_t i = 0; i < SWP_PORTS_MAX; i++)
		n += s->ports[i] && s->ports[i]->link_source == SWP_LINK_POLLED;
	return n;
}
