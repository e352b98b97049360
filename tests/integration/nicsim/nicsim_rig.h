/* SPDX-License-Identifier: Apache-2.0 */
/* A nicsim with two VFs and a third port that is never started. Its backing devices are rings;
 * frames are sent to the wire one by one.
 *
 * Thread safety: one thread. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <rte_ethdev.h>
#include <rte_flow.h>
#include <rte_ring.h>

#define NICSIM_RIG_VFS 2
#define NICSIM_RIG_CAPACITY 4

struct nicsim_rig {
	const char *driver; /* path, set by the test */
	struct rte_mempool *pool;
	struct rte_ring *wire_in, *wire_out;
	uint16_t uplink, vf[NICSIM_RIG_VFS], not_started;
	char control[64];
	char answer[128];
};

/* Starts EAL and the device with additional arguments 'options'. Returns 0 or -1. */
int nicsim_rig_start(struct nicsim_rig *r, const char *options);
void nicsim_rig_stop(struct nicsim_rig *r);

/* Configures and starts a port; 'rmv' enables removal events. Aborts the test on failure. */
void nicsim_rig_up(struct nicsim_rig *r, uint16_t dev, uint16_t n_rxq, bool rmv);

/* Creates a transfer rule on port 'on': packets from 'from' to MAC address 02:..:'number' are
 * sent to 'to'. 'counter' may be NULL. */
struct rte_flow *nicsim_rig_rule(const struct nicsim_rig *r, uint16_t on, uint16_t from,
				 uint16_t to, uint8_t number,
				 const struct rte_flow_action_handle *counter,
				 struct rte_flow_error *error);
int nicsim_rig_validate(const struct nicsim_rig *r, uint16_t on, uint16_t from, uint16_t to,
			struct rte_flow_error *error);

/* Sends 'n' frames of 60 bytes of flow 'number', to MAC address 02:..:'number', to the wire. */
void nicsim_rig_send(struct nicsim_rig *r, uint8_t number, unsigned int n);

/* Receives and frees the packets passed to software at 'dev'; returns how many. */
unsigned int nicsim_rig_receive(struct nicsim_rig *r, uint16_t dev);

/* Sends a command to the device's socket and returns its answer, valid until the next call. */
const char *nicsim_rig_command(struct nicsim_rig *r, const char *text);

/* Returns a number from the answer to "show". */
uint64_t nicsim_rig_show(struct nicsim_rig *r, const char *name);
