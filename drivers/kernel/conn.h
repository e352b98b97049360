/* SPDX-License-Identifier: Apache-2.0 */
/* A netlink connection to the kernel: requests, and their answers by sequence number.
 *
 * The kernel serves a request while it is sent, so its answers wait in the socket's buffer when
 * kdp_conn_ask() begins to read: reading never waits.
 *
 * Thread safety: one thread at a time. */
#pragma once

#include <netlink/msg.h>
#include <netlink/netlink.h>
#include <stdbool.h>
#include <stdint.h>

struct kdp_conn;

/* One request. 'msg' is borrowed during the call. */
struct kdp_request {
	struct nl_msg *msg;
	/* Receives each answer but the acknowledgement, which is borrowed; NULL: they are not
	 * wanted. Returns 0 or -errno, which becomes 'error' unless the kernel refuses. */
	int (*answer)(void *aux, struct nlmsghdr *h);
	void *aux;
	int error;	  /* result: 0 or the kernel's -errno; -ENOBUFS if the answer was lost */
	bool is_answered; /* false: the kernel may have performed it */
};

/* Connects by a protocol such as NETLINK_GENERIC. Returns 0, -ENOMEM or the socket's -errno. */
int kdp_conn_create(int protocol, struct kdp_conn **out);
void kdp_conn_destroy(struct kdp_conn *c);

/* For names of families. */
struct nl_sock *kdp_conn_socket(struct kdp_conn *c);

/* Sends requests in one system call, up to KDP_BATCH_MAX, and reads their answers. The kernel serves
 * them in order, whether or not one fails. Only the last one is acknowledged. Of the others, one with an
 * 'answer' ends with the first that it gets, and of the rest the kernel reports failures alone: a batch costs
 * few reads. A call that could not send sets the error of each
 * request, such as -ENOBUFS or -EMSGSIZE (over KDP_SEND_BYTES in all). */
#define KDP_BATCH_MAX 64
#define KDP_SEND_BYTES (1 << 20)
void kdp_conn_ask(struct kdp_conn *c, struct kdp_request *reqs, unsigned int n);

/* Sends one request and frees 'msg'; if 'is_full', an attribute was left out of it, and it is freed
 * alone. Returns 0 or -errno; -EMSGSIZE: 'is_full'. */
int kdp_conn_ask_one(struct kdp_conn *c, struct nl_msg *msg, bool is_full,
		     int (*answer)(void *aux, struct nlmsghdr *h), void *aux);

/* Begins a dump: sends 'msg', which is borrowed. One dump is in progress at a time; requests may be
 * made meanwhile on other connections. Returns 0 or -errno. */
int kdp_conn_dump_begin(struct kdp_conn *c, struct nl_msg *msg);

/* Reads the next part of the dump, at most 32 KiB of messages, each to 'answer'. Returns 1 if more
 * may follow, 0 at the end, or -errno: of the kernel (-ENODEV: the datapath is gone), of 'answer',
 * or -EINTR if objects changed meanwhile, so that some may be missing. */
int kdp_conn_dump_next(struct kdp_conn *c, int (*answer)(void *aux, struct nlmsghdr *h), void *aux);

/* Returns true while a dump is in progress: not all of it was read. */
bool kdp_conn_is_dumping(const struct kdp_conn *c);
