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

/* The device reports IBV_EVENT_DEVICE_FATAL on the async fd of each context. From then on commands fail with EIO
 * and no work request completes. Destroying succeeds. */
void emu_raise_fatal(void);

void emu_faults_clear(void);

/* Whether a stalled command waits now. */
bool emu_stalled(void);
