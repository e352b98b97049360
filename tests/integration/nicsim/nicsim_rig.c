/* SPDX-License-Identifier: Apache-2.0 */
#include "nicsim_rig.h"

#include <dlfcn.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include <rte_bus_vdev.h>
#include <rte_eal.h>
#include <rte_eth_ring.h>

#define WORD(text) ((char[]){text})

static int
eal_start(void)
{
	char *args[] = {WORD("test"),
			WORD("--no-huge"),
			WORD("--no-shconf"),
			WORD("-m"),
			WORD("64"),
			WORD("--no-pci"),
			WORD("--no-telemetry"),
			WORD("--log-level=3"),
			WORD("--lcores=0@0"),
			WORD("--file-prefix=tandem-test")};

	return rte_eal_init(RTE_DIM(args), args) < 0 ? -1 : 0;
}

void
nicsim_rig_up(struct nicsim_rig *r, uint16_t dev, uint16_t n_rxq, bool rmv)
{
	struct rte_eth_conf conf = {.intr_conf.rmv = rmv};

	assert_int_equal(rte_eth_dev_configure(dev, n_rxq, 1, &conf), 0);
	for (uint16_t q = 0; q < n_rxq; q++)
		assert_int_equal(rte_eth_rx_queue_setup(dev, q, 64, SOCKET_ID_ANY, NULL, r->pool),
				 0);
	assert_int_equal(rte_eth_tx_queue_setup(dev, 0, 64, SOCKET_ID_ANY, NULL), 0);
	assert_int_equal(rte_eth_dev_start(dev), 0);
}

/* Ethdevs are in the order of their creation: uplink, then the VFs. */
static void
ports_find(struct nicsim_rig *r)
{
	uint16_t dev, found[NICSIM_RIG_VFS + 2];
	unsigned int n = 0;

	RTE_ETH_FOREACH_DEV (dev) {
		char name[RTE_ETH_NAME_MAX_LEN];

		assert_int_equal(rte_eth_dev_get_name_by_port(dev, name), 0);
		if (strncmp(name, "net_nicsim0", 11))
			continue;
		assert_true(n < RTE_DIM(found));
		found[n++] = dev;
	}
	assert_int_equal(n, RTE_DIM(found));
	r->uplink = found[0];
	memcpy(r->vf, found + 1, sizeof r->vf);
	r->not_started = found[n - 1];
}

int
nicsim_rig_start(struct nicsim_rig *r, const char *options)
{
	char args[400], wire[RTE_ETH_NAME_MAX_LEN];
	int port;

	/* Before EAL starts, since loading registers the driver, from any folder. */
	if (!dlopen(r->driver, RTLD_NOW) || eal_start())
		return -1;
	r->pool = rte_pktmbuf_pool_create("pool", 1023, 0, 0, 2048, SOCKET_ID_ANY);
	r->wire_in = rte_ring_create("in", 256, SOCKET_ID_ANY, 0);
	r->wire_out = rte_ring_create("out", 256, SOCKET_ID_ANY, 0);
	if (!r->pool || !r->wire_in || !r->wire_out)
		return -1;
	port = rte_eth_from_rings("wire", &r->wire_in, 1, &r->wire_out, 1, SOCKET_ID_ANY);
	if (port < 0 || rte_eth_dev_get_name_by_port((uint16_t)port, wire))
		return -1;
	snprintf(r->control, sizeof r->control, "/run/nicsim-test-%d", getpid());
	snprintf(args, sizeof args, "%s,vfs=%d,wire=%s,capacity=%d,control=%s", options,
		 NICSIM_RIG_VFS + 1, wire, NICSIM_RIG_CAPACITY, r->control);
	if (rte_vdev_init("net_nicsim0", args))
		return -1;
	ports_find(r);
	nicsim_rig_up(r, r->uplink, 1, false);
	for (unsigned int i = 0; i < NICSIM_RIG_VFS; i++)
		nicsim_rig_up(r, r->vf[i], 1, false);
	return 0;
}

void
nicsim_rig_stop(struct nicsim_rig *r)
{
	(void)r;
	rte_vdev_uninit("net_nicsim0");
}

/* The smallest rule that these tests use. */
struct rule {
	struct rte_flow_item_ethdev from;
	struct rte_flow_item_eth eth, eth_mask;
	struct rte_flow_item items[3];
	struct rte_flow_action_ethdev to;
	struct rte_flow_action actions[3];
};

static void
rule_fill(struct rule *rule, uint16_t from, uint16_t to, uint8_t number,
	  const struct rte_flow_action_handle *counter)
{
	unsigned int n = 0;

	memset(rule, 0, sizeof *rule);
	rule->from.port_id = from;
	rule->to.port_id = to;
	rule->eth.hdr.dst_addr.addr_bytes[0] = 2;
	rule->eth.hdr.dst_addr.addr_bytes[5] = number;
	memset(&rule->eth_mask.hdr.dst_addr, 0xff, sizeof rule->eth_mask.hdr.dst_addr);
	rule->items[0] = (struct rte_flow_item){.type = RTE_FLOW_ITEM_TYPE_REPRESENTED_PORT,
						.spec = &rule->from,
						.mask = &rte_flow_item_ethdev_mask};
	rule->items[1] = (struct rte_flow_item){
		.type = RTE_FLOW_ITEM_TYPE_ETH, .spec = &rule->eth, .mask = &rule->eth_mask};
	rule->items[2].type = RTE_FLOW_ITEM_TYPE_END;
	if (counter)
		rule->actions[n++] = (struct rte_flow_action){.type = RTE_FLOW_ACTION_TYPE_INDIRECT,
							      .conf = counter};
	rule->actions[n++] = (struct rte_flow_action){.type = RTE_FLOW_ACTION_TYPE_REPRESENTED_PORT,
						      .conf = &rule->to};
	rule->actions[n].type = RTE_FLOW_ACTION_TYPE_END;
}

struct rte_flow *
nicsim_rig_rule(const struct nicsim_rig *r, uint16_t on, uint16_t from, uint16_t to, uint8_t number,
		const struct rte_flow_action_handle *counter, struct rte_flow_error *error)
{
	const struct rte_flow_attr attr = {.transfer = 1};
	struct rule rule;

	(void)r;
	rule_fill(&rule, from, to, number, counter);
	return rte_flow_create(on, &attr, rule.items, rule.actions, error);
}

int
nicsim_rig_validate(const struct nicsim_rig *r, uint16_t on, uint16_t from, uint16_t to,
		    struct rte_flow_error *error)
{
	const struct rte_flow_attr attr = {.transfer = 1};
	struct rule rule;

	(void)r;
	rule_fill(&rule, from, to, 1, NULL);
	return rte_flow_validate(on, &attr, rule.items, rule.actions, error);
}

void
nicsim_rig_send(struct nicsim_rig *r, uint8_t number, unsigned int n)
{
	while (n--) {
		struct rte_mbuf *m = rte_pktmbuf_alloc(r->pool);
		/* IPv4 from 10.0.0.'number', UDP. */
		uint8_t frame[60] = {2,		[5] = number, [12] = 8, 0,	   0x45,
				     [17] = 46, [22] = 64,    17,	[26] = 10, [29] = number};

		assert_non_null(m);
		memcpy(rte_pktmbuf_mtod(m, void *), frame, sizeof frame);
		m->data_len = sizeof frame;
		m->pkt_len = sizeof frame;
		assert_int_equal(rte_ring_enqueue(r->wire_in, m), 0);
	}
}

unsigned int
nicsim_rig_receive(struct nicsim_rig *r, uint16_t dev)
{
	struct rte_mbuf *m[64];
	uint16_t n = rte_eth_rx_burst(dev, 0, m, RTE_DIM(m));

	(void)r;
	rte_pktmbuf_free_bulk(m, n);
	return n;
}

const char *
nicsim_rig_command(struct nicsim_rig *r, const char *text)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX}, from = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
	ssize_t n;

	snprintf(to.sun_path, sizeof to.sun_path, "%s", r->control);
	snprintf(from.sun_path, sizeof from.sun_path, "%s.answer", r->control);
	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&from, sizeof from), 0);
	assert_int_equal(sendto(fd, text, strlen(text), 0, (struct sockaddr *)&to, sizeof to),
			 strlen(text));
	n = recv(fd, r->answer, sizeof r->answer - 1, 0);
	assert_true(n > 0);
	r->answer[n] = 0;
	close(fd);
	unlink(from.sun_path);
	return r->answer;
}

uint64_t
nicsim_rig_show(struct nicsim_rig *r, const char *name)
{
	const char *at = strstr(nicsim_rig_command(r, "show"), name);

	assert_non_null(at);
	return strtoull(at + strlen(name), NULL, 10);
}
