/* SPDX-License-Identifier: Apache-2.0 */
#include "connections.h"

#include "conn.h"
#include "connection_get.h"
#include "writer.h"

#include <arpa/inet.h>
#include <linux/netfilter/nfnetlink.h>

#define TYPE(command) (NFNL_SUBSYS_CTNETLINK << 8 | (command))
#define REQUEST_BYTES 512

struct dp_connections {
	struct kdp_conn *dump, *other; /* 'other': removes while a dump is in progress */
	struct flow_connection_filter filter;
	bool remove;
	int error;	/* 0, or that of the first removal that failed; returned at the end */
	unsigned int n; /* requests that wait in 'removals' */
	struct kdp_request removals[KDP_BATCH_MAX];
	/* Of a call. */
	void (*each)(void *aux, const struct flow_connection *c);
	void *aux;
};

static struct nl_msg *
request_new(int command, int flags, uint8_t family)
{
	struct nl_msg *msg = nlmsg_alloc_size(REQUEST_BYTES);
	struct nfgenmsg head = {.nfgen_family = family, .version = NFNETLINK_V0};

	if (!msg)
		return NULL;
	if (!nlmsg_put(msg, 0, 0, TYPE(command), 0, flags) ||
	    nlmsg_append(msg, &head, sizeof head, NLMSG_ALIGNTO)) {
		nlmsg_free(msg);
		return NULL;
	}
	return msg;
}

/* A kernel without the subsystem refuses the socket, or the command. */
static int
explained(int rc)
{
	return rc == -EINVAL || rc == -EAFNOSUPPORT ? -EPROTONOSUPPORT : rc;
}

int
kdp_connections_new(struct dp *dp, const struct flow_connection_filter *filter, bool remove,
		    struct dp_connections **out)
{
	struct dp_connections *w;
	struct nl_msg *msg;
	int rc;

	if (!(dp->caps.actions >> FLOW_ACTION_CT & 1))
		return -EOPNOTSUPP;
	w = calloc(1, sizeof *w);
	if (!w)
		return -ENOMEM;
	w->filter = *filter;
	w->remove = remove;
	rc = kdp_conn_create(NETLINK_NETFILTER, &w->dump);
	if (!rc)
		rc = kdp_conn_create(NETLINK_NETFILTER, &w->other);
	if (!rc) {
		msg = request_new(IPCTNL_MSG_CT_GET, 0, AF_UNSPEC);
		rc = msg ? kdp_conn_dump_begin(w->dump, msg) : -ENOMEM;
		nlmsg_free(msg);
	}
	if (rc) {
		kdp_connections_free(dp, w);
		return explained(rc);
	}
	*out = w;
	return 0;
}

/* Sends what was gathered. That a connection has ended meanwhile is no error. */
static void
removals_send(struct dp_connections *w)
{
	if (w->n)
		kdp_conn_ask(w->other, w->removals, w->n);
	for (unsigned int i = 0; i < w->n; i++) {
		int error = w->removals[i].error;

		if (error && error != -ENOENT && !w->error)
			w->error = error;
		nlmsg_free(w->removals[i].msg);
	}
	w->n = 0;
}

static void
copy(struct kdp_writer *w, const struct nlattr *a)
{
	if (a)
		kdp_put(w, a->nla_type, nla_data(a), (size_t)nla_len(a));
}

/* By its original tuple and number, so that one that begins meanwhile with the same tuple stays. */
static int
removal_add(struct dp_connections *walk, struct nlmsghdr *h, struct nlattr **a)
{
	const struct nfgenmsg *head = nlmsg_data(h);
	struct kdp_writer w = {request_new(IPCTNL_MSG_CT_DELETE, 0, head->nfgen_family), false};
	struct nl_msg *msg;
	int rc;

	if (!w.msg)
		return -ENOMEM;
	copy(&w, a[CTA_TUPLE_ORIG]);
	copy(&w, a[CTA_ZONE]);
	copy(&w, a[CTA_ID]);
	rc = kdp_writer_end(&w, 0, &msg);
	if (rc)
		return rc;
	walk->removals[walk->n++] = (struct kdp_request){.msg = msg};
	if (walk->n == KDP_BATCH_MAX)
		removals_send(walk);
	return 0;
}

static int
connection_take(void *aux, struct nlmsghdr *h)
{
	struct dp_connections *w = aux;
	struct nlattr *a[CTA_MAX + 1];
	struct flow_connection c;
	int rc = kdp_connection_get(h, a, &c);

	if (rc || !flow_connection_matches(&w->filter, &c))
		return rc;
	if (w->remove)
		return removal_add(w, h, a);
	w->each(w->aux, &c);
	return 0;
}

int
kdp_connections_next(struct dp *dp, struct dp_connections *w,
		     void (*each)(void *aux, const struct flow_connection *c), void *aux)
{
	int rc;

	(void)dp;
	w->each = each;
	w->aux = aux;
	rc = kdp_conn_dump_next(w->dump, connection_take, w);
	removals_send(w);
	if (rc < 0)
		return explained(rc);
	return rc ? rc : w->error;
}

void
kdp_connections_free(struct dp *dp, struct dp_connections *w)
{
	(void)dp;
	kdp_conn_destroy(w->dump);
	kdp_conn_destroy(w->other);
	free(w);
}
