/* SPDX-License-Identifier: Apache-2.0 */
#include "net.h"
#include "side.h"

#include <base/rcu.h>

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#define TAG_BYTES 4
#define TAG_AT 12
#define WAITS 20 /* milliseconds */

/* A port is one end of a pair; the test uses the other. */
static struct {
	struct kdp *k;
	int fds[SIDE_PORTS];
	uint64_t n_seen;
} kernel;

/* Returns the number of packets that the datapath has looked up. */
static uint64_t
n_seen(void)
{
	struct kdp_stats s;

	assert_int_equal(kdp_stats(kernel.k, &s), 0);
	return s.hits + s.misses + s.lost;
}

/* The kernel has mostly finished when send() returns. It counts no packet that it cannot parse, and several
 * that return. */
static void
frame_send(unsigned int port, const uint8_t *data, size_t n)
{
	uint64_t before = n_seen();

	assert_int_equal(send(kernel.fds[port], data, n, 0), n);
	for (int i = 0; i < WAITS && n_seen() == before; i++)
		usleep(1000);
}

/* Inserts the tag that the kernel keeps beside a frame. */
static void
tag_insert(struct msghdr *m, struct side_frame *f)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c)) {
		struct tpacket_auxdata aux;
		uint16_t tag[2];

		if (c->cmsg_level != SOL_PACKET || c->cmsg_type != PACKET_AUXDATA)
			continue;
		memcpy(&aux, CMSG_DATA(c), sizeof aux);
		if (!(aux.tp_status & TP_STATUS_VLAN_VALID))
			continue;
		tag[0] = htons(aux.tp_status & TP_STATUS_VLAN_TPID_VALID ? aux.tp_vlan_tpid
									 : ETHERTYPE_VLAN);
		tag[1] = htons(aux.tp_vlan_tci);
		memmove(f->data + TAG_AT + TAG_BYTES, f->data + TAG_AT, f->n - TAG_AT);
		memcpy(f->data + TAG_AT, tag, TAG_BYTES);
		f->n += TAG_BYTES;
	}
}

/* Receives a frame, without those that were sent here. Returns false if there is none. */
static bool
frame_receive(int fd, struct side_frame *f)
{
	char control[256];
	struct sockaddr_ll from;
	struct iovec iov = {f->data, sizeof f->data - TAG_BYTES};
	ssize_t n;

	do {
		struct msghdr m = {.msg_name = &from,
				   .msg_namelen = sizeof from,
				   .msg_iov = &iov,
				   .msg_iovlen = 1,
				   .msg_control = control,
				   .msg_controllen = sizeof control};

		n = recvmsg(fd, &m, MSG_DONTWAIT);
		if (n < 0) {
			assert_int_equal(errno, EAGAIN);
			return false;
		}
		f->n = (size_t)n;
		tag_insert(&m, f);
	} while (from.sll_pkttype == PACKET_OUTGOING);
	return true;
}

static void
frames_take(struct side_sent *out)
{
	for (unsigned int i = 0; i < SIDE_PORTS; i++) {
		while (frame_receive(kernel.fds[i], &out->frames[out->n])) {
			out->frames[out->n++].port = i;
			assert_in_range(out->n, 1, SIDE_FRAMES - 1);
		}
	}
}

static uint64_t
hits(void)
{
	struct kdp_stats s;

	assert_int_equal(kdp_stats(kernel.k, &s), 0);
	return s.hits;
}

static void
stop(void)
{
	for (unsigned int i = 0; i < SIDE_PORTS; i++)
		close(kernel.fds[i]);
	kdp_destroy(kernel.k, false);
}

static int
peer_open(const char *name)
{
	int fd = net_open(name), on = 1;

	assert_int_equal(setsockopt(fd, SOL_PACKET, PACKET_AUXDATA, &on, sizeof on), 0);
	assert_int_equal(setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof on), 0);
	return fd;
}

struct side
side_kernel(uint32_t ports[SIDE_PORTS])
{
	rcu_thread_start();
	kernel.k = net_datapath(true);
	for (unsigned int i = 0; i < SIDE_PORTS; i++) {
		char name[16];

		snprintf(name, sizeof name, "p%u", i);
		net_pair(name);
		ports[i] = net_port(kernel.k, name);
		snprintf(name, sizeof name, "p%ux", i);
		kernel.fds[i] = peer_open(name);
	}
	return (struct side){.dp = kdp_dp(kernel.k),
			     .send = frame_send,
			     .take = frames_take,
			     .hits = hits,
			     .stop = stop};
}
