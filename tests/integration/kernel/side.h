/* SPDX-License-Identifier: Apache-2.0 */
/* A datapath with ports that a test sends frames to, and takes the frames of, one frame after another: the
 * kernel's, or that of the software path. A failure fails the test.
 *
 * Thread safety: the test's thread, an RCU thread. */
#pragma once

#include <flow/dp.h>

#define SIDE_PORTS 8
#define SIDE_FRAME_BYTES 2048
#define SIDE_FRAMES 256

struct side_frame {
	unsigned int port; /* index */
	size_t n;
	uint8_t data[SIDE_FRAME_BYTES];
};

/* Frames that left, by port and then in their order. */
struct side_sent {
	unsigned int n;
	struct side_frame frames[SIDE_FRAMES];
};

struct side {
	struct dp *dp;
	/* Sends a frame to a port, and returns when the datapath has finished with it. */
	void (*send)(unsigned int port, const uint8_t *data, size_t n);
	/* Adds the frames that have left since the last call. */
	void (*take)(struct side_sent *out);
	/* Returns the number of packets that flows have matched. */
	uint64_t (*hits)(void);
	void (*stop)(void);
};

/* Start a datapath with SIDE_PORTS ports, and store their numbers, which are the same on both sides. */
struct side side_kernel(uint32_t ports[SIDE_PORTS]);
struct side side_software(uint32_t ports[SIDE_PORTS]);
