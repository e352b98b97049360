/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses of OpenFlow connections, in the notation of ovs-vsctl and ovs-ofctl:
 *
 *     tcp:IP[:PORT]   ssl:IP[:PORT]   unix:PATH      connects, and reconnects
 *     ptcp:[PORT][:IP]  pssl:[PORT][:IP]  punix:PATH   listens
 *
 * IP is IPv4, or IPv6 in brackets. Names are not accepted, since looking them up blocks. PORT
 * defaults to 6653.
 * Thread safety: pure. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

#define OFP_TARGET_PORT 6653
#define OFP_TARGET_BYTES 128

struct ofp_target {
	char text[OFP_TARGET_BYTES]; /* as given */
	bool passive, tls;
	struct sockaddr_storage addr;
	socklen_t n_addr;
};

/* Returns 0, or -EINVAL with 'err'. */
int ofp_target_parse(const char *text, struct ofp_target *out, char *err, size_t n_err);

/* Returns the path of a Unix socket, or NULL for another kind of target. */
const char *ofp_target_path(const struct ofp_target *t);
