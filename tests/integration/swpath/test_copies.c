/* SPDX-License-Identifier: Apache-2.0 */
/* Copies that are not the whole packet, or not made for each: TRUNC and SAMPLE. */
#include "rig.h"

#define N_SENT 4000
#define BATCH 500

static void
put(struct rig *r, const struct flow_action *a, unsigned int n)
{
	struct flow_match match = rig_match(r, 0, 2);
	struct flow_actions acts;

	flow_actions_init(&acts);
	for (unsigned int i = 0; i < n; i++)
		assert_int_equal(flow_actions_add(&acts, &a[i]), 0);
	assert_int_equal(rig_put(r, &match, &acts), 0);
	flow_actions_free(&acts);
}

static void
expect_length(struct rig *r, unsigned int port, uint32_t n_bytes)
{
	struct rte_mbuf *m = rig_sent(r, port);

	assert_non_null(m);
	assert_int_equal(rte_pktmbuf_pkt_len(m), n_bytes);
	rte_pktmbuf_free(m);
}

static void
test_trunc_is_of_the_next_copy_alone(void **state)
{
	struct rte_mbuf *m;
	uint32_t n_bytes;
	struct rig r;

	(void)state;
	rig_start(&r, 1, 64, 4, 64);
	put(&r,
	    (const struct flow_action[]){
		    {.type = FLOW_ACTION_TRUNC, .n_bytes = 60},
		    {.type = FLOW_ACTION_OUTPUT, .port = r.ports[1].number},
		    {.type = FLOW_ACTION_OUTPUT, .port = r.ports[2].number},
		    {.type = FLOW_ACTION_TRUNC, .n_bytes = 20},
		    {.type = FLOW_ACTION_OUTPUT, .port = r.ports[3].number},
	    },
	    5);
	for (int i = 0; i < 3; i++) {
		m = rig_packet(&r, 2, 80, 100);
		n_bytes = rte_pktmbuf_pkt_len(m);
		rig_send(&r, 0, m);
		rig_wait_received(&r, 0, (uint64_t)i + 1);
		expect_length(&r, 1, 60);
		expect_length(&r, 2, n_bytes);
		expect_length(&r, 3, 20);
	}
	/* Shorter than the limit: nothing to cut. */
	m = rig_packet(&r, 2, 80, 0);
	n_bytes = rte_pktmbuf_pkt_len(m);
	assert_in_range(n_bytes, 21, 60);
	rig_send(&r, 0, m);
	rig_wait_received(&r, 0, 4);
	expect_length(&r, 1, n_bytes);
	expect_length(&r, 2, n_bytes);
	expect_length(&r, 3, 20);
	rig_check_conserved(&r, 0);
	rig_stop(&r);
}

/* Ports that send the packet as it is share its bytes; a port before an edit has its own. */
static void
test_outputs_share_bytes_until_edited(void **state)
{
	struct flow_action set = {.type = FLOW_ACTION_SET, .set.field = FLOW_FIELD_NW_TTL};
	struct rte_mbuf *m[4];
	struct rig r;

	(void)state;
	set.set.value[15] = 7;
	set.set.mask[15] = UINT8_MAX;
	rig_start(&r, 1, 64, 4, 64);
	put(&r,
	    (const struct flow_action[]){
		    {.type = FLOW_ACTION_OUTPUT, .port = r.ports[1].number},
		    set,
		    {.type = FLOW_ACTION_OUTPUT, .port = r.ports[2].number},
		    {.type = FLOW_ACTION_OUTPUT, .port = r.ports[3].number},
	    },
	    4);
	rig_send(&r, 0, rig_packet(&r, 2, 80, 100));
	rig_wait_received(&r, 0, 1);
	for (unsigned int i = 1; i < 4; i++) {
		m[i] = rig_sent(&r, i);
		assert_non_null(m[i]);
		assert_int_equal(*rte_pktmbuf_mtod_offset(m[i], uint8_t *, 14 + 8),
				 i == 1 ? 64 : 7);
	}
	assert_ptr_not_equal(rte_pktmbuf_mtod(m[1], void *), rte_pktmbuf_mtod(m[2], void *));
	assert_ptr_equal(rte_pktmbuf_mtod(m[2], void *), rte_pktmbuf_mtod(m[3], void *));
	for (unsigned int i = 1; i < 4; i++)
		rte_pktmbuf_free(m[i]);
	rig_check_conserved(&r, 0);
	rig_stop(&r);
}

/* Every packet passes. The number of copies is within five standard deviations of the
 * probability, which one run in a million exceeds. */
static void
test_sample_takes_its_part(void **state)
{
	static const struct {
		uint32_t probability;
		unsigned int min, max;
	} cases[] = {
		{0, 0, 0},
		{UINT32_MAX / 4, 863, 1137}, /* sigma 27.4 */
		{UINT32_MAX / 100, 8, 72},   /* sigma 6.3 */
		{UINT32_MAX, N_SENT, N_SENT},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct swp_port_stats s;
		struct rig r;

		rig_start(&r, 1, 64, 2, RIG_RING);
		put(&r,
		    (const struct flow_action[]){
			    {.type = FLOW_ACTION_SAMPLE,
			     .upcall = {.reason = FLOW_UPCALL_SAMPLE,
					.max_len = 128,
					.probability = cases[i].probability}},
			    {.type = FLOW_ACTION_OUTPUT, .port = r.ports[1].number},
		    },
		    2);
		for (unsigned int n = 0; n < N_SENT; n++) {
			rig_send(&r, 0, rig_packet(&r, 2, 80, 20));
			if ((n + 1) % BATCH == 0) {
				rig_wait_received(&r, 0, n + 1);
				assert_int_equal(rig_sent_drain(&r, 1), BATCH);
			}
		}
		s = rig_stats(&r, 0);
		assert_in_range(s.action_upcalls + rig_sum(s.action_drops, FLOW_N_DROPS),
				cases[i].min, cases[i].max);
		rig_check_conserved(&r, 0);
		rig_stop(&r);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_trunc_is_of_the_next_copy_alone),
		cmocka_unit_test(test_outputs_share_bytes_until_edited),
		cmocka_unit_test(test_sample_takes_its_part),
	};

	rig_eal();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
