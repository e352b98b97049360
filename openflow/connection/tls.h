/* SPDX-License-Identifier: Apache-2.0 */
/* TLS of OpenFlow connections: this side's certificate, the authority that signs the peers'
 * certificates, and that authority's revocations.
 *
 * Both sides present certificates, TLS 1.2 or later. A peer without a valid one is disconnected.
 * Thread safety: control only. */
#pragma once

#include <openflow/tls_files.h>

#include <event2/bufferevent.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ofp_tls;

/* Reads the files, whose paths are borrowed. Returns 0, or -EINVAL with 'err'. */
int ofp_tls_create(const struct ofp_tls_files *files, struct ofp_tls **out, char *err,
		   size_t n_err);
void ofp_tls_destroy(struct ofp_tls *t);

/* Reads the files again if one has changed since the last call; new connections use them. Returns 1
 * if new files are in use, 0 if none has changed, or -EINVAL with 'err': the earlier ones stay in
 * use. O(1) system calls if none has changed. */
int ofp_tls_refresh(struct ofp_tls *t, char *err, size_t n_err);

/* Returns a bufferevent that speaks TLS over 'fd' (-1: to be connected later), which it closes.
 * 'server': this side accepted the connection. Returns NULL without memory. */
struct bufferevent *ofp_tls_wrap(struct ofp_tls *t, struct event_base *base, evutil_socket_t fd,
				 bool server);

/* Writes the error that ended a bufferevent of ofp_tls_wrap(), e.g. "TLS: certificate verify
 * failed: certificate has expired". Returns false if it was not a TLS error. */
bool ofp_tls_error(struct bufferevent *bev, char *text, size_t n);
