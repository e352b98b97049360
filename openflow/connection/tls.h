/* SPDX-License-Identifier: Apache-2.0 */
/* TLS of OpenFlow connections: own certificate, the authority that vouches for the peer's, and what that
 * authority has revoked.
 *
 * Both sides show certificates, TLS 1.2 or later; a peer without a valid one is hung up on.
 * Thread safety: control only. */
#pragma once

#include <openflow/tls_files.h>

#include <event2/bufferevent.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ctl_tls;

/* Reads the files, whose paths are borrowed. Returns 0, or -EINVAL with 'err'. */
int ctl_tls_create(const struct ctl_tls_files *files, struct ctl_tls **out, char *err,
		   size_t n_err);
void ctl_tls_destroy(struct ctl_tls *t);

/* Reads the files again if one has changed since the last call; new connections use them. Returns 1 if they
 * are in use now, 0 if none has changed, or -EINVAL with 'err': those from before stay in use. O(1) calls of
 * the system if none has. */
int ctl_tls_refresh(struct ctl_tls *t, char *err, size_t n_err);

/* A bufferevent that speaks TLS over 'fd' (-1: connected later), which it closes. 'server': who
 * accepted. NULL: no memory. */
struct bufferevent *ctl_tls_wrap(struct ctl_tls *t, struct event_base *base, evutil_socket_t fd,
				 bool server);

/* Writes what ended a bufferevent of ctl_tls_wrap(), "TLS: certificate verify failed: certificate has
 * expired". Returns false if it was not TLS. */
bool ctl_tls_error(struct bufferevent *bev, char *text, size_t n);
