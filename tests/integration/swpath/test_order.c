/* SPDX-License-Identifier: Apache-2.0 */
/* Packets that a handler gives back before it adds their megaflow leave before those that meet the
 * megaflow. */
#include "rig.h"

#include <base/rcu.h>

#include <arpa/inet.h>
#include <pthread.h>
#include <rte_udp.h>
#include <sched.h>
#include <string.h>

#define N_ROUNDS 100
#define N_PACKETS 1000
#define BATCH 64

/* Where a packet of a round was, by its number, which is its destination port. */
enum where { MET_MEGAFLOW, GIVEN_BEFORE, GIVEN_AFTER };

struct round {
	struct rig *r;
	struct flow_match match;
	struct flow_actions acts;
	enum where where[N_PACKETS];
	bool is_put;
	unsigned int n_out;
	bool met; /* one that met the megaflow has left */
};

static void *
send_all(void *aux)
{
	struct rig *r = aux;

	for (unsigned int i = 0; i < N_PACKETS; i++)
		rig_send(r, 0, rig_packet(r, 2, (uint16_t)i, 20));
	return NULL;
}

/* Gives back a batch as a handler does; the first one adds the megaflow. */
static void
handle(struct round *round)
{
	struct dp *dp = round->r->dp;
	struct dp_upcall *up[BATCH];
	struct dp_op ops[BATCH + 1] = {0};
	unsigned int n = dp->class->recv(dp, 0, up, BATCH);

	if (!n)
		return;
	for (unsigned int i = 0; i < n; i++) {
		round->where[ntohs(up[i]->key.tp_dst)] = round->is_put ? GIVEN_AFTER : GIVEN_BEFORE;
		ops[i] = (struct dp_op){
			.type = DP_OP_EXECUTE, .actions = &round->acts, .packet = up[i]};
	}
	if (!round->is_put)
		ops[n++] = (struct dp_op){.type = DP_OP_PUT,
					  .ufid = flow_ufid_make(&round->match),
					  .match = &round->match,
					  .actions = &round->acts};
	dp->class->operate(dp, ops, n);
	assert_int_equal(ops[n - 1].error, 0);
	round->is_put = true;
}

static void
check_sent(struct round *round)
{
	struct rte_mbuf *m;

	while ((m = rig_sent(round->r, 1))) {
		const struct rte_udp_hdr *udp =
			rte_pktmbuf_mtod_offset(m, const struct rte_udp_hdr *, 34);
		enum where where = round->where[ntohs(udp->dst_port)];

		rte_pktmbuf_free(m);
		round->n_out++;
		round->met |= where == MET_MEGAFLOW;
		assert_false(round->met && where == GIVEN_BEFORE);
	}
}

static void
test_given_before(void **state)
{
	unsigned int n_met = 0;
	struct rig r;

	(void)state;
	rig_start(&r, 1, 1024, 2, 4096);
	assert_int_equal(r.dp->class->handlers_set(r.dp, 1), 0);
	for (unsigned int i = 0; i < N_ROUNDS; i++) {
		struct round round = {.r = &r, .match = rig_match(&r, 0, 2)};
		pthread_t sender;

		flow_actions_init(&round.acts);
		flow_actions_add_output(&round.acts, r.ports[1].number);
		assert_int_equal(pthread_create(&sender, NULL, send_all, &r), 0);
		while (round.n_out < N_PACKETS) {
			handle(&round);
			rcu_quiesce();
			check_sent(&round);
		}
		n_met += round.met;
		pthread_join(sender, NULL);
		assert_int_equal(rig_del(&r, &round.match, &(struct flow_stats){0}), 0);
		flow_actions_free(&round.acts);
	}
	assert_true(n_met > 0);
	rig_check_conserved(&r, 0);
	rig_stop(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_given_before)};

	rig_eal();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
