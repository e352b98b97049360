/* SPDX-License-Identifier: Apache-2.0 */
/* Fuzzes what is read from the kernel. The first byte selects the reader: an upcall, a flow with its match
 * and actions, a tracked connection, an object of timeouts; the rest is the message after its netlink header. What is read is written again, and must
 * be read as the same. */
#include "actions_get.h"
#include "actions_put.h"
#include "connection_get.h"
#include "express.h"
#include "flow.h"
#include "match_get.h"
#include "match_put.h"
#include "packet.h"
#include "upcall.h"
#include "zone_timeouts.h"

#include <flow/parse.h>

#include <errno.h>
#include <linux/genetlink.h>
#include <linux/openvswitch.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void
must(bool is_true)
{
	if (!is_true)
		abort();
}

static struct nl_msg *
message_new(size_t n_bytes)
{
	struct nl_msg *msg = nlmsg_alloc_size(n_bytes);

	must(msg && nlmsg_put(msg, 0, 0, 0, 0, 0));
	return msg;
}

static void
match_check(const struct flow_match *m)
{
	struct kdp_writer w = {message_new(NLMSG_HDRLEN + 2 * KDP_KEY_BYTES), false};
	struct nlattr *a[OVS_FLOW_ATTR_MAX + 1];
	const char *refused = "";
	struct flow_match again;

	if (!kdp_match_refused(m)) {
		kdp_match_put(&w, m, NULL);
		must(!w.is_full);
		must(!nlmsg_parse(nlmsg_hdr(w.msg), 0, a, OVS_FLOW_ATTR_MAX, NULL));
		must(!kdp_match_get(a[OVS_FLOW_ATTR_KEY], a[OVS_FLOW_ATTR_MASK], &again, &refused));
		must(!kdp_match_refused(&again));
	}
	nlmsg_free(w.msg);
}

static void
actions_check(const struct flow_actions *acts, const struct flow_key *shape)
{
	struct kdp_writer w = {message_new(KDP_ACTIONS_BYTES(acts->n) + NLMSG_HDRLEN), false};
	const char *refused = NULL;
	int rc = kdp_actions_put(&w, 1, acts, shape, 1, &refused);

	must(!w.is_full || rc == -E2BIG);
	must(rc != -EOPNOTSUPP || refused);
	nlmsg_free(w.msg);
}

static void
flow_read(struct nlmsghdr *h)
{
	struct kdp_flow_answer answer;
	struct flow_actions acts;
	const char *refused = NULL;
	struct flow_match match;

	if (kdp_flow_parse(h, &answer))
		return;
	memset(&match, 0, sizeof match);
	flow_actions_init(&acts);
	if (answer.key && !kdp_match_get(answer.key, answer.mask, &match, &refused))
		match_check(&match);
	if (answer.actions && !kdp_actions_get(answer.actions, &acts, &refused))
		actions_check(&acts, &match.key);
	flow_actions_free(&acts);
}

static void
upcall_read(struct nlmsghdr *h)
{
	struct dp_upcall *up;
	struct kdp_packet p;

	if (kdp_packet_parse(h, &p) != KDP_WELL_FORMED)
		return;
	/* Every byte of it can be read. */
	must(p.n_bytes >= 14 &&
	     flow_parse(p.data, p.n_bytes, &p.key, NULL) < FLOW_N_PARSE_STATUSES);
	up = kdp_upcall_new(&p, 1);
	must(up);
	kdp_upcall_free(up);
}

static void
connection_read(struct nlmsghdr *h)
{
	struct nlattr *a[CTA_MAX + 1];
	struct flow_connection c;

	if (kdp_connection_get(h, a, &c))
		return;
	must(c.orig.ip_version <= 6 && a[CTA_TUPLE_ORIG] && a[CTA_TUPLE_REPLY]);
	must(!c.tcp_state || *c.tcp_state);
}

static void
timeout_read(struct nlmsghdr *h)
{
	enum flow_timeout_part part;
	struct kdp_timeout t;
	uint16_t zone;

	if (kdp_timeout_parse(h, &t))
		return;
	must(memchr(t.name, '\0', sizeof t.name) && t.l3proto);
	if (flow_timeout_name_read("tandem", t.name, &zone, &part))
		must(part < FLOW_N_TIMEOUT_PARTS);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct nlmsghdr *h;

	if (n < 1 || n > 70000)
		return 0;
	h = malloc(NLMSG_HDRLEN + n - 1);
	must(h);
	*h = (struct nlmsghdr){.nlmsg_len = (uint32_t)(NLMSG_HDRLEN + n - 1),
			       .nlmsg_type = NLMSG_MIN_TYPE};
	memcpy((uint8_t *)h + NLMSG_HDRLEN, data + 1, n - 1);
	if (data[0] == 2)
		connection_read(h);
	else if (data[0] == 4)
		timeout_read(h);
	else if (data[0] & 1)
		flow_read(h);
	else
		upcall_read(h);
	free(h);
	return 0;
}
