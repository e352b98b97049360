/* SPDX-License-Identifier: Apache-2.0 */
#include "channel.h"

#include "upcall.h"
#include "vport.h"

#include <base/clock.h>
#include <base/lock.h>
#include <base/rcu.h>

#include <errno.h>
#include <netlink/netlink.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

/* Longer than any message: a packet is at most 64 KiB. Buffers begin at different sets of a cache. */
#define MESSAGE_BYTES (128 * 1024 + 4096 + 64)
#define MESSAGES 16 /* that one call reads */
#define EVENTS 64
#define NO_SLOT UINT32_MAX

/* A socket of a handler. */
struct inlet {
	struct nl_sock *sk; /* NULL: the slot is free */
	uint32_t port;	    /* FLOW_PORT_NONE: of no port */
	bool is_ready;	    /* in the list of ready ones; it may have messages */
	uint64_t overruns;
};

struct handler {
	struct mutex lock;
	int epoll; /* -1: the handler does not exist */
	uint32_t n GUARDED_BY(lock);
	struct inlet *inlets GUARDED_BY(lock); /* 0: of no port */
	/* Slot of each port, KDP_PORTS_MAX of them; 0: it has none. The kernel gives memory to parts that are used. */
	uint32_t *slots GUARDED_BY(lock);
	/* Slots in the order in which they are served. */
	uint32_t *ready GUARDED_BY(lock);
	uint32_t n_ready GUARDED_BY(lock);
	struct kdp_channel_counts counts GUARDED_BY(lock);
	uint8_t *buf; /* MESSAGES of MESSAGE_BYTES; the handler's thread */
};

struct kdp_channels {
	bool by_port;
	size_t buffer_bytes;
	int dp;
	unsigned int n_processors;
	_Atomic unsigned int n_handlers;
	struct handler handlers[DP_HANDLERS_MAX];
};

int
kdp_channels_create(bool by_port, size_t buffer_bytes, int dp, struct kdp_channels **out)
{
	struct kdp_channels *ch = calloc(1, sizeof *ch);
	long n_processors;

	if (!ch)
		return -ENOMEM;
	ch->by_port = by_port;
	ch->buffer_bytes = buffer_bytes;
	ch->dp = dp;
	n_processors = sysconf(_SC_NPROCESSORS_CONF);
	ch->n_processors = n_processors > 0 ? (unsigned int)n_processors : 1;
	for (unsigned int i = 0; i < DP_HANDLERS_MAX; i++) {
		mutex_init(&ch->handlers[i].lock);
		ch->handlers[i].epoll = -1;
	}
	*out = ch;
	return 0;
}

/* Other threads may ask for its sockets meanwhile. */
static void
handler_close(struct handler *h)
{
	mutex_lock(&h->lock);
	for (uint32_t i = 0; i < h->n; i++)
		nl_socket_free(h->inlets[i].sk);
	free(h->inlets);
	free(h->ready);
	free(h->slots);
	free(h->buf);
	if (h->epoll >= 0)
		close(h->epoll);
	h->inlets = NULL;
	h->ready = NULL;
	h->slots = NULL;
	h->buf = NULL;
	h->epoll = -1;
	h->n = h->n_ready = 0;
	mutex_unlock(&h->lock);
}

void
kdp_channels_destroy(struct kdp_channels *ch)
{
	if (!ch)
		return;
	for (unsigned int i = 0; i < DP_HANDLERS_MAX; i++) {
		handler_close(&ch->handlers[i]);
		mutex_destroy(&ch->handlers[i].lock);
	}
	free(ch);
}

/* Returns a free slot, or NO_SLOT without memory. */
static uint32_t
slot_new(struct handler *h)
{
	struct inlet *inlets;
	uint32_t *ready;

	for (uint32_t i = 0; i < h->n; i++) {
		if (!h->inlets[i].sk)
			return i;
	}
	inlets = realloc(h->inlets, (h->n + 1) * sizeof *inlets);
	if (!inlets)
		return NO_SLOT;
	h->inlets = inlets;
	ready = realloc(h->ready, (h->n + 1) * sizeof *ready);
	if (!ready)
		return NO_SLOT;
	h->ready = ready;
	inlets[h->n] = (struct inlet){0};
	return h->n++;
}

/* A bound socket that does not block. Overruns are reported by errors: the kernel must not hide them. */
static int
socket_open(const struct kdp_channels *ch, struct nl_sock **out)
{
	struct nl_sock *sk = nl_socket_alloc();
	int n = (int)ch->buffer_bytes, fd;

	if (!sk)
		return -ENOMEM;
	if (nl_connect(sk, NETLINK_GENERIC) || nl_socket_set_nonblocking(sk)) {
		nl_socket_free(sk);
		return -EMFILE;
	}
	fd = nl_socket_get_fd(sk);
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &n, sizeof n))
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &n, sizeof n);
	*out = sk;
	return 0;
}

/* Adds a socket to the handler. Returns 0 or -errno. */
static int
inlet_add(struct kdp_channels *ch, struct handler *h, uint32_t port) REQUIRES(h->lock)
{
	struct epoll_event event = {.events = EPOLLIN};
	uint32_t slot = slot_new(h);
	struct nl_sock *sk;
	int rc;

	if (slot == NO_SLOT)
		return -ENOMEM;
	rc = socket_open(ch, &sk);
	if (rc)
		return rc;
	event.data.u32 = slot;
	if (epoll_ctl(h->epoll, EPOLL_CTL_ADD, nl_socket_get_fd(sk), &event)) {
		rc = -errno;
		nl_socket_free(sk);
		return rc;
	}
	h->inlets[slot] = (struct inlet){.sk = sk, .port = port};
	if (port < KDP_PORTS_MAX)
		h->slots[port] = slot;
	return 0;
}

static void
inlet_del(struct handler *h, uint32_t slot) REQUIRES(h->lock)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < h->n_ready; i++) {
		if (h->ready[i] != slot)
			h->ready[n++] = h->ready[i];
	}
	h->n_ready = n;
	nl_socket_free(h->inlets[slot].sk);
	h->slots[h->inlets[slot].port] = 0;
	h->inlets[slot] = (struct inlet){0};
}

/* Returns the slot of a port, or 0: that of no port. O(1): each upcall action of a flow looks for one. */
static uint32_t
slot_find(struct handler *h, uint32_t port) REQUIRES(h->lock)
{
	if (port >= KDP_PORTS_MAX || !h->slots)
		return 0;
	h->counts.looks++;
	return h->slots[port];
}

static uint32_t
pid_of(const struct handler *h, uint32_t slot) REQUIRES(h->lock)
{
	return nl_socket_get_local_port(h->inlets[slot].sk);
}

static int
handler_open(struct kdp_channels *ch, struct handler *h)
{
	int rc;

	h->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (h->epoll < 0)
		return -errno;
	h->buf = malloc((size_t)MESSAGES * MESSAGE_BYTES);
	if (!h->buf)
		return -ENOMEM;
	mutex_lock(&h->lock);
	h->slots = calloc(KDP_PORTS_MAX, sizeof *h->slots);
	rc = h->slots ? inlet_add(ch, h, FLOW_PORT_NONE) : -ENOMEM;
	mutex_unlock(&h->lock);
	return rc;
}

int
kdp_channels_handlers_set(struct kdp_channels *ch, unsigned int n)
{
	unsigned int n_before = atomic_exchange(&ch->n_handlers, 0);
	int rc = 0;

	for (unsigned int i = 0; i < n_before; i++)
		handler_close(&ch->handlers[i]);
	for (unsigned int i = 0; i < n && !rc; i++)
		rc = handler_open(ch, &ch->handlers[i]);
	if (!rc) {
		ch->n_handlers = n;
		return 0;
	}
	for (unsigned int i = 0; i < n; i++)
		handler_close(&ch->handlers[i]);
	return rc;
}

/* Returns how many netlink ports the kernel accepts for a port. */
static unsigned int
n_accepted(const struct kdp_channels *ch)
{
	unsigned int n = ch->n_handlers < ch->n_processors ? ch->n_handlers : ch->n_processors;

	return n ? n : 1;
}

unsigned int
kdp_channels_pids(const struct kdp_channels *ch, uint32_t pids[DP_HANDLERS_MAX])
{
	pids[0] = 0;
	for (unsigned int i = 0; i < ch->n_handlers; i++)
		pids[i] = nl_socket_get_local_port(ch->handlers[i].inlets[0].sk);
	return ch->n_handlers ? ch->n_handlers : 1;
}

int
kdp_channels_port_add(struct kdp_channels *ch, uint32_t port, uint32_t pids[DP_HANDLERS_MAX])
{
	int rc = 0;

	if (!ch->by_port || !ch->n_handlers) {
		kdp_channels_pids(ch, pids);
		return (int)n_accepted(ch);
	}
	for (unsigned int i = 0; i < ch->n_handlers && !rc; i++) {
		struct handler *h = &ch->handlers[i];

		mutex_lock(&h->lock);
		if (!slot_find(h, port))
			rc = inlet_add(ch, h, port);
		pids[i] = rc ? 0 : pid_of(h, slot_find(h, port));
		mutex_unlock(&h->lock);
	}
	if (!rc)
		return (int)n_accepted(ch);
	kdp_channels_port_del(ch, port);
	return rc;
}

void
kdp_channels_port_del(struct kdp_channels *ch, uint32_t port)
{
	for (unsigned int i = 0; i < ch->n_handlers; i++) {
		struct handler *h = &ch->handlers[i];
		uint32_t slot;

		mutex_lock(&h->lock);
		slot = slot_find(h, port);
		if (slot)
			inlet_del(h, slot);
		mutex_unlock(&h->lock);
	}
}

uint32_t
kdp_channels_pid(struct kdp_channels *ch, uint32_t port, uint64_t hash)
{
	unsigned int n = atomic_load(&ch->n_handlers);
	uint32_t pid = UINT32_MAX;
	struct handler *h;

	if (!n)
		return UINT32_MAX;
	h = &ch->handlers[hash % n];
	mutex_lock(&h->lock);
	if (h->n)
		pid = pid_of(h, ch->by_port ? slot_find(h, port) : 0);
	mutex_unlock(&h->lock);
	return pid;
}

/* Puts sockets that have messages at the end of the list. */
static void
ready_gather(struct handler *h) REQUIRES(h->lock)
{
	struct epoll_event events[EVENTS];
	int n = epoll_wait(h->epoll, events, EVENTS, 0);

	for (int i = 0; i < n; i++) {
		uint32_t slot = events[i].data.u32;

		if (slot >= h->n || !h->inlets[slot].sk || h->inlets[slot].is_ready)
			continue;
		h->inlets[slot].is_ready = true;
		h->ready[h->n_ready++] = slot;
	}
}

static uint8_t *
message_at(const struct handler *h, unsigned int i)
{
	return h->buf + (size_t)i * MESSAGE_BYTES;
}

/* Reads up to 'max' messages, at most MESSAGES, and stores their lengths. Returns their number; 0 if there are none; or -EAGAIN:
 * an overrun was counted, and there may be more. */
static int
messages_read(struct handler *h, struct inlet *in, unsigned int max, unsigned int lengths[MESSAGES])
	REQUIRES(h->lock)
{
	struct mmsghdr m[MESSAGES] = {0};
	struct iovec iov[MESSAGES];
	int n;

	for (unsigned int i = 0; i < max; i++) {
		iov[i] = (struct iovec){message_at(h, i), MESSAGE_BYTES};
		m[i].msg_hdr = (struct msghdr){.msg_iov = &iov[i], .msg_iovlen = 1};
	}
	n = recvmmsg(nl_socket_get_fd(in->sk), m, max, MSG_DONTWAIT | MSG_TRUNC, NULL);
	for (int i = 0; i < n; i++)
		lengths[i] = m[i].msg_len;
	if (n >= 0)
		return n;
	if (errno == ENOBUFS) {
		h->counts.overruns++;
		in->overruns++;
		return -EAGAIN;
	}
	return errno == EINTR ? -EAGAIN : 0;
}

/* Returns NULL, and counts why, if the message is no upcall of this datapath. */
static struct dp_upcall *
message_take(const struct kdp_channels *ch, struct handler *h, uint8_t *data, unsigned int n_bytes,
	     uint64_t now_ns) REQUIRES(h->lock)
{
	struct nlmsghdr *m = (struct nlmsghdr *)(void *)data;
	enum kdp_malformed why = KDP_MALFORMED_HEADER;
	struct dp_upcall *u;
	struct kdp_packet p;

	if (n_bytes > MESSAGE_BYTES)
		why = KDP_MALFORMED_TRUNCATED;
	else if (nlmsg_ok(m, (int)n_bytes))
		why = kdp_packet_parse(m, &p);
	if (why != KDP_WELL_FORMED) {
		h->counts.malformed[why]++;
		return NULL;
	}
	if (p.dp != ch->dp)
		return NULL;
	u = kdp_upcall_new(&p, now_ns);
	h->counts.no_memory += !u;
	return u;
}

/* Reads up to 'max' upcalls of the first ready socket. The socket is then the last one, or no longer
 * ready. Returns their number. */
static unsigned int
first_serve(const struct kdp_channels *ch, struct handler *h, struct dp_upcall **out,
	    unsigned int max) REQUIRES(h->lock)
{
	unsigned int n = 0, n_read = 0, lengths[MESSAGES],
		     most = max < DP_PORT_SHARE ? max : DP_PORT_SHARE;
	uint32_t slot = h->ready[0];
	bool is_empty = false;

	while (n_read < most && !is_empty) {
		unsigned int asked = most - n_read < MESSAGES ? most - n_read : MESSAGES;
		int n_new = messages_read(h, &h->inlets[slot], asked, lengths);
		uint64_t now_ns = clock_now_ns();

		/* An error behind the messages makes the socket readable again. */
		is_empty = n_new >= 0 && (unsigned int)n_new < asked;
		n_read += n_new > 0 ? (unsigned int)n_new : 1;
		for (int i = 0; i < n_new; i++) {
			out[n] = message_take(ch, h, message_at(h, (unsigned int)i), lengths[i],
					      now_ns);
			n += out[n] != NULL;
		}
	}
	memmove(h->ready, h->ready + 1, --h->n_ready * sizeof *h->ready);
	h->inlets[slot].is_ready = !is_empty;
	if (!is_empty)
		h->ready[h->n_ready++] = slot;
	return n;
}

unsigned int
kdp_channels_recv(struct kdp_channels *ch, unsigned int i, struct dp_upcall **out, unsigned int max)
{
	struct handler *h = &ch->handlers[i];
	unsigned int n = 0;

	mutex_lock(&h->lock);
	ready_gather(h);
	while (n < max && h->n_ready)
		n += first_serve(ch, h, out + n, max - n);
	mutex_unlock(&h->lock);
	return n;
}

/* Messages of a socket that is in the list already make the descriptor readable, too. */
void
kdp_channels_wait(struct kdp_channels *ch, unsigned int i, uint64_t timeout_ns)
{
	uint64_t ms = (timeout_ns + NS_PER_MS - 1) / NS_PER_MS;
	struct epoll_event event;

	rcu_sleep();
	epoll_wait(ch->handlers[i].epoll, &event, 1, ms > INT32_MAX ? INT32_MAX : (int)ms);
	rcu_wake();
}

void
kdp_channels_counts(struct kdp_channels *ch, struct kdp_channel_counts *out)
{
	*out = (struct kdp_channel_counts){0};
	for (unsigned int i = 0; i < DP_HANDLERS_MAX; i++) {
		struct handler *h = &ch->handlers[i];

		mutex_lock(&h->lock);
		out->overruns += h->counts.overruns;
		out->no_memory += h->counts.no_memory;
		out->looks += h->counts.looks;
		for (int j = 0; j < KDP_N_MALFORMED; j++)
			out->malformed[j] += h->counts.malformed[j];
		mutex_unlock(&h->lock);
	}
}

uint64_t
kdp_channels_port_overruns(struct kdp_channels *ch, uint32_t port)
{
	uint64_t n = 0;

	for (unsigned int i = 0; i < ch->n_handlers; i++) {
		struct handler *h = &ch->handlers[i];
		uint32_t slot;

		mutex_lock(&h->lock);
		slot = slot_find(h, port);
		n += slot ? h->inlets[slot].overruns : 0;
		mutex_unlock(&h->lock);
	}
	return n;
}
