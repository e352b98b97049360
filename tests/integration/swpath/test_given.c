/* SPDX-License-Identifier: Apache-2.0 */
/* Packets that handlers give back take turns with those of ports: a port does not wait for all of
 * them. */
#include "rig.h"

#include <rte_ether.h>
#include <rte_udp.h>

#define N_GIVEN 128
#define N_LABELS 250 /* added to a given packet and removed: some 5 us */
#define N_LIGHT 3000
#define AT_ONCE 8
#define N_TRIES 20
#define GIVEN_PORT 1
#define LIGHT_PORT 2

struct swp_worker;

unsigned int __real_swp_execute_given(struct swp_worker *w, unsigned int n_max);
unsigned int __wrap_swp_execute_given(struct swp_worker *w, unsigned int n_max);

/* Given packets are executed only while others wait at the port, or at any time if it is NULL. */
static struct rte_ring *_Atomic beside;

unsigned int
__wrap_swp_execute_given(struct swp_worker *w, unsigned int n_max)
{
	struct rte_ring *ring = beside;

	return ring && rte_ring_empty(ring) ? 0 : __real_swp_execute_given(w, n_max);
}

struct batch {
	struct dp_upcall *u[N_GIVEN];
	unsigned int n;
};

static bool
received(struct rig *r, void *aux)
{
	struct batch *b = aux;

	b->n += r->dp->class->recv(r->dp, 0, &b->u[b->n], N_GIVEN - b->n);
	return b->n == N_GIVEN;
}

static bool
none_waits(struct rig *r, void *aux)
{
	(void)aux;
	return rte_ring_empty(r->ports[1].in);
}

static void
batch_give(struct rig *r, const struct batch *b, const struct flow_actions *a)
{
	struct dp_op ops[N_GIVEN] = {0};

	for (unsigned int i = 0; i < N_GIVEN; i++)
		ops[i] = (struct dp_op){.type = DP_OP_EXECUTE, .actions = a, .packet = b->u[i]};
	r->dp->class->operate(r->dp, ops, N_GIVEN);
	for (unsigned int i = 0; i < N_GIVEN; i++)
		assert_int_equal(ops[i].error, 0);
}

/* Returns the most given packets between two of the port that have left. */
static unsigned int
longest_run(struct rig *r, unsigned int *n_sent)
{
	unsigned int n = 0, most = 0;
	bool any = false;
	struct rte_mbuf *m;

	for (*n_sent = 0; (m = rig_sent(r, 2)); ++*n_sent) {
		const struct rte_udp_hdr *udp =
			rte_pktmbuf_mtod_offset(m, const struct rte_udp_hdr *, 34);

		if (udp->dst_port == rte_cpu_to_be_16(GIVEN_PORT)) {
			n++;
		} else {
			most = any ? RTE_MAX(most, n) : 0;
			any = true;
			n = 0;
		}
		rte_pktmbuf_free(m);
	}
	return most;
}

/* Gives packets back while others wait at a port; returns as longest_run(). */
static unsigned int
try(struct rig *r, const struct flow_actions *a, uint64_t n_light)
{
	struct rte_mbuf *light[N_LIGHT];
	struct batch b = {0};
	unsigned int n_sent, most;

	for (unsigned int i = 0; i < N_LIGHT; i++)
		light[i] = rig_packet(r, 3, LIGHT_PORT, 20);
	for (unsigned int i = 0; i < N_GIVEN; i++)
		rig_send(r, 0, rig_packet(r, 2, GIVEN_PORT, 20));
	rig_wait(r, received, &b);
	beside = r->ports[1].in;
	batch_give(r, &b, a);
	assert_int_equal(rte_ring_enqueue_bulk(r->ports[1].in, (void **)light, N_LIGHT, NULL),
			 N_LIGHT);
	rig_wait(r, none_waits, NULL);
	beside = NULL;
	rig_wait_received(r, 1, n_light);
	most = longest_run(r, &n_sent);
	assert_int_equal(n_sent, N_LIGHT + N_GIVEN);
	return most;
}

/* The first packets have no known cost, and a worker that was interrupted has seen no other port for a
 * while. So one try in a few may fail. */
static void
test_ports_have_turns_between(void **state)
{
	struct flow_action push = {
		.type = FLOW_ACTION_PUSH_MPLS,
		.mpls = {.eth_type = RTE_BE16(RTE_ETHER_TYPE_MPLS), .lse = RTE_BE32(1 << 8 | 64)}};
	struct flow_action pop = {.type = FLOW_ACTION_POP_MPLS,
				  .mpls.eth_type = RTE_BE16(RTE_ETHER_TYPE_IPV4)};
	struct flow_actions a;
	unsigned int most = AT_ONCE + 1;
	struct rig r;

	(void)state;
	rig_start(&r, 1, 1024, 3, 8192);
	assert_int_equal(r.dp->class->handlers_set(r.dp, 1), 0);
	rig_put_output(&r, 1, 3, 2);
	flow_actions_init(&a);
	for (unsigned int i = 0; i < N_LABELS; i++) {
		flow_actions_add(&a, &push);
		flow_actions_add(&a, &pop);
	}
	flow_actions_add_output(&a, r.ports[2].number);
	for (unsigned int i = 1; i <= N_TRIES && most > AT_ONCE; i++) {
		most = try(&r, &a, (uint64_t)i * N_LIGHT);
		print_message("%u given packets at once\n", most);
	}
	assert_true(most <= AT_ONCE);
	flow_actions_free(&a);
	rig_check_conserved(&r, 0);
	rig_stop(&r);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_ports_have_turns_between)};

	rig_eal();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
