/* SPDX-License-Identifier: Apache-2.0 */
#include "scene.h"

#include <bits.h>
#include <dlfcn.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
/* cmocka.h needs those above. */
#include <cmocka.h>

#include <rte_bus_vdev.h>
#include <rte_eal.h>
#include <rte_eth_ring.h>

#define WORD(text) ((char[]){text})
#define DMAC EMU_FIELD(64, 48)
#define SOURCE_PORT EMU_FIELD(512 + 48, 16)
#define CRITERIA_OUTER 1
#define CRITERIA_MISC 2
#define DMAC_BASE 0x020000000000ULL

void
scene_eal_start(const char *driver)
{
	char *args[] = {WORD("test"),
			WORD("--no-huge"),
			WORD("--no-shconf"),
			WORD("-m"),
			WORD("256"),
			WORD("--no-pci"),
			WORD("--no-telemetry"),
			WORD("--log-level=1"),
			WORD("--lcores=0@0"),
			WORD("--file-prefix=tandem-test")};

	/* Before EAL starts, since loading registers the driver, from any folder. */
	assert_non_null(dlopen(driver, RTLD_NOW));
	assert_true(rte_eal_init(RTE_DIM(args), args) >= 0);
}

void
scene_rings_make(struct scene *s)
{
	char name[RTE_ETH_NAME_MAX_LEN];

	s->pool = rte_pktmbuf_pool_create("pool", 2 * SCENE_RING - 1, 0, 0, 512, SOCKET_ID_ANY);
	assert_non_null(s->pool);
	for (unsigned i = 0; i < SCENE_PORTS; i++) {
		snprintf(name, sizeof(name), "in%u", i);
		s->in[i] = rte_ring_create(name, 2 * SCENE_RING, SOCKET_ID_ANY, 0);
		snprintf(name, sizeof(name), "out%u", i);
		s->out[i] = rte_ring_create(name, 2 * SCENE_RING, SOCKET_ID_ANY, 0);
		snprintf(name, sizeof(name), "backing%u", i);
		assert_true(s->in[i] && s->out[i]);
		assert_true(rte_eth_from_rings(name, &s->in[i], 1, &s->out[i], 1, SOCKET_ID_ANY) >=
			    0);
	}
}

static void
port_up(struct scene *s, unsigned port, const char *name)
{
	struct rte_eth_conf conf = {0};

	assert_int_equal(rte_eth_dev_get_port_by_name(name, &s->dev[port]), 0);
	assert_int_equal(rte_eth_dev_configure(s->dev[port], 1, 1, &conf), 0);
	assert_int_equal(rte_eth_rx_queue_setup(s->dev[port], 0, 64, SOCKET_ID_ANY, NULL, s->pool),
			 0);
	assert_int_equal(rte_eth_tx_queue_setup(s->dev[port], 0, 64, SOCKET_ID_ANY, NULL), 0);
	assert_int_equal(rte_eth_dev_start(s->dev[port]), 0);
}

int
scene_nicsim_start(struct scene *s)
{
	int rc = rte_vdev_init("net_nicsim0",
			       "personality=mlx5,steering=connectx,vfs=2,wire=net_ring_backing0,"
			       "vf0=net_ring_backing1,vf1=net_ring_backing2");

	if (rc)
		return rc;
	port_up(s, 0, "net_nicsim0");
	port_up(s, 1, "net_nicsim0_representor_vf0");
	port_up(s, 2, "net_nicsim0_representor_vf1");
	return 0;
}

void
scene_nicsim_stop(const struct scene *s)
{
	for (unsigned port = 0; port < SCENE_PORTS; port++)
		assert_int_equal(rte_eth_dev_stop(s->dev[port]), 0);
	assert_int_equal(rte_vdev_uninit("net_nicsim0"), 0);
}

static struct mlx5dv_dr_matcher *
matcher_new(struct mlx5dv_dr_table *table, bool dmac)
{
	uint8_t criteria = CRITERIA_MISC | (dmac ? CRITERIA_OUTER : 0);
	union rig_match mask;

	rig_match_init(&mask);
	emu_set(mask.params.match_buf, SOURCE_PORT, UINT16_MAX);
	if (dmac)
		emu_set(mask.params.match_buf, DMAC, UINT64_MAX);
	struct mlx5dv_dr_matcher *m = mlx5dv_dr_matcher_create(table, 0, criteria, &mask.params);

	assert_non_null(m);
	return m;
}

static void
lead(struct scene *s, unsigned port)
{
	union rig_match value;

	rig_match_init(&value);
	emu_set(value.params.match_buf, SOURCE_PORT, port ? port : EMU_WIRE);
	s->led[port] = mlx5dv_dr_rule_create(s->source, &value.params, 1, &s->to_table);
	assert_non_null(s->led[port]);
}

void
scene_start(struct scene *s, unsigned format)
{
	struct emu_config config = {
		.format = format, .n_vports = SCENE_PORTS - 1, .device = "net_nicsim0"};

	rig_start(&s->rig, &config);
	assert_int_equal(scene_nicsim_start(s), 0);
	s->root = mlx5dv_dr_table_create(s->rig.domain, 0);
	s->table = mlx5dv_dr_table_create(s->rig.domain, 1);
	assert_true(s->root && s->table);
	s->to_table = mlx5dv_dr_action_create_dest_table(s->table);
	s->source = matcher_new(s->root, false);
	s->first_vf = matcher_new(s->table, true);
	for (unsigned port = 0; port < SCENE_PORTS; port++)
		lead(s, port);
}

void
scene_stop(struct scene *s)
{
	for (unsigned port = 0; port < SCENE_PORTS; port++)
		assert_int_equal(mlx5dv_dr_rule_destroy(s->led[port]), 0);
	assert_int_equal(mlx5dv_dr_matcher_destroy(s->source), 0);
	assert_int_equal(mlx5dv_dr_matcher_destroy(s->first_vf), 0);
	assert_int_equal(mlx5dv_dr_action_destroy(s->to_table), 0);
	assert_int_equal(mlx5dv_dr_table_destroy(s->table), 0);
	assert_int_equal(mlx5dv_dr_table_destroy(s->root), 0);
	scene_nicsim_stop(s);
	rig_stop(&s->rig);
}

struct mlx5dv_dr_rule *
scene_rule(const struct scene *s, uint8_t number, size_t n_actions,
	   struct mlx5dv_dr_action *actions[])
{
	union rig_match value;

	rig_match_init(&value);
	emu_set(value.params.match_buf, SOURCE_PORT, 1);
	emu_set(value.params.match_buf, DMAC, DMAC_BASE | number);
	return mlx5dv_dr_rule_create(s->first_vf, &value.params, n_actions, actions);
}

void
scene_arrive(struct scene *s, unsigned port, uint8_t number, unsigned n)
{
	const uint8_t frame[SCENE_FRAME] = {DMAC_BASE >> 40, 0, 0,	  0,	       0,
					    number,	     2, [11] = 1, [12] = 0x88, 0xb5};

	while (n-- > 0) {
		struct rte_mbuf *m = rte_pktmbuf_alloc(s->pool);

		assert_non_null(m);
		memcpy(rte_pktmbuf_append(m, sizeof(frame)), frame, sizeof(frame));
		assert_int_equal(rte_ring_enqueue(s->in[port], m), 0);
	}
}

unsigned
scene_poll(struct scene *s, unsigned port)
{
	struct rte_mbuf *m[32];
	uint16_t n = rte_eth_rx_burst(s->dev[port], 0, m, RTE_DIM(m));

	rte_pktmbuf_free_bulk(m, n);
	return n;
}

unsigned
scene_leave(struct scene *s, unsigned port, uint8_t *bytes, unsigned n_max)
{
	void *taken;

	if (rte_ring_dequeue(s->out[port], &taken))
		return 0;
	struct rte_mbuf *m = taken;
	unsigned n = m->pkt_len;

	assert_true(n <= n_max);
	memcpy(bytes, rte_pktmbuf_mtod(m, void *), n);
	rte_pktmbuf_free(m);
	return n;
}
