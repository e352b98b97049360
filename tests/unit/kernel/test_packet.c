/* SPDX-License-Identifier: Apache-2.0 */
/* Upcalls are read from messages as the kernel writes them; each way of being malformed has its reason. */
#include "match_put.h"
#include "packet.h"

#include "support/compose.h"
#include "support/random_match.h"

#include <flow/parse.h>

#include <errno.h>
#include <linux/openvswitch.h>
#include <netlink/genl/genl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static const struct kdp_families families = {{20, 21, 22, 23, 24}};

/* What a message lacks, or has wrongly. */
enum flaw {
	FLAW_NONE,
	FLAW_COMMAND,
	FLAW_SHORT_MRU,
	FLAW_NO_PACKET,
	FLAW_SHORT_PACKET,
	FLAW_NO_KEY,
	FLAW_KEY,
	FLAW_TUNNEL,
	FLAW_USERDATA,
	FLAW_NO_USERDATA,
	FLAW_NONE_ACTION, /* an action, without a flaw */
};

static void
key_put(struct kdp_writer *w, const struct flow_key *key, enum flaw flaw)
{
	uint8_t bytes[128] = {1};
	struct nlattr *nest, *tunnel;

	if (flaw == FLAW_NO_KEY)
		return;
	if (flaw != FLAW_KEY && flaw != FLAW_TUNNEL) {
		kdp_metadata_put(w, OVS_PACKET_ATTR_KEY, key);
		return;
	}
	nest = kdp_nest(w, OVS_PACKET_ATTR_KEY);
	if (flaw == FLAW_KEY)
		kdp_put(w, OVS_KEY_ATTR_RECIRC_ID, bytes, 3);
	tunnel = kdp_nest(w, OVS_KEY_ATTR_TUNNEL);
	kdp_put(w, OVS_TUNNEL_KEY_ATTR_IPV4_DST, bytes, 4);
	kdp_put(w, OVS_TUNNEL_KEY_ATTR_GENEVE_OPTS, bytes, 68);
	kdp_nest_end(w, tunnel);
	kdp_nest_end(w, nest);
}

static struct nl_msg *
message_make(const struct flow_key *key, const uint8_t *data, size_t n, enum flaw flaw)
{
	bool is_action = flaw >= FLAW_USERDATA;
	uint8_t cmd = is_action ? OVS_PACKET_CMD_ACTION : OVS_PACKET_CMD_MISS;
	struct kdp_cookie cookie = {.magic = flaw == FLAW_USERDATA ? 1 : KDP_COOKIE_MAGIC,
				    .reason = FLOW_UPCALL_CONTROLLER,
				    .max_len = 128,
				    .cookie = 77};
	uint64_t hash = 12345, unknown = 0;
	struct kdp_writer w = {0};

	if (flaw == FLAW_COMMAND)
		cmd = OVS_PACKET_CMD_EXECUTE;
	w.msg = kdp_request_new(&families, KDP_PACKET, cmd, 0, 5, n + 2048);
	if (flaw != FLAW_NO_PACKET)
		kdp_put(&w, OVS_PACKET_ATTR_PACKET, data, flaw == FLAW_SHORT_PACKET ? 13 : n);
	key_put(&w, key, flaw);
	if (flaw == FLAW_USERDATA || flaw == FLAW_NONE_ACTION)
		kdp_put(&w, OVS_PACKET_ATTR_USERDATA, &cookie, sizeof cookie);
	kdp_put(&w, OVS_PACKET_ATTR_MRU, &(uint16_t){1400}, flaw == FLAW_SHORT_MRU ? 1 : 2);
	kdp_put_u32(&w, OVS_PACKET_ATTR_LEN, 9000);
	kdp_put(&w, OVS_PACKET_ATTR_HASH, &hash, sizeof hash);
	kdp_put(&w, OVS_PACKET_ATTR_MAX + 3, &unknown, sizeof unknown);
	assert_false(w.is_full);
	return w.msg;
}

static void
test_upcalls_are_read(void **state)
{
	struct rng r = {8};

	(void)state;
	for (int i = 0; i < 2000; i++) {
		struct flow_key key, want;
		struct kdp_packet p;
		struct nl_msg *msg;
		uint8_t data[1500];
		int n;

		random_key(&r, RANDOM_TUNNEL | RANDOM_TRACKING, &key);
		n = packet_compose(&key, 20, data, sizeof data);
		if (n < 0)
			continue;
		want = key;
		flow_parse(data, (size_t)n, &want, NULL);
		msg = message_make(&key, data, (size_t)n, FLAW_NONE);
		assert_int_equal(kdp_packet_parse(nlmsg_hdr(msg), &p), KDP_WELL_FORMED);
		assert_false(p.is_action);
		assert_int_equal(p.dp, 5);
		assert_int_equal(p.n_bytes, n);
		assert_memory_equal(p.data, data, (size_t)n);
		assert_memory_equal(&p.key, &want, sizeof want);
		assert_int_equal(p.mru, 1400);
		assert_int_equal(p.n_whole, 9000);
		assert_int_equal(p.hash, 12345);
		assert_null(p.actions);
		nlmsg_free(msg);
	}
}

static void
test_malformed_have_reasons(void **state)
{
	static const struct {
		enum flaw flaw;
		enum kdp_malformed why;
	} cases[] = {
		{FLAW_COMMAND, KDP_MALFORMED_HEADER},
		{FLAW_SHORT_MRU, KDP_MALFORMED_ATTRIBUTE},
		{FLAW_NO_PACKET, KDP_MALFORMED_NO_PACKET},
		{FLAW_SHORT_PACKET, KDP_MALFORMED_NO_PACKET},
		{FLAW_NO_KEY, KDP_MALFORMED_NO_KEY},
		{FLAW_KEY, KDP_MALFORMED_KEY},
		{FLAW_TUNNEL, KDP_MALFORMED_TUNNEL},
		{FLAW_USERDATA, KDP_MALFORMED_USERDATA},
		{FLAW_NO_USERDATA, KDP_MALFORMED_USERDATA},
		{FLAW_NONE_ACTION, KDP_WELL_FORMED},
	};
	uint8_t data[60] = {0};
	struct flow_key key;
	struct kdp_packet p;

	(void)state;
	memset(&key, 0, sizeof key);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct nl_msg *msg = message_make(&key, data, sizeof data, cases[i].flaw);

		assert_int_equal(kdp_packet_parse(nlmsg_hdr(msg), &p), cases[i].why);
		nlmsg_free(msg);
	}
	assert_true(p.is_action);
	assert_int_equal(p.cookie.reason, FLOW_UPCALL_CONTROLLER);
	assert_int_equal(p.cookie.max_len, 128);
	assert_int_equal(p.cookie.cookie, 77);
}

/* A message that ends anywhere is malformed or shorter, and nothing after its end is read. */
static void
test_truncated_messages(void **state)
{
	uint8_t data[60] = {0};
	struct flow_key key;
	struct kdp_packet p;
	struct nl_msg *msg;
	int n;

	(void)state;
	memset(&key, 0, sizeof key);
	msg = message_make(&key, data, sizeof data, FLAW_NONE);
	n = (int)nlmsg_hdr(msg)->nlmsg_len;
	for (int i = NLMSG_HDRLEN; i < n; i++) {
		struct nlmsghdr *h = malloc((size_t)i);

		memcpy(h, nlmsg_hdr(msg), (size_t)i);
		h->nlmsg_len = (uint32_t)i;
		if (i < (int)(NLMSG_HDRLEN + GENL_HDRLEN + 4 + NLA_HDRLEN + sizeof data))
			assert_int_not_equal(kdp_packet_parse(h, &p), KDP_WELL_FORMED);
		else
			kdp_packet_parse(h, &p);
		free(h);
	}
	nlmsg_free(msg);
}

static void
test_executes_are_made(void **state)
{
	struct flow_action copy = {.type = FLOW_ACTION_COPY_TTL_OUT};
	struct flow_actions acts;
	struct flow_key key;
	uint8_t data[60] = {0};
	struct kdp_execute e = {&key, data, sizeof data, &acts, 9, 1400};
	struct nlattr *a[OVS_PACKET_ATTR_MAX + 1];
	const char *refused = NULL;
	struct nl_msg *msg;

	(void)state;
	memset(&key, 0, sizeof key);
	flow_actions_init(&acts);
	flow_actions_add_output(&acts, 3);
	assert_int_equal(kdp_packet_execute(&families, 5, &e, &msg, &refused), 0);
	assert_int_equal(genlmsg_parse(nlmsg_hdr(msg), 4, a, OVS_PACKET_ATTR_MAX, NULL), 0);
	assert_int_equal(nla_len(a[OVS_PACKET_ATTR_PACKET]), sizeof data);
	assert_non_null(a[OVS_PACKET_ATTR_KEY]);
	assert_int_equal(nla_get_u16(a[OVS_PACKET_ATTR_MRU]), 1400);
	assert_int_equal(nla_len(a[OVS_PACKET_ATTR_ACTIONS]), 8);
	nlmsg_free(msg);
	e.n_bytes = UINT16_MAX;
	assert_int_equal(kdp_packet_execute(&families, 5, &e, &msg, &refused), -EMSGSIZE);
	e.n_bytes = sizeof data;
	flow_actions_add(&acts, &copy);
	assert_int_equal(kdp_packet_execute(&families, 5, &e, &msg, &refused), -EOPNOTSUPP);
	assert_string_equal(refused, flow_action_names[FLOW_ACTION_COPY_TTL_OUT]);
	flow_actions_free(&acts);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_upcalls_are_read),
		cmocka_unit_test(test_malformed_have_reasons),
		cmocka_unit_test(test_truncated_messages),
		cmocka_unit_test(test_executes_are_made),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
