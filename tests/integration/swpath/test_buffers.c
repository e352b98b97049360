/* SPDX-License-Identifier: Apache-2.0 */
/* Packet buffers are reserved before a port starts, and upcalls do not use reserved ones. */
#include "fakenic.h"
#include "rig.h"

#include <string.h>

#define N_RINGS 3
/* Of the rig's pool: caches and bursts of one worker and the control thread. */
#define N_BUFFERS 8191
#define N_THREADS (2 * 384 + 2 * 32)

static struct swp_buffers_info
buffers(const struct rig *r)
{
	struct swp_buffers_info b;

	assert_int_equal(swp_buffers_info(r->swp, 0, &b), 0);
	return b;
}

static int
add(struct rig *r, const char *devargs, const struct swp_port_config *config, uint32_t *number,
    char *err)
{
	return swp_port_add(r->swp, devargs, devargs, config, number, err, 512);
}

static void
begin(struct rig *r)
{
	memset(fakenic(), 0, sizeof *fakenic());
	rig_start(r, 1, 8192, N_RINGS, 64);
	assert_int_equal(buffers(r).n, N_BUFFERS);
	assert_int_equal(buffers(r).n_threads, N_THREADS);
	assert_int_equal(buffers(r).n_ports, N_RINGS * 32);
}

/* The queues of a NIC bound the sleep of its worker; packets of rings wait in these. The speed of
 * the link is not known: 10 Gbit/s. */
static void
test_sleeps_fit_the_queues(void **state)
{
	static const struct swp_port_config large = {.n_rxd = 1024};
	char err[512] = "";
	uint32_t wire;
	struct rig r;

	(void)state;
	begin(&r);
	assert_int_equal(swp_worker_sleep_us(r.swp, 0), 200);
	assert_int_equal(add(&r, FAKENIC, NULL, &wire, err), 0);
	assert_int_equal(swp_worker_sleep_us(r.swp, 0), 17);
	assert_int_equal(swp_port_del(r.swp, wire), 0);
	assert_int_equal(swp_worker_sleep_us(r.swp, 0), 200);
	assert_int_equal(add(&r, FAKENIC, &large, &wire, err), 0);
	assert_int_equal(swp_worker_sleep_us(r.swp, 0), 34);
	assert_int_equal(swp_port_del(r.swp, wire), 0);
	rig_stop(&r);
}

/* One of two workers has the only queue; for the other one no packets wait. */
static void
test_workers_without_queues_sleep_longer(void **state)
{
	struct rig r;

	(void)state;
	rig_start(&r, 2, 8192, 1, 64);
	swp_loads_sample(r.swp);
	assert_int_equal(swp_worker_sleep_us(r.swp, 0) + swp_worker_sleep_us(r.swp, 1), 200 + 1000);
	rig_stop(&r);
}

/* A port that needs more buffers than remain is refused, with the numbers, before its device is
 * touched. */
static void
test_ports_are_counted(void **state)
{
	static const struct swp_port_config many = {.n_rxq = 8, .n_rxd = 1024}, some = {.n_rxq = 4},
					    more = {.n_rxq = 8, .n_rxd = 512};
	struct swp_port_info info;
	char err[512] = "";
	uint32_t wire, vf;
	struct rig r;

	(void)state;
	begin(&r);
	assert_int_equal(add(&r, FAKENIC, &many, &wire, err), -ENOSPC);
	assert_non_null(strstr(err, "needs 8800 packet buffers"));
	assert_non_null(strstr(err, "8192 for 8 receive queues of 1024"));
	assert_non_null(strstr(err, "512 for 1 transmit queues of 512"));
	assert_non_null(strstr(err, "of 8191 buffers, 7071 are free"));
	assert_non_null(strstr(err, "n-rxq, n-rxd, n-txd"));
	assert_non_null(strstr(err, "workers.packet-buffers"));
	assert_int_equal(fakenic()->n_filled, 0);
	assert_int_equal(buffers(&r).n_ports, N_RINGS * 32);
	assert_int_equal(add(&r, FAKENIC, &some, &wire, err), 0);
	assert_int_equal(swp_port_info(r.swp, wire, &info), 0);
	assert_int_equal(info.n_buffers, 4 * 512 + 512 + 32);
	assert_int_equal(buffers(&r).n_ports, N_RINGS * 32 + 2592);
	assert_int_equal(buffers(&r).upcalls_max, N_BUFFERS - N_THREADS - N_RINGS * 32 - 2592);
	/* A port that restarts reserves its own share again. */
	assert_int_equal(swp_port_mtu_set(r.swp, wire, 2000, err, sizeof err), 0);
	assert_int_equal(buffers(&r).n_ports, N_RINGS * 32 + 2592);
	assert_int_equal(add(&r, FAKENIC ",representor=vf0", &more, &vf, err), -ENOSPC);
	assert_int_equal(buffers(&r).n_ports, N_RINGS * 32 + 2592);
	assert_int_equal(swp_port_del(r.swp, wire), 0);
	assert_int_equal(buffers(&r).n_ports, N_RINGS * 32);
	/* A device that fails to start reserves nothing. */
	fakenic()->start_error = -EIO;
	assert_int_equal(add(&r, FAKENIC, &some, &wire, err), -EIO);
	assert_int_equal(buffers(&r).n_ports, N_RINGS * 32);
	rig_stop(&r);
}

static void
flood(struct rig *r, unsigned int port, unsigned int n)
{
	uint64_t n_before = rig_stats(r, port).rx_packets;

	for (unsigned int i = 0; i < n; i += 1000) {
		for (unsigned int k = 0; k < 1000; k++)
			rig_send(r, port, rig_packet(r, 2, 80, 20));
		rig_wait_received(r, port, n_before + i + 1000);
	}
}

/* Handlers take no upcalls. Each flooding port gets half of the remaining buffers; those
 * reserved for threads and ports remain, and so does a rest for the next port. */
static void
test_a_flood_leaves_buffers(void **state)
{
	static const struct swp_port_config config = {.n_rxq = 4};
	unsigned int max, left, n_all = 0;
	struct dp_upcall *u[64];
	char err[512] = "";
	unsigned int n;
	uint32_t wire;
	struct rig r;

	(void)state;
	begin(&r);
	assert_int_equal(add(&r, FAKENIC, &config, &wire, err), 0);
	assert_int_equal(r.dp->class->handlers_set(r.dp, 1), 0);
	max = left = buffers(&r).upcalls_max;
	for (unsigned int i = 0; i < N_RINGS; i++) {
		struct swp_port_stats s;

		flood(&r, i, 3000);
		s = rig_stats(&r, i);
		n_all += (unsigned int)s.misses;
		assert_int_equal(s.misses, (left + 1) / 2);
		assert_int_equal(s.rx_drops[FLOW_DROP_FEW_BUFFERS], 3000 - s.misses);
		assert_int_equal(buffers(&r).upcalls, n_all);
		rig_check_conserved(&r, i);
		left -= (unsigned int)s.misses;
	}
	assert_true(left > 0 && n_all < max);
	assert_true(rte_mempool_avail_count(fakenic()->pool) >= buffers(&r).n_ports + N_THREADS);
	/* A controller's packet takes a buffer, too, from the share of its port or of no port. */
	u[0] = r.dp->class->packet_new(r.dp, (const uint8_t[60]){2}, 60, FLOW_PORT_NONE);
	assert_non_null(u[0]);
	assert_null(r.dp->class->packet_new(r.dp, (const uint8_t[60]){2}, 60, r.ports[0].number));
	assert_int_equal(buffers(&r).upcalls, n_all + 1);
	r.dp->class->release(r.dp, u[0], FLOW_NOT_DROPPED);
	/* Buffers are returned, whether the port exists or not. */
	n = r.dp->class->recv(r.dp, 0, u, 64);
	assert_int_equal(n, 64);
	assert_int_equal(swp_port_del(r.swp, r.ports[0].number), 0);
	for (unsigned int i = 0; i < n; i++)
		r.dp->class->release(r.dp, u[i], FLOW_NOT_DROPPED);
	assert_int_equal(r.dp->class->handlers_set(r.dp, 0), 0);
	assert_int_equal(buffers(&r).upcalls, 0);
	assert_int_equal(swp_port_del(r.swp, wire), 0);
	rig_stop(&r);
}

static void
test_executed_packets_are_returned(void **state)
{
	struct flow_actions a;
	struct dp_upcall *u;
	struct rig r;

	(void)state;
	begin(&r);
	assert_int_equal(r.dp->class->handlers_set(r.dp, 1), 0);
	flow_actions_init(&a);
	flow_actions_add_output(&a, r.ports[1].number);
	for (unsigned int i = 0; i < 32; i++) {
		rig_send(&r, 0, rig_packet(&r, 2, 80, 20));
		rig_wait_received(&r, 0, i + 1);
		assert_int_equal(r.dp->class->recv(r.dp, 0, &u, 1), 1);
		assert_int_equal(buffers(&r).upcalls, 1);
		assert_int_equal(rig_execute(&r, u, &a), 0);
		r.dp->class->barrier(r.dp);
		assert_int_equal(buffers(&r).upcalls, 0);
	}
	assert_int_equal(rig_sent_drain(&r, 1), 32);
	flow_actions_free(&a);
	rig_stop(&r);
}

/* An ethdev that only takes hardware rules has queues too, and keeps those it had as a port. */
static void
test_held_ethdevs_are_counted(void **state)
{
	static const struct swp_port_config config = {.n_rxq = 4};
	struct nic_devices *devices;
	char err[512] = "";
	uint32_t wire, vf;
	uint16_t pf;
	struct rig r;

	(void)state;
	begin(&r);
	devices = swp_devices(r.swp);
	assert_int_equal(add(&r, FAKENIC ",representor=vf0", NULL, &vf, err), 0);
	assert_int_equal(rte_eth_dev_get_port_by_name(FAKENIC, &pf), 0);
	assert_int_equal(buffers(&r).n_ports, N_RINGS * 32 + 1056);
	assert_int_equal(devices->class->hold(devices, pf), 0);
	assert_int_equal(buffers(&r).n_ports, N_RINGS * 32 + 1056 + 2 * 64);
	assert_int_equal(add(&r, FAKENIC, &config, &wire, err), 0);
	assert_int_equal(buffers(&r).n_ports, N_RINGS * 32 + 1056 + 2592);
	assert_int_equal(swp_port_del(r.swp, wire), 0);
	assert_int_equal(buffers(&r).n_ports, N_RINGS * 32 + 1056 + 2592 - 32);
	devices->class->release(devices, pf);
	assert_int_equal(swp_port_del(r.swp, vf), 0);
	assert_int_equal(buffers(&r).n_ports, N_RINGS * 32);
	rig_stop(&r);
}

/* Without a configured number, as many buffers are created as memory allows. */
static void
test_as_many_as_there_is_memory_for(void **state)
{
	struct swp_config config = {
		.n_workers = 6, .mbuf_bytes = 16384, .cores = {-1, -1, -1, -1, -1, -1}};
	struct swp_buffers_info b;
	struct swp *s;

	(void)state;
	assert_int_equal(swp_create(&config, &s), 0);
	assert_int_equal(swp_buffers_info(s, 0, &b), 0);
	assert_true(b.n < SWP_MBUFS_AUTO(6));
	assert_true(b.n >= SWP_MBUFS_AUTO_MIN);
	swp_destroy(s);
	config.n_mbufs = SWP_MBUFS_AUTO(6);
	assert_int_equal(swp_create(&config, &s), -ENOMEM);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sleeps_fit_the_queues),
		cmocka_unit_test(test_workers_without_queues_sleep_longer),
		cmocka_unit_test(test_ports_are_counted),
		cmocka_unit_test(test_a_flood_leaves_buffers),
		cmocka_unit_test(test_executed_packets_are_returned),
		cmocka_unit_test(test_held_ethdevs_are_counted),
		cmocka_unit_test(test_as_many_as_there_is_memory_for),
	};

	rig_eal();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
