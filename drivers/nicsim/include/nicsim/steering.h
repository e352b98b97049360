/* SPDX-License-Identifier: Apache-2.0 */
/* An e-switch that decides in place of nicsim's own rules where packets are sent (steering=connectx). It is not part
 * of nicsim: the process has it if a library defines NICSIM_STEERING_SYMBOL, as that of tests/mlx5emu/ does when it
 * is preloaded or linked.
 *
 * Port 0 is the uplink, ports 1..n the virtual functions, as in nicsim. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#define NICSIM_STEERING_SYMBOL "nicsim_steering_connectx"

enum nicsim_way {
	NICSIM_WAY_PORT,     /* sent to a port, maybe the one that it arrived from */
	NICSIM_WAY_SOFTWARE, /* received by the representor of the port that it arrived from */
};

struct nicsim_packet {
	const uint8_t *bytes;
	uint32_t n;
	uint16_t port; /* that it arrived from */
};

/* What becomes of a packet, or of one of its copies. */
struct nicsim_copy {
	enum nicsim_way way;
	uint16_t port; /* of NICSIM_WAY_PORT */
	const uint8_t *bytes;
	uint32_t n;
};

/* 'copy' is valid during the call. */
typedef void nicsim_leave_fn(void *aux, const struct nicsim_copy *copy);

/* The symbol is a structure of this type. */
struct nicsim_steering {
	/* The name of the device and the number of its virtual functions, or NULL if none exists. nicsim's device
	 * must have the same. Valid until the e-switch is removed, which is after nicsim's device. */
	const char *(*device)(unsigned int *n_vfs);

	/* The e-switch fails: it loses its rules, and tells who inserted them. 'lasts': it takes none until revive(),
	 * else at once. Threads: any, outside of a burst. */
	void (*fail)(bool lasts);
	void (*revive)(void);

	/* Around the packets of a burst, and their sending: a change of the rules waits for end(), and so no packet
	 * is on its way by older rules once the change is complete. A thread has one burst at a time. */
	void (*begin)(void);
	void (*end)(void);

	/* Decides about one packet of a burst: calls 'leave' for each copy of it, and not at all if it is dropped.
	 * 'leave' may overwrite the packet's bytes.
	 * Returns NULL, or what the e-switch could not follow, for a packet without copies; valid until the process
	 * ends. Thread: any. */
	const char *(*steer)(const struct nicsim_packet *packet, nicsim_leave_fn *leave, void *aux);
};
