/* SPDX-License-Identifier: Apache-2.0 */
/* A list that is executed in parts sends the same bytes to the same places, with the same tunnel, queue,
 * truncation, meters and connection, as the list as a whole. */
#include "parts.h"
#include "setfield.h"

#include "support/compose.h"
#include "support/random_match.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/openvswitch.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define N_LISTS 20000
#define N_ACTIONS_MAX 12
#define HEADROOM 128
#define N_BYTES_MAX 2048

/* What leaves: its action, and a hash of the packet and of all that was done to it. */
struct event {
	uint8_t type;
	uint32_t to;
	uint64_t hash;
};

struct log {
	struct event e[N_ACTIONS_MAX + 1];
	unsigned int n, n_runs;
};

static uint64_t
mix(uint64_t h, const void *data, size_t n)
{
	const uint8_t *b = data;

	for (size_t i = 0; i < n; i++)
		h = (h ^ b[i]) * UINT64_C(0x100000001b3);
	return h;
}

static bool
is_of_tunnel(const struct flow_action *a, const struct flow_key *key)
{
	return kdp_setfield_header((enum flow_field_id)a->set.field, key) == OVS_KEY_ATTR_TUNNEL;
}

/* Executes a list; without 'edits' it has none. */
static int
replay(struct log *log, const struct flow_actions *acts, const uint8_t *data, size_t n,
       struct flow_key key, bool edits)
{
	uint8_t bytes[HEADROOM + N_BYTES_MAX];
	struct flow_buffer buf = {bytes + HEADROOM, n, HEADROOM, 0};
	uint64_t context = 1, cut = 0;
	struct flow_offsets ofs;

	memcpy(buf.data, data, n);
	flow_parse(buf.data, buf.n, &key, &ofs);
	for (uint16_t i = 0; i < acts->n; i++) {
		const struct flow_action *a = &acts->a[i];
		uint64_t h;
		int rc;

		switch (a->type) {
		case FLOW_ACTION_TRUNC:
			cut = a->n_bytes;
			break;
		case FLOW_ACTION_SET_QUEUE:
		case FLOW_ACTION_METER:
		case FLOW_ACTION_CT:
		case FLOW_ACTION_CT_CLEAR:
			context = mix(context, a, sizeof *a);
			break;
		case FLOW_ACTION_OUTPUT:
		case FLOW_ACTION_UPCALL:
		case FLOW_ACTION_SAMPLE:
		case FLOW_ACTION_RECIRC:
			h = mix(mix(context, &cut, sizeof cut), buf.data, buf.n);
			h = mix(h, &key.skb_mark, sizeof key.skb_mark);
			log->e[log->n++] = (struct event){a->type, a->port, h};
			if (a->type != FLOW_ACTION_RECIRC)
				cut = 0;
			break;
		default:
			if (a->type == FLOW_ACTION_SET && is_of_tunnel(a, &key)) {
				context = mix(context, a, sizeof *a);
				break;
			}
			assert_true(edits);
			rc = flow_edit(a, &buf, &key, &ofs);
			if (rc)
				return rc;
		}
	}
	return 0;
}

static int
send_run(void *aux, const struct kdp_execute *e)
{
	struct log *log = aux;

	log->n_runs++;
	return replay(log, e->actions, e->data, e->n_bytes, *e->key, false);
}

static void
set_add(struct rng *r, const struct flow_key *key, struct flow_actions *acts)
{
	static const uint8_t fields[] = {
		FLOW_FIELD_ETH_SRC, FLOW_FIELD_ETH_DST, FLOW_FIELD_NW_SRC,   FLOW_FIELD_NW_TTL,
		FLOW_FIELD_UDP_DST, FLOW_FIELD_TCP_SRC, FLOW_FIELD_PKT_MARK, FLOW_FIELD_TUN_DST};
	uint8_t id = fields[rng_below(r, sizeof fields)];
	struct flow_value value, mask;

	if (!flow_prereq_ok((enum flow_prereq)flow_fields[id].prereq, key, NULL))
		return;
	flow_field_ones(&flow_fields[id], &mask);
	for (unsigned int i = 0; i < FLOW_VALUE_BYTES; i++)
		value.b[i] = (uint8_t)rng_u32(r) & mask.b[i];
	assert_int_equal(flow_actions_add_set(acts, (enum flow_field_id)id, &value, &mask), 0);
}

static void
random_add(struct rng *r, const struct flow_key *key, struct flow_actions *acts)
{
	static const uint8_t types[] = {
		FLOW_ACTION_OUTPUT,    FLOW_ACTION_OUTPUT,    FLOW_ACTION_OUTPUT,
		FLOW_ACTION_UPCALL,    FLOW_ACTION_SET,	      FLOW_ACTION_SET,
		FLOW_ACTION_SET,       FLOW_ACTION_PUSH_VLAN, FLOW_ACTION_POP_VLAN,
		FLOW_ACTION_PUSH_MPLS, FLOW_ACTION_METER,     FLOW_ACTION_SET_QUEUE,
		FLOW_ACTION_TRUNC,     FLOW_ACTION_CT,	      FLOW_ACTION_RECIRC};
	struct flow_action a;

	memset(&a, 0, sizeof a);
	a.type = types[rng_below(r, sizeof types)];
	if (a.type == FLOW_ACTION_SET) {
		set_add(r, key, acts);
		return;
	}
	if (a.type == FLOW_ACTION_PUSH_VLAN)
		a.vlan.tpid = htons(0x8100);
	else if (a.type == FLOW_ACTION_PUSH_MPLS)
		a.mpls.eth_type = htons(0x8847);
	else if (a.type == FLOW_ACTION_CT)
		a.ct.zone = (uint16_t)rng_below(r, 9);
	else if (a.type != FLOW_ACTION_POP_VLAN)
		a.port = 14 + rng_below(r, 9); /* the same place for all of them */
	assert_int_equal(flow_actions_add(acts, &a), 0);
}

static void
test_parts_are_the_whole(void **state)
{
	unsigned int n_divided = 0, n_refused = 0, n_failed = 0;
	struct rng r = {.state = 46};

	(void)state;
	for (unsigned int i = 0; i < N_LISTS; i++) {
		uint8_t bytes[N_BYTES_MAX];
		struct log whole = {0}, parts = {0};
		struct dp_upcall u = {.data = bytes};
		struct flow_actions acts;
		int n, rc, rc_whole;

		random_key(&r, 0, &u.key);
		n = packet_compose(&u.key, 20, bytes, sizeof bytes);
		assert_true(n > 0);
		u.n_bytes = (uint32_t)n;
		flow_actions_init(&acts);
		for (unsigned int k = rng_below(&r, N_ACTIONS_MAX + 1); k; k--)
			random_add(&r, &u.key, &acts);
		rc_whole = replay(&whole, &acts, bytes, u.n_bytes, u.key, true);
		rc = kdp_parts_each(&u, &acts, send_run, &parts);
		if (rc == -EOPNOTSUPP) {
			assert_int_equal(parts.n_runs, 0);
			n_refused++;
		} else {
			assert_int_equal(rc, rc_whole);
			if (!rc)
				assert_int_equal(parts.n, whole.n);
			assert_memory_equal(parts.e, whole.e, parts.n * sizeof parts.e[0]);
			n_divided += parts.n_runs > 1;
			n_failed += rc != 0;
		}
		flow_actions_free(&acts);
	}
	print_message("%u of %u lists in several parts, %u refused, %u failed\n", n_divided,
		      N_LISTS, n_refused, n_failed);
	assert_true(n_divided > N_LISTS / 10);
	assert_true(n_refused < N_LISTS / 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_parts_are_the_whole)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
