/* SPDX-License-Identifier: Apache-2.0 */
/* A search of many masks is paused for the packets of other ports; each packet is counted once, by its own port, and leaves in
 * the order of its port. */
#include "rig.h"

#include <rte_udp.h>

#define N_MASKS 200
#define N_MISSES 1000
#define N_PAUSES 100
#define N_TRIES 100
#define VICTIM 1

/* What has left or reached a handler. */
struct seen {
	unsigned int n_victim, n_missed;
};

/* Megaflows of the attacker that its packets do not match, each of a mask of its own. */
static void
masks_add(struct rig *r)
{
	static const struct flow_actions drop;

	for (unsigned int i = 0; i < N_MASKS; i++) {
		struct flow_match m = rig_match(r, 0, 99);

		m.key.nw_src = m.mask.nw_src = RTE_BE32(UINT32_C(1) << i % 32 | UINT32_C(1) << 31);
		m.key.eth_src.b[0] = m.mask.eth_src.b[0] = (uint8_t)(i / 32 + 1);
		flow_match_canonicalize(&m);
		assert_int_equal(rig_put(r, &m, &drop), 0);
	}
}

static unsigned int
number_of(const struct rte_mbuf *m)
{
	return rte_be_to_cpu_16(
		rte_pktmbuf_mtod_offset(m, const struct rte_udp_hdr *, 34)->dst_port);
}

static void
victims_check(struct rig *r, struct seen *s)
{
	struct rte_mbuf *m;

	while ((m = rig_sent(r, 2))) {
		assert_int_equal(number_of(m), s->n_victim++);
		rte_pktmbuf_free(m);
	}
}

static void
miss_check(struct rig *r, struct seen *s)
{
	static const struct flow_actions drop;
	struct dp_upcall *u;

	if (!r->dp->class->recv(r->dp, 0, &u, 1))
		return;
	assert_int_equal(rte_be_to_cpu_16(u->key.tp_dst), s->n_missed++);
	assert_int_equal(u->key.in_port, r->ports[0].number);
	assert_int_equal(rig_execute(r, u, &drop), 0);
}

/* The victim sends one packet after the other while the attacker always has some. Returns how many it sent. */
static unsigned int
try(struct rig *r)
{
	struct seen s = {0};
	unsigned int n_sent = 0;
	uint64_t n_before = rig_stats(r, 0).misses;

	for (unsigned int i = 0; i < N_MISSES; i++)
		rig_send(r, 0, rig_packet(r, 4, (uint16_t)i, 20));
	while (rig_stats(r, 0).misses < n_before + N_MISSES) {
		if (n_sent == s.n_victim)
			rig_send(r, VICTIM, rig_packet(r, 3, (uint16_t)n_sent++, 20));
		victims_check(r, &s);
	}
	while (s.n_victim < n_sent)
		victims_check(r, &s);
	while (s.n_missed < N_MISSES)
		miss_check(r, &s);
	return n_sent;
}

/* The worker has to see the victim's packets come one by one, so it may take some tries. */
static void
test_others_have_turns(void **state)
{
	struct swp_worker_stats w = {0};
	uint64_t n_missed = 0, n_victim = 0;
	struct rig r;

	(void)state;
	rig_start(&r, 1, 1024, 3, 8192);
	assert_int_equal(r.dp->class->handlers_set(r.dp, 1), 0);
	rig_put_output(&r, VICTIM, 3, 2);
	masks_add(&r);
	for (unsigned int i = 0; i < N_TRIES && w.searches_paused < N_PAUSES; i++) {
		n_victim += try(&r);
		n_missed += N_MISSES;
		swp_worker_stats(r.swp, 0, &w);
		print_message("%lu packets missed %u masks, %lu pauses, %lu of the victim\n",
			      n_missed, N_MASKS, w.searches_paused, n_victim);
	}
	assert_true(w.searches_paused >= N_PAUSES);
	rig_wait_received(&r, 0, n_missed);
	rig_wait_received(&r, VICTIM, n_victim);
	assert_int_equal(rig_check_conserved(&r, 0), n_missed);
	assert_int_equal(rig_stats(&r, 0).misses, n_missed);
	assert_int_equal(rig_check_conserved(&r, VICTIM), n_victim);
	assert_int_equal(rig_stats(&r, VICTIM).hits, n_victim);
	rig_stop(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_others_have_turns)};

	rig_eal();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
