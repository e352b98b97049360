/* SPDX-License-Identifier: Apache-2.0 */
#include "zone_timeouts.h"

#include "kdp_private.h"
#include "writer.h"

#include <base/clock.h>

#include <arpa/inet.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_cttimeout.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <time.h>

#define TYPE(command) (NFNL_SUBSYS_CTNETLINK_TIMEOUT << 8 | (command))
#define REQUEST_BYTES 256
#define ATTRS_MAX CTA_TIMEOUT_TCP_MAX /* of a protocol; TCP has most */

#define CLEAR_TRIES 50
#define CLEAR_WAIT_NS (20 * NS_PER_MS)

/* The kernel's attribute of each timeout, within those of its protocol. */
static const uint8_t attributes[FLOW_N_TIMEOUTS] = {
	[FLOW_TIMEOUT_TCP_SYN_SENT] = CTA_TIMEOUT_TCP_SYN_SENT,
	[FLOW_TIMEOUT_TCP_SYN_RECV] = CTA_TIMEOUT_TCP_SYN_RECV,
	[FLOW_TIMEOUT_TCP_ESTABLISHED] = CTA_TIMEOUT_TCP_ESTABLISHED,
	[FLOW_TIMEOUT_TCP_FIN_WAIT] = CTA_TIMEOUT_TCP_FIN_WAIT,
	[FLOW_TIMEOUT_TCP_CLOSE_WAIT] = CTA_TIMEOUT_TCP_CLOSE_WAIT,
	[FLOW_TIMEOUT_TCP_LAST_ACK] = CTA_TIMEOUT_TCP_LAST_ACK,
	[FLOW_TIMEOUT_TCP_TIME_WAIT] = CTA_TIMEOUT_TCP_TIME_WAIT,
	[FLOW_TIMEOUT_TCP_CLOSE] = CTA_TIMEOUT_TCP_CLOSE,
	[FLOW_TIMEOUT_TCP_SYN_SENT2] = CTA_TIMEOUT_TCP_SYN_SENT2,
	[FLOW_TIMEOUT_TCP_RETRANSMIT] = CTA_TIMEOUT_TCP_RETRANS,
	[FLOW_TIMEOUT_TCP_UNACK] = CTA_TIMEOUT_TCP_UNACK,
	[FLOW_TIMEOUT_UDP_SINGLE] = CTA_TIMEOUT_UDP_UNREPLIED,
	[FLOW_TIMEOUT_UDP_MULTIPLE] = CTA_TIMEOUT_UDP_REPLIED,
	[FLOW_TIMEOUT_ICMP_FIRST] = CTA_TIMEOUT_ICMP_TIMEOUT,
};
_Static_assert((int)CTA_TIMEOUT_ICMP_TIMEOUT == (int)CTA_TIMEOUT_ICMPV6_TIMEOUT, "one for both");

static const struct {
	uint16_t l3proto;
	uint8_t l4proto;
} parts[FLOW_N_TIMEOUT_PARTS] = {
	[FLOW_TIMEOUT_TCP4] = {AF_INET, IPPROTO_TCP},
	[FLOW_TIMEOUT_TCP6] = {AF_INET6, IPPROTO_TCP},
	[FLOW_TIMEOUT_UDP4] = {AF_INET, IPPROTO_UDP},
	[FLOW_TIMEOUT_UDP6] = {AF_INET6, IPPROTO_UDP},
	[FLOW_TIMEOUT_ICMP4] = {AF_INET, IPPROTO_ICMP},
	[FLOW_TIMEOUT_ICMP6] = {AF_INET6, IPPROTO_ICMPV6},
};

/* ---- messages ---- */

static struct nl_msg *
request_new(int command, int flags, const char *name)
{
	struct kdp_writer w = {nlmsg_alloc_size(REQUEST_BYTES), false};
	struct nfgenmsg head = {.nfgen_family = AF_UNSPEC, .version = NFNETLINK_V0};

	if (!w.msg)
		return NULL;
	if (!nlmsg_put(w.msg, 0, 0, TYPE(command), 0, flags) ||
	    nlmsg_append(w.msg, &head, sizeof head, NLMSG_ALIGNTO)) {
		nlmsg_free(w.msg);
		return NULL;
	}
	if (name)
		kdp_put(&w, CTA_TIMEOUT_NAME, name, strlen(name) + 1);
	return w.msg;
}

/* A request that makes an object, or gives it other values. */
static int
part_new(const char *name, enum flow_timeout_part part, const struct flow_timeouts *t,
	 struct nl_msg **out)
{
	struct kdp_writer w = {
		request_new(IPCTNL_MSG_TIMEOUT_NEW, NLM_F_CREATE | NLM_F_REPLACE, name), false};
	uint32_t has = t->has & flow_timeout_part_has(part);
	struct nlattr *nest;

	if (!w.msg)
		return -ENOMEM;
	kdp_put_u16(&w, CTA_TIMEOUT_L3PROTO, htons(parts[part].l3proto));
	kdp_put_u8(&w, CTA_TIMEOUT_L4PROTO, parts[part].l4proto);
	nest = kdp_nest(&w, CTA_TIMEOUT_DATA | NLA_F_NESTED);
	for (; has; has &= has - 1) {
		int i = __builtin_ctz(has);

		kdp_put_u32(&w, attributes[i], htonl(t->s[i]));
	}
	kdp_nest_end(&w, nest);
	return kdp_writer_end(&w, 0, out);
}

static void
values_read(struct nlattr *const *data, enum flow_timeout_part part, struct flow_timeouts *out)
{
	uint32_t left = flow_timeout_part_has(part) & KDP_TIMEOUTS;

	for (; left; left &= left - 1) {
		int i = __builtin_ctz(left);
		const struct nlattr *a = data[attributes[i]];

		if (!a || nla_len(a) < (int)sizeof(uint32_t))
			continue;
		out->has |= 1u << i;
		out->s[i] = ntohl(nla_get_u32(a));
	}
}

static enum flow_timeout_part
part_find(uint16_t l3proto, uint8_t l4proto)
{
	int i = 0;

	while (i < FLOW_N_TIMEOUT_PARTS &&
	       (parts[i].l3proto != l3proto || parts[i].l4proto != l4proto))
		i++;
	return (enum flow_timeout_part)i;
}

int
kdp_timeout_parse(struct nlmsghdr *h, struct kdp_timeout *out)
{
	static const struct nla_policy policy[CTA_TIMEOUT_MAX + 1] = {
		[CTA_TIMEOUT_NAME] = {NLA_NUL_STRING, 1, FLOW_CT_TIMEOUT_BYTES},
		[CTA_TIMEOUT_L3PROTO] = {NLA_U16, 0, 0},
		[CTA_TIMEOUT_L4PROTO] = {NLA_U8, 0, 0},
		[CTA_TIMEOUT_DATA] = {NLA_NESTED, 0, 0},
	};
	struct nlattr *a[CTA_TIMEOUT_MAX + 1], *data[ATTRS_MAX + 1];
	enum flow_timeout_part part;

	*out = (struct kdp_timeout){.l3proto = 0};
	if (nlmsg_parse(h, sizeof(struct nfgenmsg), a, CTA_TIMEOUT_MAX, policy) ||
	    !a[CTA_TIMEOUT_NAME] || !a[CTA_TIMEOUT_L3PROTO] || !a[CTA_TIMEOUT_L4PROTO] ||
	    !a[CTA_TIMEOUT_DATA] || nla_parse_nested(data, ATTRS_MAX, a[CTA_TIMEOUT_DATA], NULL))
		return -EBADMSG;
	memcpy(out->name, nla_data(a[CTA_TIMEOUT_NAME]), strlen(nla_data(a[CTA_TIMEOUT_NAME])));
	out->l3proto = ntohs(nla_get_u16(a[CTA_TIMEOUT_L3PROTO]));
	out->l4proto = nla_get_u8(a[CTA_TIMEOUT_L4PROTO]);
	part = part_find(out->l3proto, out->l4proto);
	if (part == FLOW_N_TIMEOUT_PARTS)
		return -ENOENT;
	values_read(data, part, &out->values);
	return 0;
}

/* ---- contract ---- */

/* The requests of one call, and the first error. */
struct batch {
	struct kdp_request reqs[2 * FLOW_N_TIMEOUT_PARTS];
	unsigned int n;
	int rc;
};

static void
batch_add(struct batch *b, int rc, struct nl_msg *msg, int (*answer)(void *aux, struct nlmsghdr *h),
	  void *aux)
{
	if (!rc && !msg)
		rc = -ENOMEM;
	if (rc)
		b->rc = b->rc ? b->rc : rc;
	else
		b->reqs[b->n++] = (struct kdp_request){.msg = msg, .answer = answer, .aux = aux};
}

/* A kernel without the module refuses every request as it does a wrong value. */
static int
explained(struct kdp_conn *c, int rc)
{
	struct nl_msg *msg;

	if (rc == -EAFNOSUPPORT)
		return -EPROTONOSUPPORT;
	if (rc != -EINVAL)
		return rc;
	msg = request_new(IPCTNL_MSG_TIMEOUT_GET, 0, "tandem.probe");
	rc = msg ? kdp_conn_ask_one(c, msg, false, NULL, NULL) : -ENOMEM;
	return rc == -EINVAL ? -EPROTONOSUPPORT : -EEXIST;
}

/* Sends the requests, unless one could not be made. */
static int
batch_send(struct batch *b)
{
	struct kdp_conn *c;

	if (!b->rc)
		b->rc = kdp_conn_create(NETLINK_NETFILTER, &c);
	if (!b->rc) {
		if (b->n)
			kdp_conn_ask(c, b->reqs, b->n);
		for (unsigned int i = 0; i < b->n && !b->rc; i++)
			b->rc = b->reqs[i].error;
		b->rc = explained(c, b->rc);
		kdp_conn_destroy(c);
	}
	for (unsigned int i = 0; i < b->n; i++)
		nlmsg_free(b->reqs[i].msg);
	return b->rc;
}

static void
merge(struct flow_timeouts *to, const struct flow_timeouts *from)
{
	for (int i = 0; i < FLOW_N_TIMEOUTS; i++) {
		if (from->has >> i & 1)
			to->s[i] = from->s[i];
	}
	to->has |= from->has;
}

static int
values_take(void *aux, struct nlmsghdr *h)
{
	struct kdp_timeout object;
	int rc = kdp_timeout_parse(h, &object);

	if (!rc)
		merge(aux, &object.values);
	return rc;
}

int
kdp_timeouts_set(struct dp *dp, uint16_t zone, struct flow_timeouts *t)
{
	const struct kdp *k = (const struct kdp *)dp;
	struct flow_timeouts all = {.has = 0};
	struct batch b = {.n = 0};
	int rc;

	for (int i = 0; i < FLOW_N_TIMEOUT_PARTS; i++) {
		char name[FLOW_CT_TIMEOUT_BYTES];
		struct nl_msg *msg = NULL;

		if (!(flow_timeouts_parts(t) >> i & 1))
			continue;
		flow_timeout_name(k->datapath.name, zone, (enum flow_timeout_part)i, name);
		rc = part_new(name, (enum flow_timeout_part)i, t, &msg);
		batch_add(&b, rc, msg, NULL, NULL);
		msg = request_new(IPCTNL_MSG_TIMEOUT_GET, 0, name);
		batch_add(&b, 0, msg, values_take, &all);
	}
	rc = batch_send(&b);
	if (!rc)
		*t = all;
	return rc;
}

int
kdp_timeouts_del(struct dp *dp, uint16_t zone, uint8_t *which)
{
	const struct kdp *k = (const struct kdp *)dp;
	unsigned int n = 0;
	int order[FLOW_N_TIMEOUT_PARTS], rc, refusal = 0;
	struct batch b = {.n = 0};

	for (int i = 0; i < FLOW_N_TIMEOUT_PARTS; i++) {
		char name[FLOW_CT_TIMEOUT_BYTES];

		if (!(*which >> i & 1))
			continue;
		flow_timeout_name(k->datapath.name, zone, (enum flow_timeout_part)i, name);
		batch_add(&b, 0, request_new(IPCTNL_MSG_TIMEOUT_DELETE, 0, name), NULL, NULL);
		order[n++] = i;
	}
	rc = batch_send(&b);
	for (unsigned int i = 0; i < b.n; i++) {
		int error = b.reqs[i].error;

		if (b.reqs[i].is_answered && (!error || error == -ENOENT))
			*which &= (uint8_t) ~(1u << order[i]);
		else if (!refusal)
			refusal = error;
	}
	if (rc == -EPROTONOSUPPORT)
		*which = 0; /* the module was removed, and its objects with it */
	if (rc == -ENOENT)  /* of one that another program removed, before one that remains */
		rc = refusal;
	return *which ? rc : 0;
}

struct walk {
	const struct kdp *k;
	void (*each)(void *aux, uint16_t zone, enum flow_timeout_part part,
		     const struct flow_timeouts *t);
	void *aux;
};

/* An object of ours is one whose name and protocol agree. */
static int
object_take(void *aux, struct nlmsghdr *h)
{
	const struct walk *w = aux;
	enum flow_timeout_part part;
	struct kdp_timeout object;
	uint16_t zone;
	int rc = kdp_timeout_parse(h, &object);

	if (!rc && flow_timeout_name_read(w->k->datapath.name, object.name, &zone, &part) &&
	    part == part_find(object.l3proto, object.l4proto))
		w->each(w->aux, zone, part, &object.values);
	return rc == -ENOENT ? 0 : rc;
}

int
kdp_timeouts_each(struct dp *dp,
		  void (*each)(void *aux, uint16_t zone, enum flow_timeout_part part,
			       const struct flow_timeouts *t),
		  void *aux)
{
	struct walk w = {(const struct kdp *)dp, each, aux};
	struct kdp_conn *c;
	struct nl_msg *msg;
	int rc = kdp_conn_create(NETLINK_NETFILTER, &c);

	if (rc)
		return rc;
	msg = request_new(IPCTNL_MSG_TIMEOUT_GET, 0, NULL);
	rc = msg ? kdp_conn_dump_begin(c, msg) : -ENOMEM;
	nlmsg_free(msg);
	if (!rc) {
		do {
			rc = kdp_conn_dump_next(c, object_take, &w);
		} while (rc > 0);
		rc = explained(c, rc);
	}
	kdp_conn_destroy(c);
	return rc;
}

/* ---- end of the datapath ---- */

#define ZONES (UINT16_MAX + 1)

static void
part_mark(void *aux, uint16_t zone, enum flow_timeout_part part, const struct flow_timeouts *t)
{
	uint8_t *found = aux;

	(void)t;
	found[zone] |= (uint8_t)(1u << part);
}

/* Removes what can be removed. Returns how many remain. */
static unsigned int
remove_found(struct dp *dp, uint8_t *found)
{
	unsigned int n = 0;

	for (unsigned int zone = 0; zone < ZONES; zone++) {
		if (found[zone])
			kdp_timeouts_del(dp, (uint16_t)zone, &found[zone]);
		n += (unsigned int)__builtin_popcount(found[zone]);
	}
	return n;
}

/* The kernel frees flows, which hold objects, after its grace period. */
unsigned int
kdp_timeouts_clear(struct kdp *k)
{
	const struct timespec pause = {.tv_nsec = CLEAR_WAIT_NS};
	uint8_t *found = calloc(ZONES, sizeof *found);
	unsigned int n = 0;

	if (found && k->dp.caps.timeouts && !kdp_timeouts_each(&k->dp, part_mark, found)) {
		n = remove_found(&k->dp, found);
		for (int i = 0; n && i < CLEAR_TRIES; i++) {
			nanosleep(&pause, NULL);
			n = remove_found(&k->dp, found);
		}
	}
	free(found);
	return n;
}
