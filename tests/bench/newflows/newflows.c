/* SPDX-License-Identifier: Apache-2.0 */
/* Sends UDP packets, each of a new flow, on one interface, and receives them on another. At most WINDOW are on
 * their way, so that a switch that is slow loses none.
 *
 *   bench_newflows OUT IN FIRST N WINDOW
 *
 * The flows have the numbers FIRST..FIRST+N-1: part of their address and port. Prints as JSON how many were received,
 * and the seconds until the last of them. Packets that do not arrive within LOST_MS are lost. */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#define BATCH 64
#define LOST_MS 5000
#define SOCKET_BYTES (8 << 20)

struct frame {
	uint8_t dst[6], src[6];
	uint16_t eth_type;
	uint8_t version, tos;
	uint16_t total, id, fragment;
	uint8_t ttl, proto;
	uint16_t ip_sum;
	uint32_t ip_src, ip_dst;
	uint16_t udp_src, udp_dst, udp_n, udp_sum;
	uint8_t payload[18];
} __attribute__((packed));

_Static_assert(sizeof(struct frame) == 60, "the least length of Ethernet");

static uint16_t
sum(const void *data, size_t n)
{
	uint32_t s = 0;
	uint16_t word;

	for (size_t i = 0; i < n; i += sizeof word) {
		memcpy(&word, (const char *)data + i, sizeof word);
		s += word;
	}
	while (s >> 16)
		s = (s & 0xffff) + (s >> 16);
	return (uint16_t)~s;
}

/* A flow has the low 16 bits of its number as its port, the others in its address. */
static void
frame_make(uint32_t flow, struct frame *f)
{
	*f = (struct frame){.dst = {2, 0, 0, 0, 0, 2},
			    .src = {2, 0, 0, 0, 0, 1},
			    .eth_type = htons(ETHERTYPE_IP),
			    .version = 0x45,
			    .total = htons(sizeof *f - ETH_HLEN),
			    .ttl = 64,
			    .proto = IPPROTO_UDP,
			    .ip_src = htonl(0x0a000000 + (flow >> 16)),
			    .ip_dst = htonl(0x0b000001),
			    .udp_src = htons((uint16_t)flow),
			    .udp_dst = htons(9),
			    .udp_n = htons(26)};
	f->ip_sum = sum(&f->version, 20);
}

static int
device_open(const char *name, uint16_t protocol)
{
	struct sockaddr_ll to = {.sll_family = AF_PACKET,
				 .sll_protocol = htons(protocol),
				 .sll_ifindex = (int)if_nametoindex(name)};
	int fd = socket(AF_PACKET, SOCK_RAW, 0), bytes = SOCKET_BYTES;

	if (!to.sll_ifindex)
		err(1, "%s", name);
	if (fd < 0 || bind(fd, (struct sockaddr *)&to, sizeof to) ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof bytes))
		err(1, "AF_PACKET on %s", name);
	return fd;
}

static unsigned int
send_some(int fd, uint32_t first, unsigned int n)
{
	struct frame frames[BATCH];
	struct iovec iov[BATCH];
	struct mmsghdr m[BATCH] = {0};
	int n_sent;

	for (unsigned int i = 0; i < n; i++) {
		frame_make(first + i, &frames[i]);
		iov[i] = (struct iovec){&frames[i], sizeof frames[i]};
		m[i].msg_hdr = (struct msghdr){.msg_iov = &iov[i], .msg_iovlen = 1};
	}
	n_sent = sendmmsg(fd, m, n, 0);
	if (n_sent < 0 && errno != ENOBUFS)
		err(1, "sendmmsg");
	return n_sent > 0 ? (unsigned int)n_sent : 0;
}

/* Returns how many packets there were, after at most 'ms'. */
static unsigned int
receive_some(int fd, int ms)
{
	static struct frame frames[BATCH];
	struct iovec iov[BATCH];
	struct mmsghdr m[BATCH] = {0};
	struct pollfd p = {.fd = fd, .events = POLLIN};
	int n;

	if (poll(&p, 1, ms) != 1)
		return 0;
	for (unsigned int i = 0; i < BATCH; i++) {
		iov[i] = (struct iovec){&frames[i], sizeof frames[i]};
		m[i].msg_hdr = (struct msghdr){.msg_iov = &iov[i], .msg_iovlen = 1};
	}
	n = recvmmsg(fd, m, BATCH, MSG_DONTWAIT, NULL);
	if (n < 0 && errno != EAGAIN)
		err(1, "recvmmsg");
	return n > 0 ? (unsigned int)n : 0;
}

static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static unsigned int
min(unsigned int a, unsigned int b)
{
	return a < b ? a : b;
}

int
main(int argc, char **argv)
{
	unsigned int first, n, window, n_sent = 0, n_received = 0;
	double start, last;
	int out, in;

	if (argc != 6)
		errx(2, "usage: bench_newflows OUT IN FIRST N WINDOW");
	out = device_open(argv[1], 0);
	in = device_open(argv[2], ETHERTYPE_IP);
	first = (unsigned int)strtoul(argv[3], NULL, 10);
	n = (unsigned int)strtoul(argv[4], NULL, 10);
	window = (unsigned int)strtoul(argv[5], NULL, 10);
	start = last = now();
	while (n_received < n) {
		unsigned int got,
			room = min(min(n - n_sent, BATCH), window - (n_sent - n_received));

		if (room)
			n_sent += send_some(out, first + n_sent, room);
		got = receive_some(in, n_sent - n_received < window && n_sent < n ? 0 : LOST_MS);
		n_received += got;
		if (got)
			last = now();
		else if (now() - last > LOST_MS / 1e3)
			break;
	}
	printf("{\"sent\": %u, \"received\": %u, \"seconds\": %f}\n", n_sent, n_received,
	       last - start);
	return 0;
}
