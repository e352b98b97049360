/* SPDX-License-Identifier: Apache-2.0 */
/* Follows the links of ports, and tells the tables and the controllers of what changes.
 *
 * The kernel reports its network interfaces over rtnetlink; a device that reports its link raises an
 * interrupt; the few that do neither are asked twice a second. So nothing is asked while nothing
 * changes.
 *
 * Thread safety: control only. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

struct ctl_links;
struct ctl_stack;
struct event_base;
struct xlate_port;

/* 0, or -errno with 'err'. 's' is used once its software path has started. */
int ctl_links_create(struct event_base *base, struct ctl_stack *s, struct ctl_links **out,
		     char *err, unsigned int n_err);
void ctl_links_destroy(struct ctl_links *l);

/* Asks the kernel about the interface of a port that was just added. 'l' may be NULL. */
void ctl_links_port_added(struct ctl_links *l, uint32_t dp_port);

/* Takes the link of a port's device up or down. A device that cannot, or refuses, is no error. */
void ctl_link_set(struct ctl_stack *s, const struct xlate_port *port, bool up);

/* The device of a port has stopped, or started again: its link is set and read as it is now. */
void ctl_links_port_restarted(struct ctl_stack *s, uint32_t dp_port);

/* swp_config.device_event, of a struct ctl_links. Thread: any. */
void ctl_links_device_event(void *aux);
