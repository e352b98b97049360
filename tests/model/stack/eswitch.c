/* SPDX-License-Identifier: Apache-2.0 */
#include "eswitch.h"

#include <dlfcn.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <rte_bus_vdev.h>
#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_eth_ring.h>
#include <rte_ethdev.h>

#include <cmocka.h>

#define WORD(text) ((char[]){text})

static void
eal_start(void)
{
	char *args[] = {WORD("test"),
			WORD("--no-huge"),
			WORD("--no-shconf"),
			WORD("-m"),
			WORD("256"),
			WORD("--no-pci"),
			WORD("--no-telemetry"),
			WORD("--log-level=3"),
			WORD("--lcores=0@0"),
			WORD("--file-prefix=tandem-test")};

	assert_true(rte_eal_init(RTE_DIM(args), args) >= 0);
}

static void
backing_make(struct eswitch *e, unsigned int i, char *name)
{
	char text[32];
	int port;

	snprintf(text, sizeof text, "in%u", i);
	e->in[i] = rte_ring_create(text, 256, SOCKET_ID_ANY, 0);
	snprintf(text, sizeof text, "out%u", i);
	e->out[i] = rte_ring_create(text, 256, SOCKET_ID_ANY, 0);
	assert_true(e->in[i] && e->out[i]);
	snprintf(text, sizeof text, "back%u", i);
	port = rte_eth_from_rings(text, &e->in[i], 1, &e->out[i], 1, SOCKET_ID_ANY);
	assert_true(port >= 0);
	assert_int_equal(rte_eth_dev_get_name_by_port((uint16_t)port, name), 0);
}

static void
port_start(struct eswitch *e, unsigned int i)
{
	struct rte_eth_conf conf = {0};

	assert_int_equal(rte_eth_dev_configure(e->ethdev[i], 1, 1, &conf), 0);
	assert_int_equal(rte_eth_rx_queue_setup(e->ethdev[i], 0, 64, 0, NULL, e->pool), 0);
	assert_int_equal(rte_eth_tx_queue_setup(e->ethdev[i], 0, 64, 0, NULL), 0);
	assert_int_equal(rte_eth_dev_start(e->ethdev[i]), 0);
}

/* Finds the ports in the order of their creation: uplink, then the VFs. */
static void
ports_find(struct eswitch *e)
{
	unsigned int n = 0;
	uint16_t id;

	RTE_ETH_FOREACH_DEV (id) {
		char name[RTE_ETH_NAME_MAX_LEN];

		assert_int_equal(rte_eth_dev_get_name_by_port(id, name), 0);
		if (strncmp(name, "net_nicsim0", 11))
			continue;
		assert_true(n < ESWITCH_PORTS);
		e->ethdev[n++] = id;
	}
	assert_int_equal(n, ESWITCH_PORTS);
}

void
eswitch_start(struct eswitch *e, const char *path, const char *options)
{
	char args[1024] = "", name[RTE_ETH_NAME_MAX_LEN];
	size_t n;

	/* Before EAL starts, since loading registers the driver, from any folder. */
	if (!dlopen(path, RTLD_NOW))
		fail_msg("%s", dlerror());
	eal_start();
	e->pool = rte_pktmbuf_pool_create("packets", 1023, 0, 0, RTE_MBUF_DEFAULT_BUF_SIZE,
					  SOCKET_ID_ANY);
	assert_non_null(e->pool);
	n = (size_t)snprintf(args, sizeof args, "vfs=%u,%s", ESWITCH_PORTS - 1, options);
	for (unsigned int i = 0; i < ESWITCH_PORTS; i++) {
		char key[16] = "wire";

		if (i)
			snprintf(key, sizeof key, "vf%u", i - 1);
		backing_make(e, i, name);
		n += (size_t)snprintf(args + n, sizeof args - n, ",%s=%s", key, name);
	}
	assert_int_equal(rte_vdev_init("net_nicsim0", args), 0);
	ports_find(e);
	for (unsigned int i = 0; i < ESWITCH_PORTS; i++)
		port_start(e, i);
}

static void
frame_take(struct rte_mbuf *m, unsigned int port, struct frame *out)
{
	out->port = port;
	out->n = m->data_len;
	memcpy(out->data, rte_pktmbuf_mtod(m, uint8_t *), m->data_len);
	rte_pktmbuf_free(m);
}

bool
eswitch_send(struct eswitch *e, unsigned int port, const uint8_t *data, size_t n_bytes,
	     struct frame *left, unsigned int max, unsigned int *n, struct frame *up)
{
	struct rte_mbuf *m = rte_pktmbuf_alloc(e->pool), *back[4];
	uint16_t got;

	assert_non_null(m);
	memcpy(rte_pktmbuf_append(m, (uint16_t)n_bytes), data, n_bytes);
	assert_int_equal(rte_ring_enqueue(e->in[port], m), 0);
	got = rte_eth_rx_burst(e->ethdev[port], 0, back, 4);
	*n = 0;
	for (unsigned int i = 0; i < ESWITCH_PORTS; i++) {
		void *sent;

		while (!rte_ring_dequeue(e->out[i], &sent)) {
			assert_true(*n < max);
			frame_take(sent, i, &left[(*n)++]);
		}
	}
	if (!got)
		return true;
	assert_int_equal(got, 1);
	assert_int_equal(*n, 0);
	frame_take(back[0], port, up);
	return false;
}
