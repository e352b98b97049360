/* SPDX-License-Identifier: Apache-2.0 */
/* TLS of OpenFlow connections: own certificate, and the authority that vouches for the peer's.
 *
 * Both sides show certificates, TLS 1.2 or later; a peer without a valid one is hung up on.
 * Thread safety: control only. */
#pragma once

#include <event2/bufferevent.h>
#include <stdbool.h>
#include <stddef.h>

struct ctl_tls;

struct ctl_tls_files {
	const char *private_key, *certificate, *ca_certificate; /* PEM; NULL: not given */
};

/* Reads the files. Returns 0, or -EINVAL with 'err'. */
int ctl_tls_create(const struct ctl_tls_files *files, struct ctl_tls **out, char *err,
		   size_t n_err);
void ctl_tls_destroy(struct ctl_tls *t);

/* A bufferevent that speaks TLS over 'fd' (-1: connected later), which it closes. 'server': who
 * accepted. NULL: no memory. */
struct bufferevent *ctl_tls_wrap(struct ctl_tls *t, struct event_base *base, evutil_socket_t fd,
				 bool server);

/* What went wrong last in a bufferevent of ctl_tls_wrap(), as text. */
void ctl_tls_error(struct bufferevent *bev, char *text, size_t n);
