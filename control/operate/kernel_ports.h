/* SPDX-License-Identifier: Apache-2.0 */
/* The ports of the kernel's datapath that the daemon has, by number and by interface.
 *
 * A port is found by its number in O(log ports), by its interface in O(1) on average.
 *
 * Thread safety: control only. */
#pragma once

#include <flow/key.h>
#include <kernel/kdp.h>

struct ctl_kernel_port {
	uint32_t number;
	unsigned int n_users; /* several for a device that tunnel ports share */
	char name[64];
	struct kdp_port_config config; /* its name is that of the interface to take */

	/* The interface, as last reported. It is followed when it is renamed. */
	char interface[IFNAMSIZ];
	unsigned int ifindex;	  /* 0 while the port is lost */
	unsigned int was_ifindex; /* before it was lost last; 0: it had none */
	bool link_up;
	uint32_t mtu;
	struct flow_mac mac;

	/* While the port is lost: someone else removed it, or its interface, or the interface was not there yet. */
	char fault[128];
	bool may_return; /* to be added again */
	bool is_back;	 /* it was, which is to be reported */

	uint64_t n_lost, n_renamed;
	/* Of all interfaces that it had: as last read, and without the present one. */
	struct kdp_port_stats last, before;
	struct ctl_kernel_port *next_by_ifindex; /* or of the lost ports */
};

/* All zero: empty. */
struct ctl_kernel_ports {
	struct ctl_kernel_port **by_number; /* in order */
	unsigned int n, n_room;
	struct ctl_kernel_port **by_ifindex; /* n_chains of them, a power of two */
	unsigned int n_chains;
	struct ctl_kernel_port *lost;
	uint64_t n_looks; /* ports that searches by interface have looked at */
};

void ctl_kernel_ports_free(struct ctl_kernel_ports *t);

/* Adds a copy of a port whose number is not there. Returns 0 or -ENOMEM. O(ports). */
int ctl_kernel_ports_add(struct ctl_kernel_ports *t, const struct ctl_kernel_port *p);
void ctl_kernel_ports_del(struct ctl_kernel_ports *t, struct ctl_kernel_port *p);

/* Return NULL if there is none. Ports are not moved by additions. */
struct ctl_kernel_port *ctl_kernel_ports_find(const struct ctl_kernel_ports *t, uint32_t number);
struct ctl_kernel_port *ctl_kernel_ports_of(struct ctl_kernel_ports *t, unsigned int ifindex);

/* Returns a lost port that takes an interface of this name. O(lost ports), mostly none. */
struct ctl_kernel_port *ctl_kernel_ports_lost(struct ctl_kernel_ports *t, const char *interface);

/* Adds what the port counted with earlier interfaces to the counts of the present one, which begin at 0, so that
 * they do not decrease. */
void ctl_kernel_port_count(struct ctl_kernel_port *p, struct kdp_port_stats *s);

/* Sets the same counts of a lost port to those that were read last. */
void ctl_kernel_port_counted(const struct ctl_kernel_port *p, struct kdp_port_stats *s);

/* Sets the interface of a port; 0: it is lost. */
void ctl_kernel_ports_move(struct ctl_kernel_ports *t, struct ctl_kernel_port *p,
			   unsigned int ifindex);
