/* SPDX-License-Identifier: Apache-2.0 */
/* Where an OpenFlow connection comes from or goes to, as ovs-vsctl and ovs-ofctl write it:
 *
 *     tcp:IP[:PORT]   ssl:IP[:PORT]   unix:PATH      connects there, again and again
 *     ptcp:[PORT][:IP]  pssl:[PORT][:IP]  punix:PATH   listens there
 *
 * IP is IPv4, or IPv6 in brackets; a name is not looked up, since that blocks. PORT is 6653 when it is
 * left out.
 * Thread safety: pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

#define CTL_TARGET_PORT 6653
#define CTL_TARGET_BYTES 128

struct ctl_target {
	char text[CTL_TARGET_BYTES]; /* as given */
	bool passive, tls;
	struct sockaddr_storage addr;
	socklen_t n_addr;
};

/* Returns 0, or -EINVAL with 'err'. */
int ctl_target_parse(const char *text, struct ctl_target *out, char *err, size_t n_err);

/* The path of a Unix socket, or NULL. */
const char *ctl_target_path(const struct ctl_target *t);
