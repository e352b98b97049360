/* SPDX-License-Identifier: Apache-2.0 */
/* Faults that a test injects. Each takes effect once, after `after` of its kind went well, and is then forgotten;
 * emu_faults_clear() forgets the rest and releases what is stalled.
 * Thread safety: any thread. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

/* The firmware refuses a command with a status (1..255), which libmlx5 turns into an errno. Destroying an object
 * is its own command, e.g. 0x931 for a flow table. */
void emu_fail_command(uint16_t opcode, unsigned after, uint8_t status);

/* The kernel refuses a method of uverbs with an errno. */
void emu_fail_method(uint16_t object, uint16_t method, unsigned after, int error);

/* A work request ends with an error completion of this syndrome, and its queue in the error state. */
void emu_fail_work(unsigned after, uint8_t syndrome);

/* The next command with this opcode does not return until emu_faults_clear(). */
void emu_stall_command(uint16_t opcode);

/* No work request is executed until emu_faults_clear(). */
void emu_stall_work(void);

/* None of a queue that exists now is. */
void emu_stall_queues(void);

/* The device dies: it reports IBV_EVENT_DEVICE_FATAL on the async fd of each context. From then on methods and commands
 * fail with EIO, no work request completes, and rules match nothing. Destroying succeeds. */
void emu_raise_fatal(void);

/* The device is reset: the same, but contexts that are opened from now on work. */
void emu_reset(void);

/* Contexts that are opened from now on work again, after emu_raise_fatal(). */
void emu_revive(void);

void emu_faults_clear(void);

/* Whether a stalled command waits now. */
bool emu_stalled(void);
