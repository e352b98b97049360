/* SPDX-License-Identifier: Apache-2.0 */
/* An e-switch that decides in place of nicsim's own rules where packets are sent (steering=connectx). It is not part
 * of nicsim: the process has it if a library defines NICSIM_STEERING_SYMBOL, as that of tests/mlx5emu/ does when it
 * is preloaded or linked.
 *
 * Port 0 is the uplink, ports 1..n the virtual functions, as in nicsim. */
#pragma once

#include <stdint.h>

#define NICSIM_STEERING_SYMBOL "nicsim_steering_connectx"

enum nicsim_way {
	NICSIM_WAY_PORT,     /* sent to a port, maybe the one that it arrived from */
	NICSIM_WAY_DROP,     /* dropped by a rule */
	NICSIM_WAY_SOFTWARE, /* matched by no rule: received by the representor of its port */
	NICSIM_WAY_FAULT,    /* the rules are not as the e-switch could follow them */
};

struct nicsim_packet {
	uint8_t *bytes; /* rewritten in place; room for n_max */
	uint32_t n, n_max;
	uint16_t port; /* that it arrived from; with NICSIM_WAY_PORT, the one that it is sent to */
	const char *why; /* of NICSIM_WAY_FAULT, valid until the process ends */
};

/* The symbol is a structure of this type. */
struct nicsim_steering {
	/* The name of the device and the number of its virtual functions, or NULL if none exists. nicsim's device
	 * must have the same. Valid until the e-switch is removed, which is after nicsim's device. */
	const char *(*device)(unsigned int *n_vfs);

	/* Around the packets of a burst, and their sending: a change of the rules waits for end(), and so no packet
	 * is on its way by older rules once the change is complete. A thread has one burst at a time. */
	void (*begin)(void);
	void (*end)(void);

	/* Decides about one packet of a burst. Thread: any. */
	enum nicsim_way (*steer)(struct nicsim_packet *packet);
};
