/* SPDX-License-Identifier: Apache-2.0 */
/* A nicsim whose backing devices are rings: packets go in and out one by one. */
#pragma once

#include <flow/nic.h>

#include <rte_mbuf.h>

#define ESWITCH_PORTS 6
#define FRAME_BYTES_MAX 2048

struct frame {
	uint32_t port; /* index of the port it left by */
	size_t n;
	uint8_t data[FRAME_BYTES_MAX];
};

struct eswitch {
	struct rte_mempool *pool;
	struct rte_ring *in[ESWITCH_PORTS], *out[ESWITCH_PORTS]; /* of the backing devices */
	uint16_t ethdev[ESWITCH_PORTS];				 /* host side */
};

/* Starts EAL with the driver at 'path', and the device with these arguments more. Aborts the test when it
 * cannot. */
void eswitch_start(struct eswitch *e, const char *path, const char *options);

/* A packet enters at a port's backing device. Returns true when hardware took it: '*n' frames left, up
 * to 'max'; false when it came up to software, untouched or not: '*up' has it. */
bool eswitch_send(struct eswitch *e, unsigned int port, const uint8_t *data, size_t n_bytes,
		  struct frame *left, unsigned int max, unsigned int *n, struct frame *up);
