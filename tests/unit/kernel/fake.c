/* SPDX-License-Identifier: Apache-2.0 */
#include "fake.h"

#include "fake_timeouts.h"
#include "family.h"

#include <assert.h>
#include <errno.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/openvswitch.h>
#include <netlink/genl/genl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#define FIRST_FAMILY 20
#define IFINDEX 7
#define QUEUE_MAX 1024

struct datagram {
	ssize_t n; /* bytes, or -errno */
	uint8_t bytes[8192];
};

/* A dump of fake.flows, whose parts are made as they are read. */
struct dump {
	const struct nlmsghdr *request; /* NULL: none */
	struct nlmsghdr copy;
	unsigned int at;
	bool is_whole;
};

struct fake fake;
static struct dump dump;
static struct datagram queue[QUEUE_MAX];
static unsigned int head, tail;

ssize_t __wrap_sendmsg(int fd, const struct msghdr *m, int flags);
ssize_t __wrap_recv(int fd, void *buf, size_t n, int flags);
int __wrap_recvmmsg(int fd, struct mmsghdr *m, unsigned int n, int flags, struct timespec *timeout);
int __wrap_socket(int domain, int type, int protocol);
int __real_socket(int domain, int type, int protocol);
int __wrap_genl_ctrl_resolve(struct nl_sock *sk, const char *name);
long __wrap_syscall(long number, ...);
long __real_syscall(long number, ...);

void
fake_reset(enum fake_fault fault, int error, unsigned int at)
{
	fake = (struct fake){.fault = fault, .error = error, .at = at, .seed = 1 + at};
	head = tail = 0;
	dump.request = NULL;
}

static uint8_t
random_byte(void)
{
	fake.seed = fake.seed * 1664525 + 1013904223;
	return (uint8_t)(fake.seed >> 24);
}

static struct datagram *
datagram_new(void)
{
	assert(tail < QUEUE_MAX);
	queue[tail].n = 0;
	return &queue[tail++];
}

void
fake_answer(const void *bytes, size_t n)
{
	struct datagram *d = datagram_new();

	assert(n <= sizeof d->bytes);
	memcpy(d->bytes, bytes, n);
	d->n = (ssize_t)n;
}

/* ---- answers ---- */

static void
acknowledge(const struct nlmsghdr *req, int type, int error)
{
	struct {
		struct nlmsghdr h;
		struct nlmsgerr e;
	} m = {.h = {.nlmsg_len = sizeof m, .nlmsg_type = (uint16_t)type}};

	m.h.nlmsg_seq = req->nlmsg_seq;
	m.e.error = error;
	m.e.msg = *req;
	fake_answer(&m, sizeof m);
}

static void
datapath_put(struct nl_msg *msg)
{
	struct ovs_dp_stats stats = {.n_flows = 1};

	nla_put_string(msg, OVS_DP_ATTR_NAME, "fake");
	nla_put_u32(msg, OVS_DP_ATTR_USER_FEATURES, OVS_DP_F_UNALIGNED | OVS_DP_F_VPORT_PIDS);
	nla_put(msg, OVS_DP_ATTR_STATS, sizeof stats, &stats);
}

static void
vport_put(struct nl_msg *msg)
{
	struct ovs_vport_stats stats = {.rx_packets = 5};

	nla_put_u32(msg, OVS_VPORT_ATTR_PORT_NO, 1);
	nla_put_u32(msg, OVS_VPORT_ATTR_TYPE, OVS_VPORT_TYPE_INTERNAL);
	nla_put_string(msg, OVS_VPORT_ATTR_NAME, "fake");
	nla_put(msg, OVS_VPORT_ATTR_STATS, sizeof stats, &stats);
}

static void
flow_put(struct nl_msg *msg)
{
	uint8_t ufid[16] = {1};
	struct ovs_flow_stats stats = {.n_packets = 3, .n_bytes = 180};

	nla_put(msg, OVS_FLOW_ATTR_UFID, sizeof ufid, ufid);
	nla_put(msg, OVS_FLOW_ATTR_STATS, sizeof stats, &stats);
}

static void
key_put(struct nl_msg *msg, int type, uint32_t port, uint64_t address, uint16_t eth_type)
{
	struct nlattr *nest = nla_nest_start(msg, type);
	struct ovs_key_ethernet eth = {0};

	for (int i = 0; i < 6; i++)
		eth.eth_dst[i] = (uint8_t)(address >> 8 * i);
	nla_put_u32(msg, OVS_KEY_ATTR_IN_PORT, port);
	nla_put(msg, OVS_KEY_ATTR_ETHERNET, sizeof eth, &eth);
	nla_put_u16(msg, OVS_KEY_ATTR_ETHERTYPE, eth_type);
	nla_nest_end(msg, nest);
}

static void
one_flow_put(struct nl_msg *msg, const struct fake_flow *f, bool is_whole)
{
	uint32_t ufid[4] = {(uint32_t)(f->id >> 32), (uint32_t)f->id, (uint32_t)f->id * 2654435761u,
			    1};
	struct ovs_flow_stats stats = {.n_packets = f->n_packets};
	struct nlattr *acts;

	if (f->id)
		nla_put(msg, OVS_FLOW_ATTR_UFID, sizeof ufid, ufid);
	nla_put(msg, OVS_FLOW_ATTR_STATS, sizeof stats, &stats);
	if (!is_whole)
		return;
	key_put(msg, OVS_FLOW_ATTR_KEY, 1, f->id, 0x1234);
	key_put(msg, OVS_FLOW_ATTR_MASK, UINT32_MAX, UINT64_MAX, UINT16_MAX);
	acts = nla_nest_start(msg, OVS_FLOW_ATTR_ACTIONS);
	nla_put_u32(msg, OVS_ACTION_ATTR_OUTPUT, f->output);
	nla_nest_end(msg, acts);
}

/* Adds a message about a flow to a datagram. */
static void
flow_answer(struct datagram *d, const struct nlmsghdr *req, const struct fake_flow *f,
	    bool is_whole)
{
	struct nl_msg *msg = nlmsg_alloc_size(512);
	struct ovs_header *h =
		genlmsg_put(msg, 0, req->nlmsg_seq, req->nlmsg_type, sizeof *h, 0, 1, 1);
	size_t n;

	h->dp_ifindex = IFINDEX;
	one_flow_put(msg, f, is_whole);
	n = nlmsg_hdr(msg)->nlmsg_len;
	assert(d->n + (ssize_t)NLMSG_ALIGN(n) <= (ssize_t)sizeof d->bytes);
	memcpy(d->bytes + d->n, nlmsg_hdr(msg), n);
	d->n += (ssize_t)NLMSG_ALIGN(n);
	nlmsg_free(msg);
}

static const struct nlattr *
attr_of(const struct nlmsghdr *req, int type)
{
	const int n = GENL_HDRLEN + (int)sizeof(struct ovs_header);

	return nla_find(nlmsg_attrdata(req, n), nlmsg_attrlen(req, n), type);
}

/* Returns NULL if there is none. */
static struct fake_flow *
flow_find(const struct nlmsghdr *req)
{
	const struct nlattr *a = attr_of(req, OVS_FLOW_ATTR_UFID);
	uint32_t words[4];

	if (!a)
		return NULL;
	memcpy(words, nla_data(a), sizeof words);
	for (unsigned int i = 0; i < fake.n_flows; i++) {
		if (!fake.flows[i].is_gone &&
		    fake.flows[i].id == ((uint64_t)words[0] << 32 | words[1]))
			return &fake.flows[i];
	}
	return NULL;
}

/* Serves a request about fake.flows. Returns the error. */
static int
flow_serve(const struct nlmsghdr *req, uint8_t cmd)
{
	bool is_whole = !attr_of(req, OVS_FLOW_ATTR_UFID_FLAGS);
	struct fake_flow *f;

	if ((req->nlmsg_flags & NLM_F_DUMP) == NLM_F_DUMP) {
		dump = (struct dump){.copy = *req, .is_whole = is_whole};
		dump.request = &dump.copy;
		return 0;
	}
	fake.n_flow_requests++;
	f = flow_find(req);
	if (!f)
		return -ENOENT;
	flow_answer(datagram_new(), req, f, is_whole);
	if (cmd == OVS_FLOW_CMD_DEL)
		f->is_gone = true;
	return 0;
}

static void acknowledge(const struct nlmsghdr *req, int type, int error);

static void
part_make(void)
{
	struct datagram *d;
	unsigned int n = 0;

	head = tail = 0;
	if (dump.at == fake.n_flows) {
		acknowledge(dump.request, NLMSG_DONE, 0);
		dump.request = NULL;
		return;
	}
	d = datagram_new();
	for (; dump.at < fake.n_flows && n < FAKE_PART; dump.at++) {
		if (fake.flows[dump.at].is_gone)
			continue;
		flow_answer(d, dump.request, &fake.flows[dump.at], dump.is_whole);
		n++;
	}
}

static void
meter_put(struct nl_msg *msg)
{
	struct ovs_flow_stats stats = {.n_packets = 2};

	nla_put(msg, OVS_METER_ATTR_STATS, sizeof stats, &stats);
}

static void
answer(const struct nlmsghdr *req)
{
	static void (*const puts[])(struct nl_msg *) = {datapath_put, vport_put, flow_put, NULL,
							meter_put};
	unsigned int family = req->nlmsg_type - FIRST_FAMILY;
	struct nl_msg *msg;
	struct ovs_header *h;

	if (family >= sizeof puts / sizeof *puts || !puts[family])
		return;
	msg = nlmsg_alloc_size(512);
	h = genlmsg_put(msg, 0, req->nlmsg_seq, req->nlmsg_type, sizeof *h, 0, 1, 1);
	h->dp_ifindex = IFINDEX;
	puts[family](msg);
	fake_answer(nlmsg_hdr(msg), nlmsg_hdr(msg)->nlmsg_len);
	nlmsg_free(msg);
}

void
fake_dump_cut(void)
{
	dump.request = NULL;
	head = tail = 0;
	datagram_new()->n = -ENOBUFS;
}

/* ---- requests ---- */

static void
perform(struct nlmsghdr *req)
{
	uint8_t cmd = ((const struct genlmsghdr *)nlmsg_data(req))->cmd;
	bool is_dump = (req->nlmsg_flags & NLM_F_DUMP) == NLM_F_DUMP;
	int error = 0;

	if (fake.flows && req->nlmsg_type == FIRST_FAMILY + KDP_FLOW && cmd != OVS_FLOW_CMD_NEW) {
		error = flow_serve(req, cmd);
		if (!is_dump && (error || req->nlmsg_flags & NLM_F_ACK))
			acknowledge(req, NLMSG_ERROR, error);
		return;
	}
	if (NFNL_SUBSYS_ID(req->nlmsg_type) == NFNL_SUBSYS_CTNETLINK_TIMEOUT)
		error = fake_timeouts_perform(req, is_dump);
	switch (req->nlmsg_type - FIRST_FAMILY) {
	case KDP_DATAPATH:
		if (cmd == OVS_DP_CMD_NEW)
			fake.has_datapath = true;
		else if (cmd == OVS_DP_CMD_DEL)
			fake.has_datapath = false;
		break;
	case KDP_FLOW:
		fake.n_added += cmd == OVS_FLOW_CMD_NEW;
		break;
	case KDP_PACKET:
		fake.n_executed++;
		break;
	}
	answer(req);
	if (error || is_dump || req->nlmsg_flags & NLM_F_ACK)
		acknowledge(req, is_dump ? NLMSG_DONE : NLMSG_ERROR, error);
}

static void
noise_queue(void)
{
	struct datagram *d = datagram_new();

	d->n = random_byte();
	for (ssize_t i = 0; i < d->n; i++)
		d->bytes[i] = random_byte();
}

/* Spoils the answers from number 'first' on. */
static void
answers_spoil(unsigned int first)
{
	switch (fake.fault) {
	case FAKE_LOSE:
		tail = first;
		break;
	case FAKE_OVERRUN:
		tail = first;
		datagram_new()->n = -ENOBUFS;
		break;
	case FAKE_TRUNCATE:
		for (unsigned int i = first; i < tail; i++)
			queue[i].n = random_byte() % queue[i].n;
		break;
	case FAKE_RANDOM: /* but for the header, so that it is read as an answer */
		for (unsigned int i = first; i < tail; i++) {
			for (ssize_t j = NLMSG_HDRLEN; j < queue[i].n; j++)
				queue[i].bytes[j] = random_byte();
		}
		break;
	default:
		break;
	}
}

static void
serve(struct nlmsghdr *req)
{
	bool is_dump = (req->nlmsg_flags & NLM_F_DUMP) == NLM_F_DUMP;
	unsigned int number = ++fake.n_requests, first;
	int error = 0;

	if (fake.fault == FAKE_GONE && fake.at && number >= fake.at) {
		fake.has_datapath = false;
		error = -ENODEV;
	} else if (number == fake.at && fake.fault == FAKE_ERROR) {
		error = fake.error;
	}
	if (number == fake.at && fake.fault == FAKE_NOISE) {
		for (int i = 0; i < 8; i++)
			noise_queue();
	}
	first = tail;
	if (error)
		acknowledge(req, is_dump ? NLMSG_DONE : NLMSG_ERROR, error);
	else
		perform(req);
	if (number == fake.at)
		answers_spoil(first);
}

/* ---- what conn.c calls ---- */

ssize_t
__wrap_sendmsg(int fd, const struct msghdr *m, int flags)
{
	bool is_reverse = fake.fault == FAKE_REVERSE && fake.n_requests + 1 >= fake.at;
	size_t n = m->msg_iovlen;

	(void)fd;
	(void)flags;
	fake.n_calls++;
	if (fake.fault == FAKE_SEND && fake.n_requests < fake.at &&
	    fake.at <= fake.n_requests + n) {
		if (fake.error == -EINTR)
			fake.fault = FAKE_NONE;
		else
			fake.n_requests += (unsigned int)n;
		errno = -fake.error;
		return -1;
	}
	if (head == tail)
		head = tail = 0;
	for (size_t i = 0; i < n; i++)
		serve(m->msg_iov[is_reverse ? n - 1 - i : i].iov_base);
	return 1;
}

/* Takes the first datagram that waits. */
static ssize_t
datagram_take(void *buf, size_t n)
{
	struct datagram *d;

	if (head == tail && dump.request)
		part_make();
	if (head == tail) {
		errno = EAGAIN;
		return -1;
	}
	d = &queue[head++];
	if (d->n < 0) {
		errno = (int)-d->n;
		return -1;
	}
	assert((size_t)d->n <= n);
	memcpy(buf, d->bytes, (size_t)d->n);
	return d->n;
}

ssize_t
__wrap_recv(int fd, void *buf, size_t n, int flags)
{
	(void)fd;
	(void)flags;
	fake.n_calls++;
	return datagram_take(buf, n);
}

/* As the kernel does, it returns what it has read before an error, which the next call returns. */
int
__wrap_recvmmsg(int fd, struct mmsghdr *m, unsigned int n, int flags, struct timespec *timeout)
{
	unsigned int i = 0;

	(void)fd;
	(void)flags;
	(void)timeout;
	fake.n_calls++;
	for (; i < n && (!i || (head < tail && queue[head].n >= 0)); i++) {
		const struct iovec *iov = m[i].msg_hdr.msg_iov;
		ssize_t n_bytes = datagram_take(iov->iov_base, iov->iov_len);

		if (n_bytes < 0)
			return -1;
		m[i].msg_len = (unsigned int)n_bytes;
	}
	return (int)i;
}

int
__wrap_socket(int domain, int type, int protocol)
{
	errno = EPERM;
	return fake.has_no_sockets ? -1 : __real_socket(domain, type, protocol);
}

int
__wrap_genl_ctrl_resolve(struct nl_sock *sk, const char *name)
{
	static const char *const names[KDP_N_FAMILIES] = {OVS_DATAPATH_FAMILY, OVS_VPORT_FAMILY,
							  OVS_FLOW_FAMILY, OVS_PACKET_FAMILY,
							  OVS_METER_FAMILY};

	(void)sk;
	for (int i = 0; i < KDP_N_FAMILIES; i++) {
		if (names[i] && !strcmp(name, names[i]))
			return FIRST_FAMILY + i;
	}
	return -1;
}

/* The grace period of the real kernel would be most of the test's time. */
long
__wrap_syscall(long number, ...)
{
	long a[6];
	va_list ap;

	if (number == SYS_membarrier) {
		errno = EINVAL;
		return fake.is_nohz_full ? -1 : 0;
	}
	va_start(ap, number);
	for (int i = 0; i < 6; i++)
		a[i] = va_arg(ap, long);
	va_end(ap);
	return __real_syscall(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}
