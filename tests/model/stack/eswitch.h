/* SPDX-License-Identifier: Apache-2.0 */
/* A nicsim whose backing devices are rings; packets are sent and received one by one.
 *
 * Thread safety: the test's thread. */
#pragma once

#include <flow/nic.h>

#include <rte_mbuf.h>

#define ESWITCH_PORTS 6
#define FRAME_BYTES_MAX 2048

struct frame {
	uint32_t port; /* index of the egress port */
	size_t n;
	uint8_t data[FRAME_BYTES_MAX];
};

struct eswitch {
	struct rte_mempool *pool;
	struct rte_ring *in[ESWITCH_PORTS], *out[ESWITCH_PORTS]; /* rings of the backing devices */
	uint16_t ethdev[ESWITCH_PORTS];				 /* host side */
};

/* Starts EAL with the driver at 'path', and the device with additional arguments 'options'.
 * Aborts the test on failure. */
void eswitch_start(struct eswitch *e, const char *path, const char *options);

/* Sends a packet to a port's backing device. Returns true if hardware handled it, with the '*n'
 * frames sent, up to 'max', in 'left'; false if it was passed to software, possibly changed: it
 * is in '*up'. */
bool eswitch_send(struct eswitch *e, unsigned int port, const uint8_t *data, size_t n_bytes,
		  struct frame *left, unsigned int max, unsigned int *n, struct frame *up);
