/* SPDX-License-Identifier: Apache-2.0 */
/* Send queues of the steering library: the doorbell record is polled, work requests are executed in order, and
 * completions written as the hardware writes them.
 * Thread safety: the caller holds the device's lock. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

struct emu_device;
struct emu_object;

enum emu_qp_state { EMU_QP_RST, EMU_QP_INIT, EMU_QP_RTR, EMU_QP_RTS, EMU_QP_ERR };

struct emu_cq {
	uint8_t *entries; /* 64 bytes each */
	uint32_t *record; /* be32: how many the library consumed */
	uint32_t n;	  /* a power of two */
	uint32_t produced;
};

struct emu_qp {
	enum emu_qp_state state;
	struct emu_object *cq;
	uint8_t *ring;	  /* of 64-byte blocks */
	uint32_t n;	  /* blocks, a power of two */
	uint32_t *record; /* be32: the send counter is the second word */
	uint16_t done;	  /* blocks executed, modulo 2^16 */
	bool stalled;	  /* executes nothing */
};

/* Executes the requests that were posted to all queues, or none if work is stalled or the device failed.
 * Returns how many. */
unsigned emu_queues_run(struct emu_device *dev);

/* Whether posted requests wait in a queue. */
bool emu_queues_wait(struct emu_device *dev);
