/* SPDX-License-Identifier: Apache-2.0 */
/* Sockets on which handlers receive upcalls.
 *
 * By port: each handler has a socket for each port, so a port that floods fills its own buffers alone.
 * By processor: each handler has one socket. In both cases each handler has one socket of no port,
 * for actions of flows whose port is not known.
 *
 * Thread safety: as stated; a handler's sockets have a mutex, which its own thread holds while it
 * reads, and the control thread while ports are added and removed. */
#pragma once

#include "packet.h"

#include <flow/dp.h>

struct kdp_channels;

/* Counts since the channels were made. */
struct kdp_channel_counts {
	uint64_t overruns; /* a socket's buffer was full: one packet or more are lost */
	uint64_t malformed[KDP_N_MALFORMED];
	uint64_t no_memory; /* packets lost */
	uint64_t looks;	    /* slots that searches for sockets of ports have looked at */
};

/* buffer_bytes: of each socket's receive buffer. dp: ifindex; upcalls of other datapaths are ignored.
 * Returns 0 or -ENOMEM. */
int kdp_channels_create(bool by_port, size_t buffer_bytes, int dp, struct kdp_channels **out);
void kdp_channels_destroy(struct kdp_channels *ch);

/* Closes all sockets, then makes those of handlers 0..n-1, without ports. Returns 0, or -errno with
 * no handlers. Thread: control; no handler is in the functions below. */
int kdp_channels_handlers_set(struct kdp_channels *ch, unsigned int n);

/* Makes the sockets of a port, if sockets are by port, and stores the netlink ports of misses to
 * 'pids': one for each handler, but not more than the machine has processors, which is all that
 * newer kernels accept; at least one: 0 without handlers. Returns their number, or
 * -errno. Thread: control. */
int kdp_channels_port_add(struct kdp_channels *ch, uint32_t port, uint32_t pids[DP_HANDLERS_MAX]);

/* Closes the sockets of a port. What waits in them is dropped. Thread: control. */
void kdp_channels_port_del(struct kdp_channels *ch, uint32_t port);

/* Stores the netlink ports of the sockets of no port, as kdp_channels_port_add(). Thread: any. */
unsigned int kdp_channels_pids(const struct kdp_channels *ch, uint32_t pids[DP_HANDLERS_MAX]);

/* Returns the netlink port for actions of a flow with input port 'port'; not 0, though nobody may
 * listen. O(1). Thread: any. */
uint32_t kdp_channels_pid(struct kdp_channels *ch, uint32_t port, uint64_t hash);

/* Implement recv() and recv_wait() of dp.h. An upcall is freed by kdp_upcall_free(). */
unsigned int kdp_channels_recv(struct kdp_channels *ch, unsigned int h, struct dp_upcall **out,
			       unsigned int max);
void kdp_channels_wait(struct kdp_channels *ch, unsigned int h, uint64_t timeout_ns);

/* Thread: any. */
void kdp_channels_counts(struct kdp_channels *ch, struct kdp_channel_counts *out);

/* Returns the number of overruns of a port's sockets. Thread: any. */
uint64_t kdp_channels_port_overruns(struct kdp_channels *ch, uint32_t port);
