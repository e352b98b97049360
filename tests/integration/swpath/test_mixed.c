/* SPDX-License-Identifier: Apache-2.0 */
/* Bursts of flows that are sent to several ports, twice to one, or dropped: each port sends its
 * packets once each, in the order in which they came, and each flow counts its own. */
#include "rig.h"

#include <support/rng.h>

#include <netinet/in.h>

#define N_BURSTS 400
#define BURST 32
#define N_FLOWS 5
#define TP_DST_AT (14 + 20 + 2)

/* Ports that the flow to 10.0.0.(i + 1) is sent to. */
static const struct {
	unsigned int n, to[2];
} flows[N_FLOWS] = {{1, {1}}, {1, {2}}, {2, {1, 1}}, {0}, {1, {1}}};

static void
flows_put(struct rig *r)
{
	for (unsigned int i = 0; i < N_FLOWS; i++) {
		struct flow_match match = rig_match(r, 0, (uint8_t)(i + 1));
		struct flow_actions acts;

		flow_actions_init(&acts);
		for (unsigned int k = 0; k < flows[i].n; k++) {
			struct flow_action a = {.type = FLOW_ACTION_OUTPUT,
						.port = r->ports[flows[i].to[k]].number};

			assert_int_equal(flow_actions_add(&acts, &a), 0);
		}
		assert_int_equal(rig_put(r, &match, &acts), 0);
		flow_actions_free(&acts);
	}
}

/* Sends a burst of runs at once. Stores the flow of each packet. */
static void
burst_send(struct rig *r, struct rng *rng, unsigned int *sent)
{
	unsigned int flow = rng_below(rng, N_FLOWS), often = rng_below(rng, N_FLOWS);
	void *mbufs[BURST];

	for (unsigned int i = 0; i < BURST; i++) {
		if (rng_below(rng, 4))
			flow = rng_below(rng, 2) ? often : rng_below(rng, N_FLOWS);
		sent[i] = flow;
		mbufs[i] = rig_packet(r, (uint8_t)(flow + 1), (uint16_t)i, 20);
	}
	assert_int_equal(rte_ring_enqueue_bulk(r->ports[0].in, mbufs, BURST, NULL), BURST);
}

static void
expect_packet(struct rig *r, unsigned int port, unsigned int i)
{
	struct rte_mbuf *m = rig_sent(r, port);

	assert_non_null(m);
	assert_int_equal(*rte_pktmbuf_mtod_offset(m, uint8_t *, TP_DST_AT + 1), i);
	rte_pktmbuf_free(m);
}

static void
test_bursts_of_several_flows(void **state)
{
	uint64_t n_packets[N_FLOWS] = {0};
	unsigned int sent[BURST];
	struct flow_stats stats;
	struct rng rng = {29};
	struct rig r;

	(void)state;
	rig_start(&r, 1, 64, 3, RIG_RING);
	flows_put(&r);
	for (unsigned int b = 0; b < N_BURSTS; b++) {
		burst_send(&r, &rng, sent);
		rig_wait_received(&r, 0, (b + 1) * (uint64_t)BURST);
		for (unsigned int i = 0; i < BURST; i++) {
			n_packets[sent[i]]++;
			for (unsigned int k = 0; k < flows[sent[i]].n; k++)
				expect_packet(&r, flows[sent[i]].to[k], i);
		}
		assert_null(rig_sent(&r, 1));
		assert_null(rig_sent(&r, 2));
	}
	for (unsigned int i = 0; i < N_FLOWS; i++) {
		struct flow_match match = rig_match(&r, 0, (uint8_t)(i + 1));

		assert_int_equal(rig_get(&r, &match, &stats), 0);
		assert_int_equal(stats.packets, n_packets[i]);
	}
	rig_check_conserved(&r, 0);
	rig_stop(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bursts_of_several_flows),
	};

	rig_eal();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
