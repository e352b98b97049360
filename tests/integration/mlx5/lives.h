/* SPDX-License-Identifier: Apache-2.0 */
/* Lives of a device in each of which another firmware command, method of uverbs or work request fails.
 *
 * Thread safety: the test's thread. */
#pragma once
#include <emu.h>
#include <stdbool.h>

enum fault_kind { NOTHING, COMMAND, METHOD, WORK };

/* What fails in a life, after so many of its kind. */
struct fault {
	enum fault_kind kind;
	uint16_t opcode; /* or object of a method */
	uint16_t method;
	unsigned after;
	bool leaves; /* objects until their context is closed: the library does not try again */
};

/* The device was started, and is not open. */
void lives_arm(const struct fault *f);

/* What a life does, on a device of a format that it starts and stops. Returns how many failures its caller saw, and the
 * counts before the device was stopped. */
typedef unsigned lives_life(unsigned format, const struct fault *f, struct emu_counts *counts);

/* For each command, and 0, 'step', 2 'step' ... of it that succeed before one fails, until a life is over before that. Fails the test
 * unless most lives saw a failure. */
void lives_of_commands(lives_life *life, unsigned step);

/* For some calls of methods. */
void lives_of_methods(lives_life *life);

/* For 'n' of the work requests of a life, each in a process of its own: while libmlx5 moves entries to a larger hash table it does
 * not survive a failed write (docs/mlx5.md). Such lives are counted, and are few. */
void lives_of_work(lives_life *life, unsigned n);
