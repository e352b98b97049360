/* SPDX-License-Identifier: Apache-2.0 */
/* A kernel for tests: takes the requests that conn.c sends, and gives the answers that it reads.
 *
 * The program is linked with --wrap of sendmsg, recv, recvmmsg, socket, syscall and genl_ctrl_resolve. One object.
 *
 * Thread safety: one thread. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum fake_fault {
	FAKE_NONE,
	FAKE_ERROR,    /* the request is refused with 'error' */
	FAKE_SEND,     /* the system call that has the request fails with 'error', once */
	FAKE_LOSE,     /* it is performed and not answered */
	FAKE_OVERRUN,  /* the same, and the socket reports -ENOBUFS once */
	FAKE_TRUNCATE, /* it is performed, and its answer has a random length */
	FAKE_RANDOM,   /* it is performed, and its answer has random bytes */
	FAKE_NOISE,    /* messages of random bytes precede the answer */
	FAKE_REVERSE,  /* answers to a batch arrive in reverse order from this request on */
	FAKE_GONE,     /* the datapath does not exist from this request on */
};

struct fake {
	enum fake_fault fault;
	int error;	 /* negative */
	unsigned int at; /* number of the request that has the fault, from 1 */
	uint32_t seed;

	unsigned int n_requests;
	unsigned int n_calls; /* of the system */
	bool is_nohz_full;    /* membarrier() is refused */
	bool has_no_sockets;  /* none is opened */
	bool has_datapath;
	unsigned int n_executed; /* packets */
	unsigned int n_added;	 /* flows */
};

extern struct fake fake;

/* Forgets what waits to be read. */
void fake_reset(enum fake_fault fault, int error, unsigned int at);
