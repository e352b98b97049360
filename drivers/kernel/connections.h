/* SPDX-License-Identifier: Apache-2.0 */
/* Connections that the kernel tracks, by ctnetlink: those of the daemon's network namespace, also of other
 * programs.
 *
 * Thread safety: control only. */
#pragma once

#include <flow/connection.h>
#include <flow/dp.h>

/* Implement connections_new(), connections_next() and connections_free() of dp.h. A part of the kernel's
 * dump is 32 KiB, about 150 connections. */
int kdp_connections_new(struct dp *dp, const struct flow_connection_filter *filter, bool remove,
			struct dp_connections **out);
int kdp_connections_next(struct dp *dp, struct dp_connections *walk,
			 void (*each)(void *aux, const struct flow_connection *c), void *aux);
void kdp_connections_free(struct dp *dp, struct dp_connections *walk);
