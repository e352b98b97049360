/* SPDX-License-Identifier: Apache-2.0 */
/* A kernel for tests: takes the requests that conn.c sends, and gives the answers that it reads.
 *
 * The program is linked with --wrap of sendmsg, recv, recvmmsg, socket, syscall and genl_ctrl_resolve. One object.
 *
 * Thread safety: one thread. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
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

/* A flow of port 1 to one Ethernet address, which is its id. */
struct fake_flow {
	uint64_t id; /* of its UFID, too; 0: it has none */
	uint32_t output;
	uint64_t n_packets;
	bool is_gone;
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

	/* The flows of dumps and of reads by UFID. NULL: one with the UFID 1. */
	struct fake_flow *flows;
	unsigned int n_flows;
	unsigned int n_flow_requests; /* but dumps */
};

#define FAKE_PART 32 /* flows of one part of a dump */

extern struct fake fake;

/* Queues a message of an answer. */
void fake_answer(const void *bytes, size_t n);

/* Forgets what waits to be read. */
void fake_reset(enum fake_fault fault, int error, unsigned int at);

/* Spoils the dump of fake.flows in progress: its next part is an error. */
void fake_dump_cut(void);
