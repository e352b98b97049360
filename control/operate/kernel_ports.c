/* SPDX-License-Identifier: Apache-2.0 */
#include "operate/kernel_ports.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define ROOM_MIN 16

void
ctl_kernel_ports_free(struct ctl_kernel_ports *t)
{
	for (unsigned int i = 0; i < t->n; i++)
		free(t->by_number[i]);
	free(t->by_number);
	free(t->by_ifindex);
	*t = (struct ctl_kernel_ports){0};
}

/* Returns the place of the first port with at least this number. */
static unsigned int
place_of(const struct ctl_kernel_ports *t, uint32_t number)
{
	unsigned int low = 0, high = t->n;

	while (low < high) {
		unsigned int middle = (low + high) / 2;

		if (t->by_number[middle]->number < number)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static struct ctl_kernel_port **
chain_of(struct ctl_kernel_ports *t, unsigned int ifindex)
{
	return ifindex ? &t->by_ifindex[ifindex & (t->n_chains - 1)] : &t->lost;
}

static void
link_in(struct ctl_kernel_ports *t, struct ctl_kernel_port *p)
{
	struct ctl_kernel_port **chain = chain_of(t, p->ifindex);

	p->next_by_ifindex = *chain;
	*chain = p;
}

static void
link_out(struct ctl_kernel_ports *t, struct ctl_kernel_port *p)
{
	struct ctl_kernel_port **at = chain_of(t, p->ifindex);

	while (*at != p)
		at = &(*at)->next_by_ifindex;
	*at = p->next_by_ifindex;
}

/* The arrays have room for as many ports. */
static int
grow(struct ctl_kernel_ports *t)
{
	unsigned int n = t->n_room ? 2 * t->n_room : ROOM_MIN;
	struct ctl_kernel_port **by_number = realloc(t->by_number, n * sizeof *by_number);
	struct ctl_kernel_port **by_ifindex = calloc(n, sizeof *by_ifindex);

	if (by_number)
		t->by_number = by_number;
	if (!by_number || !by_ifindex) {
		free(by_ifindex);
		return -ENOMEM;
	}
	free(t->by_ifindex);
	t->by_ifindex = by_ifindex;
	t->n_room = t->n_chains = n;
	t->lost = NULL;
	for (unsigned int i = 0; i < t->n; i++)
		link_in(t, t->by_number[i]);
	return 0;
}

int
ctl_kernel_ports_add(struct ctl_kernel_ports *t, const struct ctl_kernel_port *p)
{
	unsigned int i = place_of(t, p->number);
	struct ctl_kernel_port *copy;

	if (t->n == t->n_room && grow(t))
		return -ENOMEM;
	copy = malloc(sizeof *copy);
	if (!copy)
		return -ENOMEM;
	*copy = *p;
	memmove(t->by_number + i + 1, t->by_number + i, (t->n - i) * sizeof(void *));
	t->by_number[i] = copy;
	t->n++;
	link_in(t, copy);
	return 0;
}

void
ctl_kernel_ports_del(struct ctl_kernel_ports *t, struct ctl_kernel_port *p)
{
	unsigned int i = place_of(t, p->number);

	link_out(t, p);
	t->n--;
	memmove(t->by_number + i, t->by_number + i + 1, (t->n - i) * sizeof(void *));
	free(p);
}

struct ctl_kernel_port *
ctl_kernel_ports_find(const struct ctl_kernel_ports *t, uint32_t number)
{
	unsigned int i = place_of(t, number);

	return i < t->n && t->by_number[i]->number == number ? t->by_number[i] : NULL;
}

struct ctl_kernel_port *
ctl_kernel_ports_of(struct ctl_kernel_ports *t, unsigned int ifindex)
{
	struct ctl_kernel_port *p = t->n_chains && ifindex ? *chain_of(t, ifindex) : NULL;

	while (p) {
		t->n_looks++;
		if (p->ifindex == ifindex)
			break;
		p = p->next_by_ifindex;
	}
	return p;
}

struct ctl_kernel_port *
ctl_kernel_ports_lost(struct ctl_kernel_ports *t, const char *interface)
{
	struct ctl_kernel_port *p = t->lost;

	while (p) {
		t->n_looks++;
		if (!strcmp(p->config.name, interface))
			break;
		p = p->next_by_ifindex;
	}
	return p;
}

void
ctl_kernel_ports_move(struct ctl_kernel_ports *t, struct ctl_kernel_port *p, unsigned int ifindex)
{
	link_out(t, p);
	p->ifindex = ifindex;
	link_in(t, p);
}

static void
counts_add(struct kdp_port_stats *to, const struct kdp_port_stats *from)
{
	to->rx_packets += from->rx_packets;
	to->tx_packets += from->tx_packets;
	to->rx_bytes += from->rx_bytes;
	to->tx_bytes += from->tx_bytes;
	to->rx_errors += from->rx_errors;
	to->tx_errors += from->tx_errors;
	to->rx_dropped += from->rx_dropped;
	to->tx_dropped += from->tx_dropped;
}

void
ctl_kernel_port_count(struct ctl_kernel_port *p, struct kdp_port_stats *s)
{
	counts_add(s, &p->before);
	p->last = *s;
}

void
ctl_kernel_port_counted(const struct ctl_kernel_port *p, struct kdp_port_stats *s)
{
	counts_add(s, &p->last);
}
