/* SPDX-License-Identifier: Apache-2.0 */
/* Monitors the links of ports, and reports changes to the tables and the controllers.
 *
 * The kernel reports its network interfaces over rtnetlink, and most other devices raise an
 * interrupt when their link changes. Only devices that do neither are polled, twice a second.
 *
 * Thread safety: control only. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct ctl_links;
struct ctl_stack;
struct event_base;
struct xlate_port;

/* Returns 0, or -errno with 'err'. 's' is not used before its datapath has started. */
int ctl_links_create(struct event_base *base, struct ctl_stack *s, struct ctl_links **out,
		     char *err, unsigned int n_err);
void ctl_links_destroy(struct ctl_links *l);

/* Returns how often reports of the kernel were lost, and all interfaces were listed instead. 'l' may be NULL. */
uint64_t ctl_links_resyncs(const struct ctl_links *l);

/* Reads the link of a port that was just added, and sets it in the tables. 'l' may be NULL. */
void ctl_links_port_added(struct ctl_links *l, uint32_t dp_port);

/* Sets the link of a port's device up or down. A failure is logged; it is no error. */
void ctl_link_set(struct ctl_stack *s, const struct xlate_port *port, bool up);

/* Called after the device of a port was stopped or restarted. Sets the link down if the port is
 * configured down, then reads it. */
void ctl_links_port_restarted(struct ctl_stack *s, uint32_t dp_port);

/* For swp_config.device_event; 'aux': a struct ctl_links. Thread: any. */
void ctl_links_device_event(void *aux);
