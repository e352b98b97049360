/* SPDX-License-Identifier: Apache-2.0 */
/* Devices of two NUMA nodes have two pools of packet buffers, and packets cross between them. The
 * memory of the second node is taken from the first one, which is all that the machine may have. */
#include "fakenic.h"
#include "rig.h"

#include <string.h>

#define N_BUFFERS 8191
#define N_THREADS (2 * 384 + 2 * 32)
#define WIRE 1 /* in rig.ports; 0 is a ring of node 0 */
#define N_PACKETS 200

struct rte_mempool *__real_rte_pktmbuf_pool_create(const char *name, unsigned int n,
						   unsigned int cache, uint16_t n_private,
						   uint16_t n_data, int socket);
struct rte_mempool *__wrap_rte_pktmbuf_pool_create(const char *name, unsigned int n,
						   unsigned int cache, uint16_t n_private,
						   uint16_t n_data, int socket);

int __wrap_rte_eal_has_hugepages(void);

static bool no_memory, no_huge_pages;

int
__wrap_rte_eal_has_hugepages(void)
{
	return !no_huge_pages;
}

struct rte_mempool *
__wrap_rte_pktmbuf_pool_create(const char *name, unsigned int n, unsigned int cache,
			       uint16_t n_private, uint16_t n_data, int socket)
{
	struct rte_mempool *pool =
		socket == 1 && no_memory
			? NULL
			: __real_rte_pktmbuf_pool_create(name, n, cache, n_private, n_data, 0);

	if (pool)
		pool->socket_id = socket;
	return pool;
}

static struct swp_buffers_info
buffers(const struct rig *r, unsigned int node)
{
	struct swp_buffers_info b;

	assert_int_equal(swp_buffers_info(r->swp, node, &b), 0);
	return b;
}

static int
wire_add(struct rig *r, const struct swp_port_config *config, char *err)
{
	return swp_port_add(r->swp, FAKENIC, FAKENIC, config, &r->ports[WIRE].number, err, 512);
}

static void
begin(struct rig *r)
{
	struct swp_buffers_info b;

	memset(fakenic(), 0, sizeof *fakenic());
	fakenic()->node = 1;
	fakenic()->in = rte_ring_create("nodes-in", 4096, SOCKET_ID_ANY, 0);
	fakenic()->out = rte_ring_create("nodes-out", 1024, SOCKET_ID_ANY, 0);
	rig_start(r, 1, 8192, 1, 1024);
	assert_int_equal(swp_buffers_info(r->swp, 1, &b), -ENOENT);
}

static void
end(struct rig *r)
{
	assert_int_equal(swp_port_del(r->swp, r->ports[WIRE].number), 0);
	rig_stop(r);
	rte_ring_free(fakenic()->in);
	rte_ring_free(fakenic()->out);
}

/* The wire receives a packet, in a buffer of its node. */
static void
wire_send(struct rig *r, uint8_t dst)
{
	struct rte_mbuf *m = rig_packet(r, dst, 80, 20), *own;

	own = rte_pktmbuf_copy(m, fakenic()->pool, 0, UINT32_MAX);
	assert_non_null(own);
	rte_pktmbuf_free(m);
	assert_int_equal(rte_ring_enqueue(fakenic()->in, own), 0);
}

static struct rte_mbuf *
wire_sent(void)
{
	void *m;

	return rte_ring_dequeue(fakenic()->out, &m) ? NULL : m;
}

/* Sends to both ports; 'edited': with a tag between the two. */
static void
put_both(struct rig *r, unsigned int from, uint8_t dst, bool edited)
{
	struct flow_match m = rig_match(r, from, dst);
	struct flow_action push = {.type = FLOW_ACTION_PUSH_VLAN, .vlan = {.tpid = htons(0x8100)}};
	struct flow_actions a;

	flow_actions_init(&a);
	assert_int_equal(flow_actions_add_output(&a, r->ports[0].number), 0);
	if (edited)
		assert_int_equal(flow_actions_add(&a, &push), 0);
	assert_int_equal(flow_actions_add_output(&a, r->ports[WIRE].number), 0);
	assert_int_equal(rig_put(r, &m, &a), 0);
	flow_actions_free(&a);
}

/* A queue takes the buffers of its node; what leaves by a port, and what workers hold, may be of any
 * node. */
static void
test_nodes_are_counted(void **state)
{
	static const struct swp_port_config many = {.n_rxq = 8, .n_rxd = 1024}, some = {.n_rxq = 4};
	char err[512] = "";
	struct rig r;

	(void)state;
	begin(&r);
	assert_int_equal(wire_add(&r, &many, err), -ENOSPC);
	assert_non_null(strstr(err, "needs 8800 packet buffers"));
	assert_non_null(strstr(err, "are free on NUMA node 1"));
	assert_int_equal(fakenic()->n_filled, 0);
	assert_int_equal(wire_add(&r, &some, err), 0);
	assert_int_equal(buffers(&r, 1).n, N_BUFFERS);
	assert_int_equal(buffers(&r, 1).n_threads, N_THREADS);
	assert_int_equal(buffers(&r, 1).n_ports, 32 + 4 * 512 + 512 + 32);
	assert_int_equal(buffers(&r, 0).n_ports, 32 + 512 + 32);
	assert_int_equal(fakenic()->pool->socket_id, 1);
	/* The ring of packets for execution has room for the upcalls of both. */
	assert_true(buffers(&r, 0).upcalls_max + buffers(&r, 1).upcalls_max <= N_BUFFERS);
	end(&r);
}

/* Buffers of either node are edited in place, shared, and given back to their own pool. */
static void
test_packets_cross(void **state)
{
	char err[512] = "";
	struct rte_mbuf *m;
	struct rig r;

	(void)state;
	begin(&r);
	assert_int_equal(wire_add(&r, NULL, err), 0);
	put_both(&r, 0, 2, false);
	put_both(&r, 0, 3, true);
	put_both(&r, WIRE, 2, false);
	put_both(&r, WIRE, 3, true);
	for (unsigned int i = 0; i < N_PACKETS; i++) {
		rig_send(&r, 0, rig_packet(&r, i % 2 ? 2 : 3, 80, 20));
		wire_send(&r, i % 2 ? 2 : 3);
	}
	rig_wait_received(&r, 0, N_PACKETS);
	rig_wait_received(&r, WIRE, N_PACKETS);
	for (unsigned int p = 0; p < 2; p++) {
		struct swp_port_stats s = rig_stats(&r, p);

		assert_int_equal(s.hits, N_PACKETS);
		assert_int_equal(rig_sum(s.action_drops, FLOW_N_DROPS), 0);
		rig_check_conserved(&r, p);
	}
	assert_int_equal(rig_sent_drain(&r, 0), 2 * N_PACKETS);
	for (unsigned int i = 0; i < 2 * N_PACKETS; i++) {
		m = wire_sent();
		assert_non_null(m);
		rte_pktmbuf_free(m);
	}
	assert_null(wire_sent());
	end(&r);
}

/* An edited packet of the other node is sent from its own buffer, not copied. */
static void
test_edits_do_not_copy(void **state)
{
	struct flow_action push = {.type = FLOW_ACTION_PUSH_VLAN, .vlan = {.tpid = htons(0x8100)}};
	struct flow_actions a;
	struct flow_match match;
	char err[512] = "";
	struct rte_mbuf *m;
	struct rig r;

	(void)state;
	begin(&r);
	assert_int_equal(wire_add(&r, NULL, err), 0);
	match = rig_match(&r, WIRE, 2);
	flow_actions_init(&a);
	assert_int_equal(flow_actions_add(&a, &push), 0);
	assert_int_equal(flow_actions_add_output(&a, r.ports[0].number), 0);
	assert_int_equal(rig_put(&r, &match, &a), 0);
	wire_send(&r, 2);
	rig_wait_received(&r, WIRE, 1);
	m = rig_sent(&r, 0);
	assert_non_null(m);
	assert_ptr_equal(m->pool, fakenic()->pool);
	rte_pktmbuf_free(m);
	flow_actions_free(&a);
	end(&r);
}

/* A flood of one node takes nothing from the other, and each upcall is returned to its own. */
static void
test_a_flood_stays_in_its_node(void **state)
{
	struct dp_upcall *u[64];
	char err[512] = "";
	struct flow_actions a;
	unsigned int n, max;
	struct rig r;

	(void)state;
	begin(&r);
	assert_int_equal(wire_add(&r, NULL, err), 0);
	assert_int_equal(r.dp->class->handlers_set(r.dp, 1), 0);
	max = buffers(&r, 1).upcalls_max;
	for (unsigned int i = 0; i < 3000; i += 1000) {
		for (unsigned int k = 0; k < 1000; k++)
			wire_send(&r, 2);
		rig_wait_received(&r, WIRE, i + 1000);
	}
	assert_int_equal(rig_stats(&r, WIRE).misses, (max + 1) / 2);
	assert_int_equal(buffers(&r, 1).upcalls, (max + 1) / 2);
	assert_int_equal(buffers(&r, 0).upcalls, 0);
	rig_send(&r, 0, rig_packet(&r, 2, 80, 20));
	rig_wait_received(&r, 0, 1);
	assert_int_equal(buffers(&r, 0).upcalls, 1);
	flow_actions_init(&a);
	flow_actions_add_output(&a, r.ports[0].number);
	n = r.dp->class->recv(r.dp, 0, u, 64);
	for (unsigned int i = 0; i < n; i++)
		assert_int_equal(rig_execute(&r, u[i], &a), 0);
	r.dp->class->barrier(r.dp);
	assert_int_equal(rig_sent_drain(&r, 0), n);
	assert_int_equal(r.dp->class->handlers_set(r.dp, 0), 0);
	assert_int_equal(buffers(&r, 0).upcalls + buffers(&r, 1).upcalls, 0);
	flow_actions_free(&a);
	end(&r);
}

/* A port of a node without memory is refused with the reason, and can be added later. */
static void
test_a_node_without_memory(void **state)
{
	char err[512] = "";
	struct rig r;

	(void)state;
	begin(&r);
	no_memory = true;
	assert_int_equal(wire_add(&r, NULL, err), -ENOMEM);
	assert_non_null(strstr(err, "is on NUMA node 1, where no memory is left"));
	assert_non_null(strstr(err, "--socket-mem"));
	no_memory = false;
	err[0] = 0;
	assert_int_equal(wire_add(&r, NULL, err), 0);
	end(&r);
}

/* Without huge pages memory has no node. */
static void
test_no_huge_pages(void **state)
{
	struct swp_buffers_info b;
	char err[512] = "";
	struct rig r;

	(void)state;
	no_huge_pages = no_memory = true;
	begin(&r);
	assert_int_equal(wire_add(&r, NULL, err), 0);
	assert_int_equal(fakenic()->pool->socket_id, 0);
	assert_int_equal(swp_buffers_info(r.swp, 1, &b), -ENOENT);
	end(&r);
	no_huge_pages = no_memory = false;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nodes_are_counted),
		cmocka_unit_test(test_packets_cross),
		cmocka_unit_test(test_edits_do_not_copy),
		cmocka_unit_test(test_a_flood_stays_in_its_node),
		cmocka_unit_test(test_a_node_without_memory),
		cmocka_unit_test(test_no_huge_pages),
	};

	rig_eal();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
