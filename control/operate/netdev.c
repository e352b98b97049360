/* SPDX-License-Identifier: Apache-2.0 */
#include "operate/netdev.h"

#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define MESSAGES_MAX 64
#define BUFFER_BYTES 32768
#define BACKLOG_BYTES (1 << 20)
#define PATIENCE_S 1
#define DRAIN_MAX 65536 /* messages */
#define LIST_TRIES 4

static const struct nla_policy policy[IFLA_MAX + 1] = {
	[IFLA_IFNAME] = {NLA_NUL_STRING, 1, IFNAMSIZ},
	[IFLA_MTU] = {NLA_U32, 0, 0},
	[IFLA_MASTER] = {NLA_U32, 0, 0},
};

struct found {
	unsigned int ifindex;
	struct ctl_netdev netdev;
	int rc;
};

static int
netlink_open(int flags, unsigned int groups)
{
	struct sockaddr_nl self = {.nl_family = AF_NETLINK, .nl_groups = groups};
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | flags, NETLINK_ROUTE);

	if (fd < 0)
		return -errno;
	if (!bind(fd, (const struct sockaddr *)&self, sizeof self))
		return fd;
	close(fd);
	return -errno;
}

int
ctl_netdev_watch_open(void)
{
	int fd = netlink_open(SOCK_NONBLOCK, RTMGRP_LINK);
	int n = BACKLOG_BYTES;

	if (fd >= 0)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &n, sizeof n);
	return fd;
}

/* Returns true and the interface if the message is about one. Messages of other families than
 * AF_UNSPEC are ignored: in AF_BRIDGE, RTM_DELLINK means that the interface left its bridge. */
static bool
parse(struct nlmsghdr *h, struct ctl_netdev *out)
{
	struct nlattr *a[IFLA_MAX + 1];
	const struct ifinfomsg *info = NLMSG_DATA(h);
	const unsigned int both = IFF_UP | IFF_RUNNING;

	if ((h->nlmsg_type != RTM_NEWLINK && h->nlmsg_type != RTM_DELLINK) ||
	    h->nlmsg_len < NLMSG_LENGTH(sizeof *info) || info->ifi_family != AF_UNSPEC)
		return false;
	*out = (struct ctl_netdev){.ifindex = (unsigned int)info->ifi_index,
				   .there = h->nlmsg_type == RTM_NEWLINK};
	if (!out->there)
		return true;
	if (nlmsg_parse(h, sizeof *info, a, IFLA_MAX, policy) || !a[IFLA_IFNAME])
		return false;
	out->up = (info->ifi_flags & both) == both;
	out->has_master = a[IFLA_MASTER] != NULL;
	nla_strlcpy(out->name, a[IFLA_IFNAME], sizeof out->name);
	out->mtu = a[IFLA_MTU] ? nla_get_u32(a[IFLA_MTU]) : 0;
	if (a[IFLA_ADDRESS] && nla_len(a[IFLA_ADDRESS]) == sizeof out->mac)
		memcpy(&out->mac, nla_data(a[IFLA_ADDRESS]), sizeof out->mac);
	return true;
}

/* Returns the number of bytes, 0 if no message is pending, or -errno. A message that another
 * process sent counts as 0. */
static ssize_t
receive(int fd, void *buffer, size_t n_buffer)
{
	struct sockaddr_nl from = {0};
	struct iovec iov = {.iov_base = buffer, .iov_len = n_buffer};
	struct msghdr msg = {
		.msg_name = &from, .msg_namelen = sizeof from, .msg_iov = &iov, .msg_iovlen = 1};
	ssize_t n = recvmsg(fd, &msg, 0);

	if (n < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	return from.nl_pid ? 0 : n;
}

int
ctl_netdev_watch_read(int fd, void (*cb)(const struct ctl_netdev *n, void *aux), void *aux)
{
	char buffer[BUFFER_BYTES] __attribute__((aligned(NLMSG_ALIGNTO)));

	for (unsigned int i = 0; i < MESSAGES_MAX; i++) {
		ssize_t n = receive(fd, buffer, sizeof buffer);
		struct nlmsghdr *h = (struct nlmsghdr *)buffer;

		if (n <= 0)
			return (int)n;
		for (; NLMSG_OK(h, n); h = NLMSG_NEXT(h, n)) {
			struct ctl_netdev netdev;

			if (parse(h, &netdev))
				cb(&netdev, aux);
		}
	}
	return 0;
}

void
ctl_netdev_watch_drain(int fd)
{
	char buffer[BUFFER_BYTES];

	for (unsigned int i = 0; i < DRAIN_MAX; i++) {
		if (recv(fd, buffer, sizeof buffer, MSG_TRUNC) < 0 && errno != ENOBUFS &&
		    errno != EINTR)
			return;
	}
}

struct list {
	struct ctl_netdev *netdevs;
	size_t n, n_room;
};

static int
list_add(struct list *l, const struct ctl_netdev *n)
{
	size_t n_room = l->n_room ? 2 * l->n_room : 64;
	struct ctl_netdev *more;

	if (l->n == l->n_room) {
		more = realloc(l->netdevs, n_room * sizeof *more);
		if (!more)
			return -ENOMEM;
		l->netdevs = more;
		l->n_room = n_room;
	}
	l->netdevs[l->n++] = *n;
	return 0;
}

/* Takes a part of the answer. Returns 1 if more follow, 0 after the last, or -errno. */
static int
part_take(struct nlmsghdr *h, ssize_t n, struct list *l)
{
	int rc = 0;

	for (; NLMSG_OK(h, n) && !rc; h = NLMSG_NEXT(h, n)) {
		struct ctl_netdev netdev;

		if (h->nlmsg_flags & NLM_F_DUMP_INTR)
			return -EINTR;
		if (h->nlmsg_type == NLMSG_DONE)
			return 0;
		if (h->nlmsg_type == NLMSG_ERROR)
			return ((const struct nlmsgerr *)NLMSG_DATA(h))->error;
		if (parse(h, &netdev))
			rc = list_add(l, &netdev);
	}
	return rc ? rc : 1;
}

static int
list_read(int fd, struct list *l)
{
	char buffer[BUFFER_BYTES] __attribute__((aligned(NLMSG_ALIGNTO)));
	int rc;

	do {
		ssize_t n = receive(fd, buffer, sizeof buffer);

		rc = n < 0 ? (int)n : n ? part_take((struct nlmsghdr *)buffer, n, l) : -ETIMEDOUT;
	} while (rc > 0);
	return rc;
}

static int
list_once(struct list *l)
{
	struct {
		struct nlmsghdr h;
		struct ifinfomsg info;
	} request = {.h = {.nlmsg_len = sizeof request,
			   .nlmsg_type = RTM_GETLINK,
			   .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP},
		     .info = {.ifi_family = AF_UNSPEC}};
	const struct timeval patience = {.tv_sec = PATIENCE_S};
	int fd = netlink_open(0, 0), rc;

	if (fd < 0)
		return fd;
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
	l->n = 0;
	rc = send(fd, &request, sizeof request, 0) < 0 ? -errno : list_read(fd, l);
	close(fd);
	return rc;
}

static int
by_ifindex(const void *a, const void *b)
{
	unsigned int x = ((const struct ctl_netdev *)a)->ifindex;
	unsigned int y = ((const struct ctl_netdev *)b)->ifindex;

	return (x > y) - (x < y);
}

int
ctl_netdev_list(struct ctl_netdev **out, size_t *n)
{
	struct list l = {0};
	int rc = -EINTR;

	for (int i = 0; i < LIST_TRIES && rc == -EINTR; i++)
		rc = list_once(&l);
	if (rc) {
		free(l.netdevs);
		return rc;
	}
	if (l.n)
		qsort(l.netdevs, l.n, sizeof *l.netdevs, by_ifindex);
	*out = l.netdevs;
	*n = l.n;
	return 0;
}

/* Takes the answer to a query of 'ifindex', or of a name, which is 0. */
static void
answer_read(struct nlmsghdr *h, struct found *f)
{
	const struct nlmsgerr *error = NLMSG_DATA(h);
	bool is_other;

	if (h->nlmsg_type != NLMSG_ERROR) {
		is_other = !parse(h, &f->netdev) || (f->ifindex && f->netdev.ifindex != f->ifindex);
		f->rc = is_other ? -EPROTO : 0;
		return;
	}
	f->rc = error->error == -ENODEV ? 0 : error->error;
	f->netdev = (struct ctl_netdev){.ifindex = f->ifindex};
}

/* Sends a request and reads its answer. */
static int
ask(const struct nlmsghdr *request, struct found *f)
{
	const struct timeval patience = {.tv_sec = PATIENCE_S};
	char buffer[BUFFER_BYTES] __attribute__((aligned(NLMSG_ALIGNTO))) = "";
	struct nlmsghdr *h = (struct nlmsghdr *)buffer;
	int fd = netlink_open(0, 0);
	ssize_t n;

	if (fd < 0)
		return fd;
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
	n = send(fd, request, request->nlmsg_len, 0) < 0 ? -errno
							 : receive(fd, buffer, sizeof buffer);
	close(fd);
	if (n < 0)
		return (int)n;
	f->rc = -ETIMEDOUT;
	if (n > 0 && NLMSG_OK(h, n))
		answer_read(h, f);
	return f->rc;
}

int
ctl_netdev_get(unsigned int ifindex, struct ctl_netdev *out)
{
	struct {
		struct nlmsghdr h;
		struct ifinfomsg info;
	} request = {.h = {.nlmsg_len = sizeof request,
			   .nlmsg_type = RTM_GETLINK,
			   .nlmsg_flags = NLM_F_REQUEST},
		     .info = {.ifi_family = AF_UNSPEC, .ifi_index = (int)ifindex}};
	struct found f = {.ifindex = ifindex};
	int rc = ask(&request.h, &f);

	*out = f.netdev;
	return rc;
}

int
ctl_netdev_find(const char *name, struct ctl_netdev *out)
{
	struct {
		struct nlmsghdr h;
		struct ifinfomsg info;
		struct nlattr attr;
		char name[IFNAMSIZ];
	} request = {.h = {.nlmsg_len = sizeof request,
			   .nlmsg_type = RTM_GETLINK,
			   .nlmsg_flags = NLM_F_REQUEST},
		     .info = {.ifi_family = AF_UNSPEC},
		     .attr = {.nla_len = NLA_HDRLEN + IFNAMSIZ, .nla_type = IFLA_IFNAME}};
	struct found f = {0};
	int rc;

	if (strlen(name) >= IFNAMSIZ)
		return -EINVAL;
	memcpy(request.name, name, strlen(name));
	rc = ask(&request.h, &f);
	*out = f.netdev;
	return rc;
}

unsigned int
ctl_netdev_ifindex(const char *name)
{
	struct ctl_netdev n;

	return ctl_netdev_find(name, &n) || !n.there ? 0 : n.ifindex;
}
