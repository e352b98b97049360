/* SPDX-License-Identifier: Apache-2.0 */
/* Objects of nfnetlink_cttimeout: as the module does, it completes values, and refuses those in use. */
#include "fake_timeouts.h"

#include "fake.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_cttimeout.h>
#include <netinet/in.h>
#include <netlink/attr.h>
#include <netlink/msg.h>
#include <string.h>

#define HEAD_BYTES sizeof(struct nfgenmsg)

struct fake_timeouts fake_timeouts;

static struct fake_object *
find(const char *name)
{
	for (unsigned int i = 0; i < fake_timeouts.n; i++) {
		if (!strcmp(fake_timeouts.objects[i].name, name))
			return &fake_timeouts.objects[i];
	}
	return NULL;
}

static int
object_new(struct nlattr **a, const char *name)
{
	struct nlattr *data[CTA_TIMEOUT_TCP_MAX + 1];
	struct fake_object *o = find(name);
	uint16_t l3proto = ntohs(nla_get_u16(a[CTA_TIMEOUT_L3PROTO]));
	uint8_t l4proto = nla_get_u8(a[CTA_TIMEOUT_L4PROTO]);

	if (o && (o->l3proto != l3proto || o->l4proto != l4proto))
		return -EINVAL;
	if (!o) {
		assert(fake_timeouts.n < FAKE_OBJECTS_MAX);
		o = &fake_timeouts.objects[fake_timeouts.n++];
	}
	*o = (struct fake_object){.l3proto = l3proto, .l4proto = l4proto};
	strncpy(o->name, name, sizeof o->name - 1);
	o->n_values = l4proto == IPPROTO_TCP   ? CTA_TIMEOUT_TCP_MAX
		      : l4proto == IPPROTO_UDP ? CTA_TIMEOUT_UDP_MAX
					       : CTA_TIMEOUT_ICMP_MAX;
	assert(!nla_parse_nested(data, CTA_TIMEOUT_TCP_MAX, a[CTA_TIMEOUT_DATA], NULL));
	for (unsigned int i = 1; i <= o->n_values; i++)
		o->values[i] = data[i] ? ntohl(nla_get_u32(data[i])) : FAKE_DEFAULT_S;
	return 0;
}

static void
object_answer(const struct nlmsghdr *req, const struct fake_object *o)
{
	struct nl_msg *msg = nlmsg_alloc_size(512);
	struct nfgenmsg head = {.nfgen_family = AF_UNSPEC};
	struct nlattr *nest;

	nlmsg_put(msg, 0, req->nlmsg_seq, req->nlmsg_type, 0, 0);
	nlmsg_append(msg, &head, sizeof head, NLMSG_ALIGNTO);
	nla_put_string(msg, CTA_TIMEOUT_NAME, o->name);
	nla_put_u16(msg, CTA_TIMEOUT_L3PROTO, htons(o->l3proto));
	nla_put_u8(msg, CTA_TIMEOUT_L4PROTO, o->l4proto);
	nest = nla_nest_start(msg, CTA_TIMEOUT_DATA);
	for (unsigned int i = 1; i <= o->n_values; i++)
		nla_put_u32(msg, (int)i, htonl(o->values[i]));
	nla_nest_end(msg, nest);
	fake_answer(nlmsg_hdr(msg), nlmsg_hdr(msg)->nlmsg_len);
	nlmsg_free(msg);
}

static int
object_del(const char *name)
{
	struct fake_object *o = find(name);

	if (!o)
		return -ENOENT;
	if (fake_timeouts.n_busy) {
		fake_timeouts.n_busy--;
		return -EBUSY;
	}
	*o = fake_timeouts.objects[--fake_timeouts.n];
	return 0;
}

int
fake_timeouts_perform(struct nlmsghdr *req, bool is_dump)
{
	struct nlattr *a[CTA_TIMEOUT_MAX + 1];
	const char *name;

	if (fake_timeouts.is_absent)
		return -EINVAL;
	assert(!nlmsg_parse(req, HEAD_BYTES, a, CTA_TIMEOUT_MAX, NULL));
	if (is_dump) {
		for (unsigned int i = 0; i < fake_timeouts.n; i++)
			object_answer(req, &fake_timeouts.objects[i]);
		return 0;
	}
	name = nla_get_string(a[CTA_TIMEOUT_NAME]);
	switch (req->nlmsg_type & 255) {
	case IPCTNL_MSG_TIMEOUT_NEW:
		return object_new(a, name);
	case IPCTNL_MSG_TIMEOUT_DELETE:
		return object_del(name);
	}
	if (!find(name))
		return -ENOENT;
	object_answer(req, find(name));
	return 0;
}
